#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/net.h"
#include "dataplane/helper/reader.h"

// What PPTP says in its control connection of the calls that GRE carries (RFC 2637 2). Each side of
// a call has a name for it, the call id:
//   Outgoing-Call-Request   call 7                 by who wants to be connected
//   Outgoing-Call-Reply     call 300, peer's 7     by the other one
namespace viaduct::helper::pptp {

// One message, and where the names stand in it.
struct Message {
  std::optional<NumberAt> call;       // its sender's
  std::optional<NumberAt> peer_call;  // its receiver's
  bool ends_call = false;             // the sender's: it is over
};

// Reads the messages of one segment in their order.
class Messages {
 public:
  explicit Messages(std::string_view segment) noexcept : segment_(segment) {}
  // Nothing after the last one that is there as a whole.
  [[nodiscard]] std::optional<Message> next() noexcept;

 private:
  std::string_view segment_;
  std::size_t at_ = 0;
};

}  // namespace viaduct::helper::pptp
