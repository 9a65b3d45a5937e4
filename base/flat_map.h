#pragma once

#include <bit>
#include <cstddef>
#include <utility>
#include <vector>

namespace viaduct {

// Fixed-size open-addressing map for plain values. Never allocates after construction;
// insert() reports a full map or a duplicate key instead of growing.
template <class Key, class Value, class Hash>
class FlatMap {
 public:
  explicit FlatMap(std::size_t expected = 0) : slots_(std::bit_ceil(2 * expected + 2)) {}

  [[nodiscard]] const Value* find(const Key& key) const noexcept {
    for (std::size_t i = home(key);; i = (i + 1) & (slots_.size() - 1)) {
      if (!slots_[i].used) return nullptr;
      if (slots_[i].key == key) return &slots_[i].value;
    }
  }
  [[nodiscard]] Value* find(const Key& key) noexcept {
    return const_cast<Value*>(std::as_const(*this).find(key));
  }

  [[nodiscard]] bool insert(const Key& key, const Value& value) noexcept {
    if (2 * (count_ + 1) > slots_.size()) return false;
    for (std::size_t i = home(key);; i = (i + 1) & (slots_.size() - 1)) {
      if (slots_[i].used && slots_[i].key == key) return false;
      if (!slots_[i].used) {
        slots_[i] = {key, value, true};
        ++count_;
        return true;
      }
    }
  }

  [[nodiscard]] std::size_t size() const noexcept { return count_; }

  // Of maps that were filled in the same order.
  friend bool operator==(const FlatMap&, const FlatMap&) = default;

  // Calls visit(key, value) for each entry, in no particular order.
  template <class Visit>
  void each(Visit visit) const {
    for (const Slot& slot : slots_) {
      if (slot.used) visit(slot.key, slot.value);
    }
  }

 private:
  struct Slot {
    Key key{};
    Value value{};
    bool used = false;
    friend bool operator==(const Slot&, const Slot&) = default;
  };
  [[nodiscard]] std::size_t home(const Key& key) const noexcept {
    return Hash{}(key) & (slots_.size() - 1);
  }
  std::vector<Slot> slots_;
  std::size_t count_ = 0;
};

}  // namespace viaduct
