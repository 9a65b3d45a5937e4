#include "services/guest/dhcp/message_writer.h"

#include <algorithm>
#include <utility>

#include "services/guest/dhcp/wire.h"

namespace viaduct::dhcp {
namespace {

constexpr std::size_t ip_and_udp = 28;
constexpr std::size_t smallest_datagram = 576;  // that every client takes (RFC 2131 2)
constexpr std::size_t largest_datagram = 1500;  // that Ethernet carries
constexpr std::size_t smallest_message = 300;   // BOOTP's
constexpr std::size_t option_header = 2;
constexpr std::size_t longest_piece = 255;
constexpr std::size_t end_size = 1;
constexpr std::size_t overload_size = option_header + 1;

std::size_t encoded_size(std::size_t value_size) {
  const std::size_t pieces =
      std::max<std::size_t>(1, (value_size + longest_piece - 1) / longest_piece);
  return value_size + option_header * pieces;
}

// Calls write(byte) for each byte of an option, in as many pieces as it needs.
template <class Write>
void encode(Code code, ByteView value, Write write) {
  do {
    const std::size_t size = std::min(value.size(), longest_piece);
    write(static_cast<std::uint8_t>(code));
    write(static_cast<std::uint8_t>(size));
    for (const std::uint8_t byte : value.first(size)) write(byte);
    value = value.subspan(size);
  } while (!value.empty());
}

}  // namespace

std::size_t MessageWriter::room_for(const Message& request) {
  const std::size_t asked =
      request.options.number(Code::maximum_message_size).value_or(smallest_datagram);
  return std::clamp(asked, smallest_datagram, largest_datagram) - ip_and_udp;
}

MessageWriter::MessageWriter(const Message& request, Kind kind)
    : room_(room_for(request) - wire::options - end_size - overload_size),
      file_{wire::file, wire::file_size, wire::overloads_file},
      server_name_{wire::server_name, wire::server_name_size, wire::overloads_server_name} {
  bytes_.reserve(room_for(request));
  bytes_.resize(wire::options);
  bytes_[wire::operation] = static_cast<std::uint8_t>(Operation::reply);
  bytes_[wire::hardware_type] = request.hardware_type;
  bytes_[wire::hardware_size] = request.hardware_size;
  std::ranges::copy(request.hardware, bytes_.begin() + wire::hardware);
  const Be32 transaction = Be32::of(request.transaction);
  std::memcpy(&bytes_[wire::transaction], &transaction, sizeof transaction);
  const Be32 relay = request.relay.as_v4();
  std::memcpy(&bytes_[wire::relay], &relay, sizeof relay);
  if (request.wants_broadcast) wants_broadcast();
  std::ranges::copy(wire::magic, bytes_.begin() + wire::cookie);

  // RFC 3046 2.2: given back as it came, as the last option.
  const ByteView information = request.options.find(Code::relay_agent_information);
  const std::size_t size = encoded_size(information.size());
  if (request.options.has(Code::relay_agent_information) && size < room_ / 2) {
    encode(Code::relay_agent_information, information,
           [this](std::uint8_t byte) { relay_information_.push_back(byte); });
    room_ -= size;
  }
  omit(Code::relay_agent_information);
  const auto type = static_cast<std::uint8_t>(kind);
  put(Code::message_type, ByteView{&type, 1});
}

void MessageWriter::client(const Address& address) {
  const Be32 value = address.as_v4();
  std::memcpy(&bytes_[wire::client], &value, sizeof value);
}

void MessageWriter::yours(const Address& address) {
  const Be32 value = address.as_v4();
  std::memcpy(&bytes_[wire::yours], &value, sizeof value);
}

void MessageWriter::next(const Address& address) {
  const Be32 value = address.as_v4();
  std::memcpy(&bytes_[wire::next], &value, sizeof value);
}

void MessageWriter::wants_broadcast() {
  bytes_[wire::flags] |= wire::broadcast_flag;
}

void MessageWriter::put_text(std::size_t offset, std::size_t size, std::string_view text) {
  const std::string_view fits = text.substr(0, size - 1);  // a zero byte ends it
  std::ranges::copy(fits, bytes_.begin() + static_cast<std::ptrdiff_t>(offset));
}

void MessageWriter::server_name(std::string_view name) {
  if (name.empty()) return;
  put_text(wire::server_name, wire::server_name_size, name);
  server_name_.size = 0;
}

void MessageWriter::boot_file(std::string_view path) {
  if (path.empty()) return;
  put_text(wire::file, wire::file_size, path);
  file_.size = 0;
}

void MessageWriter::put(Code code, ByteView value) {
  if (has(code)) return;
  omit(code);
  write(code, value);
}

void MessageWriter::put(Code code, const Address& address) {
  const Be32 value = address.as_v4();
  put(code, ByteView{reinterpret_cast<const std::uint8_t*>(&value), sizeof value});
}

void MessageWriter::put(Code code, std::uint32_t number) {
  const Be32 value = Be32::of(number);
  put(code, ByteView{reinterpret_cast<const std::uint8_t*>(&value), sizeof value});
}

void MessageWriter::write(Code code, ByteView value) {
  const std::size_t size = encoded_size(value.size());
  if (size <= room_) {
    encode(code, value, [this](std::uint8_t byte) { bytes_.push_back(byte); });
    room_ -= size;
    return;
  }
  static_cast<void>(write_into(file_, code, value) || write_into(server_name_, code, value));
}

bool MessageWriter::write_into(Field& field, Code code, ByteView value) {
  const std::size_t size = encoded_size(value.size());
  if (field.used + size + end_size > field.size) return false;
  auto at = bytes_.begin() + static_cast<std::ptrdiff_t>(field.offset + field.used);
  encode(code, value, [&at](std::uint8_t byte) { *at++ = byte; });
  field.used += size;
  return true;
}

Bytes MessageWriter::finish() {
  std::uint8_t overload = 0;
  for (const Field& field : {file_, server_name_}) {
    if (field.used == 0) continue;
    overload |= field.overload;
    bytes_[field.offset + field.used] = static_cast<std::uint8_t>(Code::end);
  }
  const auto add = [this](std::uint8_t byte) { bytes_.push_back(byte); };
  if (overload != 0) encode(Code::overload, ByteView{&overload, 1}, add);
  append(bytes_, relay_information_);
  add(static_cast<std::uint8_t>(Code::end));
  if (bytes_.size() < smallest_message) bytes_.resize(smallest_message);
  return std::move(bytes_);
}

}  // namespace viaduct::dhcp
