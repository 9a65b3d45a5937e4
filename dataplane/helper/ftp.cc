#include "dataplane/helper/ftp.h"

#include <algorithm>
#include <charconv>

namespace viaduct::helper::ftp {
namespace {

// Reads one line from left to right. What it asks for and does not find, it leaves.
class Reader {
 public:
  explicit Reader(std::string_view line) : line_(line) {}

  [[nodiscard]] std::size_t at() const noexcept { return at_; }
  [[nodiscard]] bool take(char wanted) noexcept {
    if (at_ == line_.size() || line_[at_] != wanted) return false;
    ++at_;
    return true;
  }
  // FTP's commands may be written in small letters.
  [[nodiscard]] bool take_word(std::string_view wanted) noexcept {
    const std::string_view there = line_.substr(at_, wanted.size());
    const bool is_it = std::ranges::equal(there, wanted, [](char a, char b) {
      return (a >= 'a' && a <= 'z' ? static_cast<char>(a - 'a' + 'A') : a) == b;
    });
    if (is_it) at_ += wanted.size();
    return is_it;
  }
  [[nodiscard]] std::optional<char> take_any() noexcept {
    return at_ == line_.size() ? std::nullopt : std::optional{line_[at_++]};
  }
  [[nodiscard]] std::optional<std::uint32_t> take_number(std::uint32_t most) noexcept {
    std::uint32_t number = 0;
    const char* const from = line_.data() + at_;
    const auto [end, error] = std::from_chars(from, line_.data() + line_.size(), number);
    if (error != std::errc{} || number > most) return std::nullopt;
    at_ += static_cast<std::size_t>(end - from);
    return number;
  }
  // "a.b.c.d", or with another separator.
  [[nodiscard]] std::optional<Address> take_address(char separator) noexcept {
    std::uint32_t bits = 0;
    for (int i = 0; i < 4; ++i) {
      if (i != 0 && !take(separator)) return std::nullopt;
      const auto part = take_number(255);
      if (!part) return std::nullopt;
      bits = bits << 8 | *part;
    }
    return Address::v4(Be32::of(bits));
  }
  // Goes behind the next one of these.
  [[nodiscard]] bool skip_to(char wanted) noexcept {
    const std::size_t found = line_.find(wanted, at_);
    if (found == std::string_view::npos) return false;
    at_ = found + 1;
    return true;
  }
  // Goes to the next digit.
  [[nodiscard]] bool skip_to_digit() noexcept {
    at_ = std::min(line_.find_first_of("0123456789", at_), line_.size());
    return at_ != line_.size();
  }

 private:
  std::string_view line_;
  std::size_t at_ = 0;
};

std::optional<Announcement> read_numbers(Reader& line) noexcept {
  Announcement said;
  said.form = Form::numbers;
  said.begin = line.at();
  said.address = line.take_address(',');
  if (!said.address || !line.take(',')) return std::nullopt;
  const auto high = line.take_number(255);
  if (!high || !line.take(',')) return std::nullopt;
  const auto low = line.take_number(255);
  if (!low) return std::nullopt;
  said.port = static_cast<std::uint16_t>(*high << 8 | *low);
  said.end = line.at();
  return said;
}

std::optional<Announcement> read_words(Reader& line) noexcept {
  const auto delimiter = line.take_any();
  if (!delimiter || *delimiter < '!' || *delimiter > '~') return std::nullopt;
  constexpr char of_ipv4 = '1';
  if (!line.take(of_ipv4) || !line.take(*delimiter)) return std::nullopt;
  Announcement said;
  said.form = Form::words;
  said.delimiter = *delimiter;
  said.begin = line.at();
  said.address = line.take_address('.');
  if (!said.address || !line.take(*delimiter)) return std::nullopt;
  const auto port = line.take_number(65535);
  if (!port) return std::nullopt;
  said.end = line.at();
  said.port = static_cast<std::uint16_t>(*port);
  return line.take(*delimiter) ? std::optional{said} : std::nullopt;
}

std::optional<Announcement> read_port(Reader& line) noexcept {
  if (!line.skip_to('(')) return std::nullopt;
  const auto delimiter = line.take_any();
  if (!delimiter || !line.take(*delimiter) || !line.take(*delimiter)) return std::nullopt;
  Announcement said;
  said.form = Form::port;
  said.begin = line.at();
  const auto port = line.take_number(65535);
  if (!port) return std::nullopt;
  said.end = line.at();
  said.port = static_cast<std::uint16_t>(*port);
  return line.take(*delimiter) ? std::optional{said} : std::nullopt;
}

std::optional<Announcement> read_line(std::string_view text, Side side) noexcept {
  Reader line{text};
  if (side == Side::client) {
    if (line.take_word("PORT ")) return read_numbers(line);
    return line.take_word("EPRT ") ? read_words(line) : std::nullopt;
  }
  if (line.take_word("229 ")) return read_port(line);
  if (!line.take_word("227 ")) return std::nullopt;
  // RFC 1123 4.1.2.6: not everybody writes the parentheses.
  return line.skip_to_digit() ? read_numbers(line) : std::nullopt;
}

}  // namespace

std::optional<Announcement> read(std::string_view text, Side side) noexcept {
  std::size_t begin = 0;
  for (std::size_t end = 0; (end = text.find('\n', begin)) != std::string_view::npos;
       begin = end + 1) {
    auto said = read_line(text.substr(begin, end - begin), side);
    if (!said) continue;
    said->begin += begin;
    said->end += begin;
    return said;
  }
  return std::nullopt;
}

Words::Words(const Announcement& said, const Endpoint& endpoint) noexcept {
  const std::uint32_t address = endpoint.address.as_v4().host();
  const char separator = said.form == Form::numbers ? ',' : '.';
  if (said.form != Form::port) {
    for (const unsigned shift : {24U, 16U, 8U, 0U}) {
      add(address >> shift & 0xff);
      if (shift != 0) add(separator);
    }
    add(said.form == Form::numbers ? separator : said.delimiter);
  }
  if (said.form != Form::numbers) {
    add(std::uint32_t{endpoint.port});
    return;
  }
  add(std::uint32_t{endpoint.port} >> 8);
  add(separator);
  add(endpoint.port & 0xffU);
}

void Words::add(std::uint32_t number) noexcept {
  const auto written = std::to_chars(text_.data() + size_, text_.data() + text_.size(), number);
  size_ = static_cast<std::size_t>(written.ptr - text_.data());
}

}  // namespace viaduct::helper::ftp
