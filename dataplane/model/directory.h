#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace viaduct {

// A small number that stands for a named thing (a router, an interface, a rule) in the packet path,
// in flows and in counters. Slot 0 is nothing.
using Slot = std::uint32_t;

// Gives names their slots. A name keeps its slot from one generation to the next; a slot that its
// name left rests for a long time before another name gets it, since flows may still mention it.
// What was taken and released since the last commit() can be undone as a whole, so that trying a
// configuration costs what it changes. Not thread-safe.
class Directory {
 public:
  Directory() = default;
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;

  // The slot of `name`, made if need be.
  Slot slot(std::string_view name);
  // The same, but a name that comes back before another got its slot gets that one: for what is
  // still in use under it.
  Slot slot_again(std::string_view name);
  // The slot that `name` has, if it has one.
  [[nodiscard]] std::optional<Slot> find(std::string_view name) const;
  // The name behind a slot, also for a while after its removal; empty for an unknown one.
  [[nodiscard]] std::string_view name(Slot slot) const;
  // Slots are below this number.
  [[nodiscard]] Slot limit() const { return static_cast<Slot>(names_.size()); }

  // The name of `slot` is to lose it with the next commit().
  void release(Slot slot) { released_.push_back(slot); }
  void commit();
  // Back to the last commit().
  void rollback();

 private:
  static constexpr std::size_t resting_at_least = 4096;
  struct Taken {
    Slot slot = 0;
    std::optional<std::string> former;  // the name it had, if it rested before
    bool is_again = false;              // it had the same name
  };
  std::deque<std::string> names_{""};
  std::unordered_map<std::string_view, Slot> slots_;  // the keys lie in names_
  std::deque<Slot> resting_;
  std::vector<Taken> taken_;    // since the last commit
  std::vector<Slot> released_;  // likewise
};

// The slots of things whose names begin alike, such as the rules of one collection.
class SlotsBelow {
 public:
  // `path` ends with a slash.
  SlotsBelow(Directory& directory, std::string path)
      : directory_(directory), name_(std::move(path)), length_(name_.size()) {}
  Slot operator()(std::string_view id) { return directory_.slot(full(id)); }
  Slot again(std::string_view id) { return directory_.slot_again(full(id)); }
  [[nodiscard]] std::optional<Slot> find(std::string_view id) { return directory_.find(full(id)); }
  void release(std::string_view id) {
    if (const auto slot = find(id)) directory_.release(*slot);
  }

 private:
  std::string_view full(std::string_view id) {
    name_.resize(length_);
    return name_ += id;
  }
  Directory& directory_;
  std::string name_;
  std::size_t length_;
};

}  // namespace viaduct
