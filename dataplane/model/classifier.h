#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/flat_map.h"
#include "base/hash.h"
#include "base/net.h"
#include "base/prefix_map.h"
#include "dataplane/model/traffic.h"

namespace viaduct {

// What one rule says of a packet. An empty list means any address.
struct Condition {
  Traffic traffic;
  std::vector<Prefix> sources;
  std::vector<Prefix> destinations;
};

// Finds the rule that speaks of a packet among very many, at a cost that hardly depends on how
// many. Rules are parted by destination; those of one destination are scanned if they are few, else
// looked up by hash, once for each shape of condition that occurs among them (tuple space search,
// Srinivasan et al. 1999). Immutable once built.
class Classifier {
 public:
  Classifier() = default;
  // A rule's number is its place in `rules`.
  explicit Classifier(std::span<const Condition> rules);

  // Of the rules that speak of the packet, the one with the longest destination prefix; of several,
  // that with the lowest number.
  [[nodiscard]] std::optional<std::uint32_t> find(const Address& source, const Address& destination,
                                                  const TrafficFacts& packet) const noexcept;

  // Of those that were built from the same rules in the same order.
  friend bool operator==(const Classifier&, const Classifier&) = default;

 private:
  static constexpr std::uint32_t none = ~0U;
  static constexpr std::size_t few = 8;

  // Source and service of a packet, as far as a shape of condition looks at them.
  struct Key {
    Address source;
    std::uint32_t service = 0;  // protocol, then destination port or ICMP type and code
    friend constexpr bool operator==(const Key&, const Key&) = default;
  };
  struct Hash {
    std::size_t operator()(const Key& key) const noexcept {
      return hash(key.source, key.service) >> 8;
    }
  };
  struct Shape {
    unsigned source_length = 0;
    bool is_any_source = true;
    bool is_v4 = false;
    std::uint32_t service_mask = 0;
    friend auto operator<=>(const Shape&, const Shape&) = default;
  };
  struct Shaped {
    Shape shape;
    FlatMap<Key, std::uint32_t, Hash> rules;  // to the lowest number
    friend bool operator==(const Shaped&, const Shaped&) = default;
  };
  // A rule that is scanned; those of one group lie next to each other.
  struct Row {
    Traffic traffic;
    std::uint32_t number = 0;
    std::uint32_t first_source = 0;
    std::uint32_t sources = 0;
    friend bool operator==(const Row&, const Row&) = default;
  };
  // The rules of one destination prefix. Small, and found without a detour: at a hundred thousand
  // rules each look elsewhere is a cache miss.
  struct Group {
    std::uint32_t first_row = 0;
    std::uint32_t rows = 0;       // if they are few
    std::uint32_t shapes = none;  // if they are many: index in shapes_
    std::uint32_t wider = none;   // the group of the next shorter prefix around this one
    friend bool operator==(const Group&, const Group&) = default;
  };

  using Numbers = std::vector<std::uint32_t>;
  [[nodiscard]] Group add_group(std::span<const Condition> rules, const Numbers& numbers);
  [[nodiscard]] static std::vector<Shaped> make_shapes(std::span<const Condition> rules,
                                                       const Numbers& numbers);
  [[nodiscard]] std::uint32_t find_in(const Group& group, const Address& source,
                                      const TrafficFacts& packet) const noexcept;
  [[nodiscard]] static std::uint32_t find_by_shape(const std::vector<Shaped>& shapes,
                                                   const Address& source,
                                                   const TrafficFacts& packet) noexcept;

  std::vector<Row> rows_;
  std::vector<Prefix> sources_;  // of the rows
  std::vector<std::vector<Shaped>> shapes_;
  std::vector<Group> groups_;
  PrefixMap<Group> by_destination_;
  Group anywhere_;  // rules without a destination
};

}  // namespace viaduct
