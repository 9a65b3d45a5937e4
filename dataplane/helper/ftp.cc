#include "dataplane/helper/ftp.h"

#include <charconv>

#include "dataplane/helper/reader.h"

namespace viaduct::helper::ftp {
namespace {

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
  line.go_to_any("0123456789");
  return read_numbers(line);
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
