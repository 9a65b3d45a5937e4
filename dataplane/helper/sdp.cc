#include "dataplane/helper/sdp.h"

namespace viaduct::helper::sdp {
namespace {

// Reads one description line by line.
class Lines {
 public:
  // False for a line that makes no sense.
  [[nodiscard]] bool read(Reader& line) noexcept {
    if (line.is_at_end()) return true;  // some end so
    const auto type = line.take_any();
    if (!line.take('=')) return false;
    switch (*type) {
      case 'o':
        return read_origin(line);
      case 'c':
        return read_connection(line);
      case 'm':
        return read_medium(line);
      case 'a':
        return read_attribute(line);
      default:
        return true;
    }
  }
  [[nodiscard]] const Description& description() const noexcept { return all_; }

 private:
  // Address that it says there; unspecified if it is not IPv4. Nothing if there is no room for it.
  [[nodiscard]] std::optional<Address> read_address(Reader& line) noexcept {
    if (!line.take_word("IN IP4 ")) return Address{};
    const auto address = line.take_address_at();
    if (!address) return Address{};
    return all_.addresses.add(*address) ? std::optional{address->address} : std::nullopt;
  }
  [[nodiscard]] bool read_origin(Reader& line) noexcept {
    for (int word = 0; word < 3; ++word) {
      if (!line.skip_to(' ')) return false;
    }
    return read_address(line).has_value();
  }
  [[nodiscard]] bool read_connection(Reader& line) noexcept {
    const auto address = read_address(line);
    if (!address) return false;
    (all_.media.all().empty() ? connection_ : all_.media.all().back().address) = *address;
    return true;
  }
  [[nodiscard]] bool read_medium(Reader& line) noexcept {
    if (!line.skip_to(' ')) return false;
    const auto port = line.take_number_at(65535);
    if (!port || !line.take(' ')) return false;  // several ports are not looked at
    Medium medium{.port = *port, .rtcp = std::nullopt, .address = connection_};
    medium.is_rtp = line.take_word("RTP/") || line.take_word("UDP/TLS/RTP/");
    const bool is_in_datagrams = medium.is_rtp || line.take_word("UDP");
    if (!is_in_datagrams) medium.port.number = 0;
    return all_.media.add(medium);
  }
  [[nodiscard]] bool read_attribute(Reader& line) noexcept {
    if (all_.media.all().empty() || !line.take_word("RTCP:")) return true;
    const auto port = line.take_number_at(65535);
    if (!port) return false;
    all_.media.all().back().rtcp = port;
    return !line.take(' ') || read_address(line).has_value();
  }

  Description all_;
  Address connection_;
};

}  // namespace

std::optional<Description> read(std::string_view text, Range body) noexcept {
  Lines lines;
  for (std::size_t at = body.begin; at < body.end;) {
    const std::size_t next = std::min(text.find('\n', at), body.end);
    const bool has_return = next > at && text[next - 1] == '\r';
    Reader line{text.substr(0, has_return ? next - 1 : next), at};
    if (!lines.read(line)) return std::nullopt;
    at = next + 1;
  }
  return lines.description();
}

}  // namespace viaduct::helper::sdp
