#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <optional>

#include "base/net.h"
#include "services/guest/dhcp/bytes.h"
#include "services/guest/dhcp/code.h"

// DHCP messages as they lie in a UDP datagram (RFC 2131 2, RFC 2132).
namespace viaduct::dhcp {

constexpr std::uint8_t ethernet = 1;  // hardware type (RFC 1700)
constexpr std::uint16_t server_port = 67;
constexpr std::uint16_t client_port = 68;

enum class Operation : std::uint8_t { request = 1, reply = 2 };

// The options of a message, each of them whole: those of the fields that option 52 adds are among
// them, and those that were split are joined (RFC 3396).
class Options {
 public:
  // `message` is a whole message. Guests send what does not follow the rules and are served all the
  // same: an option that does not fit its field ends it, one of a wrong size is as if it were not
  // there. Of server identifiers, address() alone says so.
  static Options read(ByteView message);

  [[nodiscard]] bool has(Code code) const { return is_there_[index(code)]; }
  // Empty if there is none. Valid as long as this object.
  [[nodiscard]] ByteView find(Code code) const {
    const Extent extent = extents_[index(code)];
    return ByteView{bytes_}.subspan(extent.offset, has(code) ? extent.size : 0U);
  }
  // Of codes that hold one address or one number (RFC 2132).
  [[nodiscard]] std::optional<Address> address(Code code) const;
  [[nodiscard]] std::optional<std::uint32_t> number(Code code) const;

 private:
  struct Extent {
    std::uint16_t offset = 0;
    std::uint16_t size = 0;
  };
  static constexpr std::size_t index(Code code) { return static_cast<std::size_t>(code); }
  void forget_misfits();

  std::bitset<256> is_there_;
  std::array<Extent, 256> extents_;  // into bytes_, of those that are there
  Bytes bytes_;
};

struct Message {
  Operation operation = Operation::request;
  std::uint8_t hardware_type = ethernet;
  std::uint8_t hardware_size = 6;  // at most 16
  std::array<std::uint8_t, 16> hardware{};
  std::uint32_t transaction = 0;
  bool wants_broadcast = false;
  Address client;  // ciaddr; these four are 0.0.0.0 where there is none
  Address yours;   // yiaddr
  Address next;    // siaddr
  Address relay;   // giaddr
  std::optional<Kind> kind;
  Options options;

  [[nodiscard]] Mac mac() const {
    return {{hardware[0], hardware[1], hardware[2], hardware[3], hardware[4], hardware[5]}};
  }
  // The address of one station that the relay says within option 82. Of no relay, nothing: the
  // client itself may have written it.
  [[nodiscard]] std::optional<Address> relay_said(RelayCode code) const;
};

inline const Address no_address = Address::v4({});

// Fails with Fault::malformed; `where` tells the byte at which reading ended, or the option.
Result<Message> read_message(ByteView datagram);

}  // namespace viaduct::dhcp
