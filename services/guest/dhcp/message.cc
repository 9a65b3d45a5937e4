#include "services/guest/dhcp/message.h"

#include <algorithm>
#include <string>
#include <utility>

#include "services/guest/dhcp/wire.h"

namespace viaduct::dhcp {
namespace {

constexpr std::size_t largest_message = 65'507;  // what a UDP datagram carries
constexpr std::size_t shortest_client_id = 2;    // RFC 2132 9.14
constexpr std::size_t longest_client_id = 255;   // as much as one option holds

auto malformed(std::string where, std::string why) {
  return fail(Fault::malformed, std::move(where), std::move(why));
}

// Calls visit(code, value) for each option of a field that begins at byte `offset` of `message`.
// One that does not fit its field ends it.
template <class Visit>
void walk(ByteView message, std::size_t offset, std::size_t size, Visit visit) {
  const std::size_t end = offset + size;
  while (offset < end) {
    const Code code{message[offset++]};
    if (code == Code::pad) continue;
    if (code == Code::end || offset == end || message[offset] > end - offset - 1) return;
    const std::size_t length = message[offset++];
    visit(code, message.subspan(offset, length));
    offset += length;
  }
}

// The same for all fields that hold options, in the order in which split ones are joined.
template <class Visit>
void walk_all(ByteView message, Visit visit) {
  std::uint8_t overload = 0;
  const auto notice = [&](Code code, ByteView value) {
    if (code == Code::overload && value.size() == 1) overload = value[0];
    visit(code, value);
  };
  walk(message, wire::options, message.size() - wire::options, notice);
  if ((overload & wire::overloads_file) != 0) {
    walk(message, wire::file, wire::file_size, visit);
  }
  if ((overload & wire::overloads_server_name) != 0) {
    walk(message, wire::server_name, wire::server_name_size, visit);
  }
}

// Options that hold one value, of so many bytes. The server identifier is not among them: even one
// that is no address tells that the client has chosen a server (RFC 2131 4.3.2).
constexpr std::array fixed_sizes{
    std::pair{Code::requested_address, std::size_t{4}},
    std::pair{Code::lease_time, std::size_t{4}},
    std::pair{Code::overload, std::size_t{1}},
    std::pair{Code::message_type, std::size_t{1}},
    std::pair{Code::maximum_message_size, std::size_t{2}},
};

}  // namespace

Options Options::read(ByteView message) {
  Options options;
  std::array<std::size_t, 256> sizes{};
  const auto measure = [&](Code code, ByteView value) {
    sizes[index(code)] += value.size();
    options.is_there_.set(index(code));
  };
  walk_all(message, measure);
  std::size_t offset = 0;
  for (std::size_t code = 0; code < sizes.size(); ++code) {
    options.extents_[code].offset = static_cast<std::uint16_t>(offset);
    offset += sizes[code];
  }
  options.bytes_.resize(offset);
  const auto join = [&](Code code, ByteView value) {
    Extent& extent = options.extents_[index(code)];
    std::ranges::copy(value, options.bytes_.begin() + extent.offset + extent.size);
    extent.size = static_cast<std::uint16_t>(extent.size + value.size());
  };
  walk_all(message, join);
  options.forget_misfits();
  return options;
}

void Options::forget_misfits() {
  for (const auto& [code, size] : fixed_sizes) {
    if (find(code).size() != size) is_there_.reset(index(code));
  }
  const std::size_t id_size = find(Code::client_identifier).size();
  if (id_size < shortest_client_id || id_size > longest_client_id) {
    is_there_.reset(index(Code::client_identifier));
  }
}

std::optional<Address> Options::address(Code code) const {
  const ByteView value = find(code);
  if (value.size() != 4) return std::nullopt;
  return read_address(value);
}

std::optional<std::uint32_t> Options::number(Code code) const {
  const ByteView value = find(code);
  switch (value.size()) {
    case 1:
      return value[0];
    case 2:
      return read16(value);
    case 4:
      return read32(value);
    default:
      return std::nullopt;
  }
}

std::optional<Address> Message::relay_said(RelayCode code) const {
  if (relay == no_address) return std::nullopt;
  ByteView left = options.find(Code::relay_agent_information);
  constexpr std::size_t header = 2;
  while (left.size() >= header && left[1] <= left.size() - header) {
    const ByteView value = left.subspan(header, left[1]);
    if (RelayCode{left[0]} == code && value.size() == 4) {
      const Address said = read_address(value);
      return said.is_unicast() ? std::optional{said} : std::nullopt;
    }
    left = left.subspan(header + value.size());
  }
  return std::nullopt;
}

Result<Message> read_message(ByteView datagram) {
  if (datagram.size() < wire::options || datagram.size() > largest_message) {
    return malformed("byte " + std::to_string(datagram.size()), "not the size of a DHCP message");
  }
  if (!std::ranges::equal(datagram.subspan(wire::cookie, wire::magic.size()), wire::magic)) {
    return malformed("byte " + std::to_string(wire::cookie), "not the magic cookie of DHCP");
  }
  Message message;
  message.operation = Operation{datagram[wire::operation]};
  if (message.operation != Operation::request && message.operation != Operation::reply) {
    return malformed("byte 0", "neither a request nor a reply");
  }
  message.hardware_type = datagram[wire::hardware_type];
  message.hardware_size = datagram[wire::hardware_size];
  if (message.hardware_size > message.hardware.size()) {
    return malformed("byte 2", "a hardware address has at most 16 bytes");
  }
  std::ranges::copy(datagram.subspan(wire::hardware, message.hardware.size()),
                    message.hardware.begin());
  message.transaction = read32(datagram.subspan(wire::transaction));
  message.wants_broadcast = (datagram[wire::flags] & wire::broadcast_flag) != 0;
  message.client = read_address(datagram.subspan(wire::client));
  message.yours = read_address(datagram.subspan(wire::yours));
  message.next = read_address(datagram.subspan(wire::next));
  message.relay = read_address(datagram.subspan(wire::relay));
  message.options = Options::read(datagram);
  if (const auto kind = message.options.number(Code::message_type)) {
    if (*kind < 1 || *kind > 8) return malformed("option 53", "no message type of RFC 2132");
    message.kind = Kind{static_cast<std::uint8_t>(*kind)};
  }
  return message;
}

}  // namespace viaduct::dhcp
