#include "dataplane/helper/sip.h"

#include <functional>

namespace viaduct::helper::sip {
namespace {

// Linear white space, in which a header may go on in the next line (RFC 3261 7.3.1).
constexpr std::string_view blanks = " \t\r\n";

// "10.1.1.20:5060", with nothing behind it that would make it a name.
std::optional<HostPort> read_host_port(Reader& in) noexcept {
  const auto address = in.take_address_at();
  if (!address) return std::nullopt;
  HostPort host{address->at, address->address, std::nullopt};
  in.skip_all(blanks);
  if (in.take(':')) {
    in.skip_all(blanks);
    const auto port = in.take_number_at(65535);
    if (!port || port->number == 0) return std::nullopt;
    host.port = static_cast<std::uint16_t>(port->number);
    host.at.end = port->at.end;
  }
  constexpr std::string_view ends = ";,?> \t\r\n";
  const bool is_whole =
      in.is_at_end() || in.at() != host.at.end || ends.find(in.next()) != ends.npos;
  return is_whole ? std::optional{host} : std::nullopt;
}

// "sip:alice@10.1.1.20:5060;transport=udp"
std::optional<HostPort> read_uri(std::string_view text, Range uri) noexcept {
  Reader in{text.substr(0, uri.end), uri.begin};
  if (!in.take_word("SIP:")) return std::nullopt;
  const std::size_t host = in.at();
  if (!in.skip_to('@')) in = Reader{text.substr(0, uri.end), host};
  return read_host_port(in);
}

void skip_quoted(Reader& in) noexcept {
  while (!in.is_at_end()) {
    in.go_to_any("\\\"");
    const auto mark = in.take_any();
    if (mark == '"') return;
    (void)in.take_any();  // what the backslash is for
  }
}

// Goes to the next one of these that is not in a quoted string.
void go_to_unquoted(Reader& in, std::string_view wanted) noexcept {
  for (;;) {
    while (!in.is_at_end() && in.next() != '"' && wanted.find(in.next()) == wanted.npos) {
      (void)in.take_any();
    }
    if (!in.take('"')) return;
    skip_quoted(in);
  }
}

bool read_start_line(std::string_view line, Message& message) noexcept {
  Reader in{line};
  if (in.take_word("SIP/2.0 ")) {
    const auto status = in.take_number(699);
    message.status = static_cast<std::uint16_t>(status.value_or(0));
    return status && *status >= 100;
  }
  message.is_request = true;
  if (!in.skip_to(' ')) return false;
  Range uri{in.at(), 0};
  in.go_to_any(" ");
  uri.end = in.at();
  if (!in.take(' ') || !in.take_word("SIP/2.0")) return false;
  message.target = read_uri(line, uri);
  return true;
}

// The first of the values that the topmost Via has.
void read_via(Reader in, Message& message) noexcept {
  const auto take = [&](std::string_view word) {
    in.skip_all(blanks);
    return in.take_word(word);
  };
  if (!take("SIP") || !take("/") || !take("2.0") || !take("/") || !take("UDP")) return;
  in.skip_all(blanks);
  message.via = read_host_port(in);
  for (;;) {
    go_to_unquoted(in, ";,");
    if (!in.take(';')) return;
    in.skip_all(blanks);
    if (in.take_word("RECEIVED=")) message.received = in.take_address_at();
    if (in.take_word("RPORT=")) message.rport = in.take_number_at(65535);
  }
}

// The parameters of one value, up to the next.
void read_contact_parameters(Reader& in, Message& message) noexcept {
  for (;;) {
    go_to_unquoted(in, ";,");
    if (!in.take(';')) return;
    in.skip_all(blanks);
    if (!in.take_word("EXPIRES=")) continue;
    const auto seconds = in.take_number(~std::uint32_t{0});
    if (seconds) message.expires = std::max(message.expires.value_or(0), *seconds);
  }
}

// False if there are more than are looked at.
bool read_contacts(std::string_view text, Range value, Message& message) noexcept {
  Reader in{text.substr(0, value.end), value.begin};
  do {
    in.skip_all(blanks);
    Range uri{in.at(), 0};
    go_to_unquoted(in, "<,;?");
    if (in.take('<')) {
      uri.begin = in.at();
      in.go_to_any(">");
    }
    uri.end = in.at();
    const auto contact = read_uri(text, uri);
    if (contact && !message.contacts.add(*contact)) return false;
    read_contact_parameters(in, message);
  } while (in.take(','));
  return true;
}

// False if it contradicts another one.
bool read_content_length(Reader in, Message& message) noexcept {
  in.skip_all(blanks);
  const auto length = in.take_number_at(65535);
  if (!length || message.content_length) return false;
  message.content_length = length;
  return true;
}

struct Header {
  std::string_view name;
  Range value;

