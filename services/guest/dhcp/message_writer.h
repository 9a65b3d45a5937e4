#pragma once

#include <bitset>
#include <cstdint>
#include <string_view>

#include "services/guest/dhcp/message.h"

namespace viaduct::dhcp {

// Writes the reply to a message. Options keep the order in which they are put; one that does not
// fit any more goes to the fields of the boot file and of the server name, if nothing else is there
// (option 52), or is left out. One longer than 255 bytes is split (RFC 3396).
class MessageWriter {
 public:
  // What the client said that it takes (option 57), in bytes of UDP payload; never less than every
  // client must take, never more than an Ethernet frame has room for.
  static std::size_t room_for(const Message& request);

  MessageWriter(const Message& request, Kind kind);

  // REQUIRES: IPv4 addresses.
  void client(const Address& address);
  void yours(const Address& address);
  void next(const Address& address);
  void wants_broadcast();
  // These take effect before the first option that needs their field; what is too long is cut.
  void server_name(std::string_view name);
  void boot_file(std::string_view path);

  // Of each code, what is put first counts.
  void put(Code code, ByteView value);
  void put(Code code, const Address& address);
  void put(Code code, std::uint32_t number);
  // From now on the code counts as put.
  void omit(Code code) { is_put_.set(static_cast<std::size_t>(code)); }
  [[nodiscard]] bool has(Code code) const { return is_put_[static_cast<std::size_t>(code)]; }

  // The whole message, not shorter than BOOTP's (RFC 1542 2.1). The writer is used up.
  [[nodiscard]] Bytes finish();

 private:
  struct Field {
    std::size_t offset;
    std::size_t size;
    std::uint8_t overload;
    std::size_t used = 0;
  };
  void put_text(std::size_t offset, std::size_t size, std::string_view text);
  void write(Code code, ByteView value);
  [[nodiscard]] bool write_into(Field& field, Code code, ByteView value);

  Bytes bytes_;
  Bytes relay_information_;
  std::size_t room_;  // for options in their own field
  Field file_;
  Field server_name_;
  std::bitset<256> is_put_;
};

}  // namespace viaduct::dhcp
