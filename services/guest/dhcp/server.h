#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "services/guest/dhcp/network.h"
#include "services/guest/dhcp/reply.h"

// The DHCPv4 server of many guest networks (RFC 2131), without sockets, clock or files: whoever
// owns those hands in datagrams and sends what comes back.
//
//   LeaseFile file{path};                        // store() blocks: may be left to another thread
//   server.restore(TRY(file.open()));
//   ...                                          // set_subnet(), set_reservation()
//   server.drop_unserved_leases();
//   on each datagram:      reply = server.handle(network, datagram, now);
//                          send it once reply->after_commit <= server.committed()
//   whenever it is idle:   if (batch = server.next_batch()) stored = file.store(*batch);
//                          server.stored(stored)
namespace viaduct::dhcp {

class Server {
 public:
  Server() = default;
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server() = default;

  // What was stored by an earlier process. Before anything else.
  void restore(const StoredLeases& stored);

  // Configuration, each in constant time but for subnets, which take as long as their ranges are
  // large. Networks are named as one likes, by at most 255 bytes, and come with their first
  // subnet. Of several changes that belong together, removals come first. Errors are those of
  // Network.
  Result<void> set_subnet(std::string_view network, const std::string& id, Subnet subnet);
  void remove_subnet(std::string_view network, const std::string& id);
  Result<void> set_reservation(std::string_view network, const std::string& id,
                               Reservation reservation);
  void remove_reservation(std::string_view network, const std::string& id);
  // With all that is in it, leases too.
  void remove_network(std::string_view network);
  // Ends leases that no subnet contains: once all configuration is there.
  void drop_unserved_leases();

  // The payload of a UDP datagram to port 67 that came from a network; `now` never runs backwards
  // by much. No reply means that nothing is to be said.
  [[nodiscard]] std::optional<Reply> handle(std::string_view network, ByteView datagram, Time now);

  // What is to be stored next, if anything, and how that went: LeaseFile::store()'s answer. One
  // batch at a time. After a failure the next one holds all leases; wait a little before asking.
  [[nodiscard]] std::optional<Batch> next_batch();
  void stored(const Result<bool>& outcome);
  // Replies that wait for a commit up to this one may go.
  [[nodiscard]] std::uint64_t committed() const { return journal_.committed(); }

  // nullptr if there is no such network. Valid until it is removed.
  [[nodiscard]] const Network* find(std::string_view network) const;

 private:
  struct HashName {
    using is_transparent = void;  // NOLINT(readability-identifier-naming): the standard's name
    std::size_t operator()(std::string_view name) const noexcept {
      return std::hash<std::string_view>{}(name);
    }
  };
  [[nodiscard]] Network* find(std::string_view network);
  Network& make(std::string_view network);

  Journal journal_;
  std::unordered_map<std::string, Network, HashName, std::equal_to<>> networks_;
};

}  // namespace viaduct::dhcp