  [[nodiscard]] bool is(std::string_view full, char brief = '\0') const noexcept {
    Reader in{name};
    if (name.size() == 1) return in.take_word({&brief, 1});
    return name.size() == full.size() && in.take_word(full);
  }
};

// The header that begins at `at`, which is the next one's then.
std::optional<Header> next_header(std::string_view text, std::size_t& at) noexcept {
  std::size_t end = text.find('\n', at);
  while (end < text.size() - 1 && (text[end + 1] == ' ' || text[end + 1] == '\t')) {
    end = text.find('\n', end + 1);
  }
  if (end == std::string_view::npos) return std::nullopt;
  const std::size_t colon = text.find(':', at);
  if (colon > end) return std::nullopt;
  std::string_view name = text.substr(at, colon - at);
  name = name.substr(0, name.find_last_not_of(" \t") + 1);
  at = end + 1;
  return Header{name, {colon + 1, end}};
}

// False if the message makes no sense with it.
bool read_header(std::string_view text, const Header& header, Message& message,
                 bool& has_via) noexcept {
  Reader in{text.substr(0, header.value.end), header.value.begin};
  if (header.is("VIA", 'V')) {
    if (!has_via) read_via(in, message);
    has_via = true;
    return true;
  }
  if (header.is("CONTACT", 'M')) return read_contacts(text, header.value, message);
  if (header.is("CONTENT-LENGTH", 'L')) return read_content_length(in, message);
  in.skip_all(blanks);
  if (header.is("CALL-ID", 'I')) {
    const auto id = text.substr(in.at(), header.value.end - in.at());
    message.call = static_cast<std::uint32_t>(std::hash<std::string_view>{}(id)) | 1;
  } else if (header.is("CSEQ")) {
    (void)in.take_number(~std::uint32_t{0});
    in.skip_all(blanks);
    message.is_about_registration = in.take_word("REGISTER");
  } else if (header.is("CONTENT-TYPE", 'C')) {
    message.describes_session = in.take_word("APPLICATION/SDP");
  } else if (header.is("EXPIRES") && !message.expires) {
    message.expires = in.take_number(~std::uint32_t{0});
  }
  return true;
}

// Goes behind an empty line.
bool take_empty_line(std::string_view text, std::size_t& at) noexcept {
  Reader in{text, at};
  (void)in.take('\r');
  if (!in.take('\n')) return false;
  at = in.at();
  return true;
}

}  // namespace

std::optional<Message> read(std::string_view datagram) noexcept {
  Message message;
  std::size_t at = datagram.find('\n');
  if (at == std::string_view::npos) return std::nullopt;
  if (!read_start_line(datagram.substr(0, at), message)) return std::nullopt;
  ++at;
  bool has_via = false;
  while (!take_empty_line(datagram, at)) {
    const auto header = next_header(datagram, at);
    if (!header || !read_header(datagram, *header, message, has_via)) return std::nullopt;
  }
  const std::size_t there = datagram.size() - at;
  const std::size_t length = message.content_length ? message.content_length->number : there;
  if (!has_via || length > there) return std::nullopt;
  message.body = {at, at + length};
  return message;
}

}  // namespace viaduct::helper::sip
