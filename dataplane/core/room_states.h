#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <tuple>

#include "dataplane/core/snapshot.h"
#include "dataplane/model/stock.h"

namespace viaduct {

// What one room keeps between packets, or nothing: its table names the type.
struct NoState {};
template <class Table>
struct StateOf {
  using Type = NoState;
};
template <class Table>
requires requires {
  typename Table::State;
}
struct StateOf<Table> {
  using Type = typename Table::State;
};
template <class... Tables>
using StatesOf = std::tuple<std::unique_ptr<typename StateOf<Tables>::Type>...>;

// What all rooms keep between packets. Shared by all workers: a room whose state several of them
// need keeps them apart itself.
class RoomStates {
 public:
  struct Setup {
    std::size_t most_sessions = 1024;  // of all workers
    std::size_t workers = 1;
    std::uint64_t seed = 0;
    bool use_huge_pages = false;
  };
  explicit RoomStates(const Setup& setup);

  template <class Table>
  [[nodiscard]] typename Table::State& of() noexcept {
    return *std::get<std::unique_ptr<typename Table::State>>(states_);
  }
  // Lets rooms make room for a configuration. On the control thread, before a snapshot of it is
  // published; false if it does not fit.
  [[nodiscard]] bool prepare(const Configuration& next);
  // Gives back what rooms took for a session. On the worker whose session it was.
  void session_closed(const flow::Holdings& held) noexcept;
  // Takes a public endpoint for a guest's, as a session would; at an address whose ports no room
  // gives away, the guest's own port. Given back with session_closed().
  [[nodiscard]] flow::GivenEndpoint take_endpoint(const CompiledRouter& router,
                                                  const flow::EndpointWish& wish) noexcept;
  // Takes a mapping that is held already once more.
  void share(std::uint32_t mapping) noexcept;
  // What rooms have only so much of for a router. On the control thread.
  [[nodiscard]] std::vector<Stock> stocks(const CompiledRouter& router) const;
  // Memory that was set aside for sessions.
  [[nodiscard]] std::size_t session_bytes() const noexcept;

 private:
  Rooms<StatesOf> states_;
};

}  // namespace viaduct
