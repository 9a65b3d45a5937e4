#pragma once

#include <functional>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "base/flat_map.h"
#include "base/hash.h"
#include "base/net.h"

namespace viaduct {

// Longest prefix match over both address families: one hash lookup for each prefix length that
// occurs, longest first. Immutable once built.
template <class Value>
class PrefixMap {
 public:
  PrefixMap() = default;
  // The first of two values for one prefix wins.
  explicit PrefixMap(std::span<const std::pair<Prefix, Value>> entries) {
    std::map<unsigned, std::vector<std::pair<Prefix, Value>>, std::greater<>> by_length;
    for (const auto& entry : entries) by_length[entry.first.length()].push_back(entry);
    for (const auto& [length, group] : by_length) {
      Level level{length, FlatMap<Address, Value, Hash>{group.size()}};
      for (const auto& [prefix, value] : group) {
        (void)level.values.insert(prefix.base(), value);
      }
      levels_.push_back(std::move(level));
    }
  }

  // The value of the longest prefix that contains `address`, or nullptr.
  [[nodiscard]] const Value* find(const Address& address) const noexcept {
    const bool v4 = address.is_v4();
    for (const Level& level : levels_) {
      if (v4 && level.length < Address::v4_offset) break;  // from here on, IPv6's alone
      if (const Value* value = level.values.find(address.masked(level.length))) return value;
    }
    return nullptr;
  }

  [[nodiscard]] bool empty() const noexcept { return levels_.empty(); }

  // Of maps of the same entries in the same order.
  friend bool operator==(const PrefixMap&, const PrefixMap&) = default;

 private:
  struct Hash {
    std::size_t operator()(const Address& base) const noexcept { return hash(base) >> 8; }
  };
  struct Level {
    unsigned length;
    FlatMap<Address, Value, Hash> values;
    friend bool operator==(const Level&, const Level&) = default;
  };
  std::vector<Level> levels_;
};

}  // namespace viaduct
