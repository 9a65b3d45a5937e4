#pragma once

#include <memory>
#include <vector>

#include "dataplane/core/worker.h"

namespace viaduct {

// The workers of one packet path, with what they share.
class Workers {
 public:
  struct Setup {
    std::vector<usage::Counters*> usage;  // of each worker, however many they are; not owned
    std::size_t most_sessions = 1024;     // of all; the share of each is a little larger
    std::uint64_t seed = 0;
    bool use_huge_pages = false;
    rte_mempool* buffers = nullptr;  // not owned
  };
  // Fails if there is no memory for what lies between several of them, or in buffers.
  static Result<std::unique_ptr<Workers>> make(const Setup& setup);

  [[nodiscard]] std::size_t count() const noexcept { return workers_.size(); }
  [[nodiscard]] Worker& operator[](std::size_t index) noexcept { return *workers_[index]; }
  [[nodiscard]] auto begin() noexcept { return workers_.begin(); }
  [[nodiscard]] auto end() noexcept { return workers_.end(); }
  [[nodiscard]] RoomStates& rooms() noexcept { return rooms_; }

  // Makes room for a configuration, and for slots below `slots`. On the control thread, before a
  // snapshot of it is published; false if it does not fit.
  [[nodiscard]] bool prepare(const Configuration& next, Slot slots);

  // Of all of them.
  [[nodiscard]] std::size_t live_sessions() const noexcept;
  // Of the guest that has the most.
  [[nodiscard]] std::uint32_t most_sessions_of_a_guest() const noexcept {
    return guests_.greatest();
  }
  // Memory that was set aside for sessions.
  [[nodiscard]] std::size_t session_bytes() const noexcept;

 private:
  Workers(const Setup& setup, std::unique_ptr<exchange::Exchange> exchange);
  RoomStates rooms_;
  Tally guests_;
  helper::Expectations expectations_;
  std::unique_ptr<exchange::Exchange> exchange_;  // nullptr for one that is alone
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace viaduct
