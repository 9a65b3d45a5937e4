#pragma once

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "services/guest/dhcp/message.h"
#include "services/guest/dhcp/wire.h"

// What tests, the fuzzer and the benchmark of the DHCP server share.
namespace viaduct::dhcp::test {

inline Address address(std::string_view text) {
  return parse_address(text).value();
}
inline Mac mac(std::string_view text) {
  return parse_mac(text).value();
}
inline Mac numbered_mac(std::uint32_t number) {
  return {{0x02, 0, static_cast<std::uint8_t>(number >> 24),
           static_cast<std::uint8_t>(number >> 16), static_cast<std::uint8_t>(number >> 8),
           static_cast<std::uint8_t>(number)}};
}

// A message that a client is about to send.
class Draft {
 public:
  explicit Draft(Kind kind, const Mac& station = numbered_mac(1)) : bytes_(wire::options) {
    bytes_[wire::operation] = static_cast<std::uint8_t>(Operation::request);
    bytes_[wire::hardware_type] = ethernet;
    bytes_[wire::hardware_size] = sizeof(Mac);
    for (std::size_t i = 0; i < sizeof(Mac); ++i) bytes_[wire::hardware + i] = station.bytes[i];
    bytes_[wire::transaction] = 0x17;
    std::ranges::copy(wire::magic, bytes_.begin() + wire::cookie);
    option(Code::message_type, Bytes{static_cast<std::uint8_t>(kind)});
  }

  Draft& byte(std::size_t at, std::uint8_t value) {
    bytes_[at] = value;
    return *this;
  }
  Draft& wants_broadcast() { return byte(wire::flags, wire::broadcast_flag); }
  Draft& client(const Address& address) { return field(wire::client, address); }
  Draft& relay(const Address& address) { return field(wire::relay, address); }
  Draft& option(Code code, const Bytes& value) {
    bytes_.push_back(static_cast<std::uint8_t>(code));
    bytes_.push_back(static_cast<std::uint8_t>(value.size()));
    append(bytes_, value);
    return *this;
  }
  Draft& option(Code code, const Address& address) {
    Bytes value;
    append_address(value, address);
    return option(code, value);
  }
  Draft& option(Code code, std::uint32_t number) {
    Bytes value;
    append32(value, number);
    return option(code, value);
  }
  Draft& option(Code code, std::string_view text) {
    return option(code, Bytes{text.begin(), text.end()});
  }
  Draft& asks_for(const std::vector<Code>& codes) {
    Bytes value;
    for (const Code code : codes) value.push_back(static_cast<std::uint8_t>(code));
    return option(Code::parameter_request_list, value);
  }
  [[nodiscard]] Bytes bytes() const {
    Bytes whole = bytes_;
    whole.push_back(static_cast<std::uint8_t>(Code::end));
    return whole;
  }

 private:
  Draft& field(std::size_t at, const Address& address) {
    Bytes value;
    append_address(value, address);
    std::ranges::copy(value, bytes_.begin() + static_cast<std::ptrdiff_t>(at));
    return *this;
  }
  Bytes bytes_;
};

}  // namespace viaduct::dhcp::test
