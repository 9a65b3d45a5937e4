#pragma once

#include <optional>
#include <string_view>

#include "services/guest/dhcp/network.h"
#include "services/guest/dhcp/reply.h"

namespace viaduct::dhcp {

// Answers one message of a client (RFC 2131 4.3). Lives as long as that takes.
class Exchange {
 public:
  // REQUIRES: `message` outlives it.
  Exchange(Network& network, const Message& message, Time now);

  // The reply, if there is one. Counts what became of the message.
  [[nodiscard]] std::optional<Reply> answer();

 private:
  [[nodiscard]] std::optional<Reply> discover();
  [[nodiscard]] std::optional<Reply> request();
  [[nodiscard]] std::optional<Reply> inform();
  void decline();
  void release();

  // Counts, and says nothing to the client.
  [[nodiscard]] std::nullopt_t silent(Event why);
  [[nodiscard]] std::optional<Reply> acknowledge(ServedSubnet& subnet, const Address& address);
  [[nodiscard]] std::optional<Reply> refuse(std::string_view why);
  // What an address without a reservation is asked for that the client does not have.
  [[nodiscard]] std::optional<Reply> request_open(ServedSubnet& subnet, const Address& address);

  // Whether the client can use addresses of the subnet where it is.
  [[nodiscard]] bool reaches(const ServedSubnet& subnet) const;
  // The reachable subnet that the address is in, or nullptr.
  [[nodiscard]] ServedSubnet* reachable(const Address& address);
  [[nodiscard]] ServedSubnet* first_reachable();
  // Whether the address is in the ranges and nobody's.
  [[nodiscard]] static bool is_open(const ServedSubnet& subnet, const Address& address);
  // What the client has of the ranges, and may keep.
  [[nodiscard]] std::optional<Address> own_address();
  // The address to offer; counts why there is none.
  [[nodiscard]] std::optional<Address> choose();
  [[nodiscard]] std::optional<Address> choose_new();
  [[nodiscard]] bool is_full(const ServedSubnet& subnet) const;
  // The server that the client has chosen, if it can be read.
  [[nodiscard]] std::optional<Address> server() const;
  [[nodiscard]] bool is_for_us();
  [[nodiscard]] std::string host_name() const;

  Network& network_;
  const Message& message_;
  Time now_;
  Client client_;
  const Reservation* reservation_;  // the client's, if its address is of use where it is
};

}  // namespace viaduct::dhcp
