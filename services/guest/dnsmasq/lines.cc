#include "services/guest/dnsmasq/lines.h"

#include <ini.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <span>

#include "services/guest/dnsmasq/text.h"

namespace viaduct::dnsmasq {
namespace {

constexpr std::size_t longest_key = 40;  // written out; libinih keeps 49 characters of one

bool is_blank(char c) {
  return trimmed({&c, 1}).empty();
}

// Libinih trims blanks, takes ';' and '#' for comments and ends a key at ':' too, so only letters,
// digits and what is listed here goes through it as it is; the rest as %XX.
bool is_plain(char c) {
  constexpr std::string_view plain = "-_./,*!@";
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         plain.find(c) != std::string_view::npos;
}

std::string written_out(std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  for (const char c : text) {
    if (is_plain(c)) {
      out += c;
    } else {
      const auto octet = static_cast<unsigned char>(c);
      out += {'%', digits[octet >> 4], digits[octet & 15]};
    }
  }
  return out;
}

std::string read_back(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    unsigned octet = 0;
    std::from_chars(text.data() + i + 1, text.data() + i + 3, octet, 16);
    out += static_cast<char>(octet);
    i += 2;
  }
  return out;
}

char escaped(char letter) {
  switch (letter) {
    case 't':
      return '\t';
    case 'e':
      return '\x1b';
    case 'b':
      return '\b';
    case 'r':
      return '\r';
    case 'n':
      return '\n';
    default:
      return letter;  // itself: a quote or a backslash
  }
}

// Reads what is inside quotes, from after the first up to the last, which it takes too.
Result<void> unquote(std::string_view& rest, std::string& out) {
  if (!rest.starts_with('"')) out += quote_mark;
  while (!rest.empty() && rest.front() != '"') {
    char c = rest.front();
    rest.remove_prefix(1);
    if (c == '\\' && !rest.empty() && std::strchr("\\\"tebrn", rest.front()) != nullptr) {
      out += escaped(rest.front());
      rest.remove_prefix(1);
    } else {
      out += quotable.find(c) == std::string_view::npos ? c : concealed(c);
    }
  }
  if (rest.empty()) return bad("missing \"");
  rest.remove_prefix(1);
  return {};
}

// A line without its comment and its quotes.
Result<std::string> unquoted(std::string_view line) {
  std::string out;
  char before = ' ';
  while (!line.empty()) {
    const char c = line.front();
    if (c == '#' && is_blank(before)) break;
    line.remove_prefix(1);
    before = c;
    if (c != '"') {
      out += c;
      continue;
    }
    TRY(unquote(line, out));
    // What follows quotes is never special, so that "a""b" is an open quote.
    if (line.empty()) break;
    before = line.front();
    out += before;
    line.remove_prefix(1);
  }
  return out;
}

Result<void> check_characters(std::string_view line) {
  if (line.size() > longest_line) {
    return fail(Fault::too_large, "",
                "line is longer than " + std::to_string(longest_line) + " bytes");
  }
  const auto is_forbidden = [](char c) { return c >= 0 && c < ' ' && !is_blank(c); };
  if (std::ranges::any_of(line, is_forbidden)) return bad("control character in the line");
  return {};
}

// Feeds libinih, as Debian builds it: it passes over keys without '=', cuts lines at 200 characters
// and tells no line numbers. A line becomes KEY= or KEY==VALUE, and the rest of a long one becomes
// continuation lines, which libinih hands over one by one under the same key.
class LineReader {
 public:
  LineReader(const std::string& file, std::string_view text, Shape shape, const TakeLine& take,
             const MayGoOn& may_go_on)
      : text_(text), shape_(shape), take_(take), may_go_on_(may_go_on), line_{{file, 0}, {}, {}} {}

  Result<void> read() {
    ini_parse_stream(next_line, this, take_part, this);
    finish_line();
    return outcome_;
  }

 private:
  static char* next_line(char* buffer, int size, void* self) {
    return static_cast<LineReader*>(self)->next_line({buffer, static_cast<std::size_t>(size)});
  }
  static int take_part(void* self, const char* /*section*/, const char* name, const char* value) {
    static_cast<LineReader*>(self)->take_part(name, value == nullptr ? "" : value);
    return 1;
  }

  char* next_line(std::span<char> buffer) {
    if (ahead_.empty()) {
      finish_line();
      if (!begin_line()) return nullptr;
    }
    // A continuation is told by the blank before it.
    std::string line = is_first_part_ ? key_ + "=" : " ";
    const std::size_t room = buffer.size() - line.size() - 2;
    line += ahead_.substr(0, room) + "\n";
    ahead_.erase(0, room);
    std::memcpy(buffer.data(), line.c_str(), line.size() + 1);
    return buffer.data();
  }

  void take_part(std::string_view name, std::string_view value) {
    if (is_first_part_) line_.key = read_back(name);
    is_first_part_ = false;
    written_ += value;
    is_open_ = true;
  }

  // Puts the next line that is not blank into key_ and ahead_; false at the end and after an error.
  bool begin_line() {
    while (outcome_ && !text_.empty()) {
      const auto end = std::min(text_.find('\n'), text_.size());
      const auto line = trimmed(text_.substr(0, end));
      text_.remove_prefix(std::min(end + 1, text_.size()));
      ++line_.source.line;
      if (auto prepared = prepare(line); !prepared) {
        refuse(std::move(prepared).error());
      } else if (*prepared) {
        is_first_part_ = true;
        return true;
      }
    }
    return false;
  }

  // Whether there is anything in the line.
  Result<bool> prepare(std::string_view line) {
    TRY(check_characters(line));
    const std::string whole = TRY(unquoted(line));
    const auto text = trimmed(whole);
    if (text.empty()) return false;
    if (shape_ == Shape::values) {
      key_ = "value";
      ahead_ = "=" + written_out(text);
      return true;
    }
    const auto equals = text.find('=');
    const auto key = trimmed(text.substr(0, equals));
    key_ = written_out(key);
    if (key.empty() || key_.size() > longest_key) {
      return bad("unknown option " + shown(key));
    }
    ahead_ = equals == std::string_view::npos ? std::string{"-"}
                                              : "=" + written_out(trimmed(text.substr(equals + 1)));
    return true;
  }

  void finish_line() {
    if (!is_open_) return;
    is_open_ = false;
    const bool has_value = written_.front() == '=';
    line_.value = has_value ? std::optional{read_back(written_.substr(1))} : std::nullopt;
    written_.clear();
    if (auto taken = take_(line_); !taken) refuse(std::move(taken).error());
  }

  // Errors of files that this one includes already have their place.
  void refuse(Error error) {
    if (error.where.empty()) error.where = to_string(line_.source);
    if (!may_go_on_(line_.source, error)) outcome_ = tl::unexpected<Error>{std::move(error)};
  }

  std::string_view text_;
  Shape shape_;
  const TakeLine& take_;
  const MayGoOn& may_go_on_;
  Line line_;
  std::string key_;      // of the line at hand, written out
  std::string ahead_;    // what libinih has not seen of it
  std::string written_;  // what libinih has handed over of it
  bool is_first_part_ = false;
  bool is_open_ = false;
  Result<void> outcome_;
};

}  // namespace

std::string to_string(const Source& source) {
  return source.file + ":" + std::to_string(source.line);
}

Result<void> read_lines(const std::string& file, std::string_view text, Shape shape,
                        const TakeLine& take, const MayGoOn& may_go_on) {
  return LineReader{file, text, shape, take, may_go_on}.read();
}

}  // namespace viaduct::dnsmasq
