#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace viaduct {

// A small number that stands for a named thing (a router, an interface, a rule) in the packet path,
// in flows and in counters. Slot 0 is nothing.
using Slot = std::uint32_t;

// Gives names their slots. A name keeps its slot from one generation to the next; a slot that its
// name left rests for a long time before another name gets it, since flows may still mention it.
// Not thread-safe.
class Directory {
 public:
  // The slot of `name`, made if need be. Marks the name as in use in this generation.
  Slot slot(std::string_view name);
  // The slot that `name` has, if it has one. Marks nothing.
  [[nodiscard]] std::optional<Slot> find(std::string_view name) const;
  // The name behind a slot, also for a while after its removal; empty for an unknown one.
  [[nodiscard]] std::string_view name(Slot slot) const;
  // Slots are below this number.
  [[nodiscard]] Slot limit() const { return static_cast<Slot>(names_.size()); }

  // Ends a generation: names that were not asked for since the last call lose their slots.
  void release_unused();

 private:
  static constexpr std::size_t resting_at_least = 4096;
  std::map<std::string, Slot, std::less<>> slots_;
  std::vector<std::string> names_{""};
  std::vector<bool> used_{true};
  std::deque<Slot> resting_;
};

}  // namespace viaduct
