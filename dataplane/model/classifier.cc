#include "dataplane/model/classifier.h"

#include <algorithm>
#include <map>
#include <utility>

namespace viaduct {
namespace {

constexpr std::uint32_t any_service = 0;
constexpr std::uint32_t one_protocol = 0xff0000;

struct Service {
  std::uint32_t value;
  std::uint32_t mask;
};

std::uint32_t service_of(Protocol protocol, std::uint32_t detail) {
  return static_cast<std::uint32_t>(protocol) << 16 | detail;
}

std::uint32_t service_of(const TrafficFacts& packet) {
  if (packet.protocol == Protocol::icmp) {
    return service_of(packet.protocol, std::uint32_t{packet.icmp_type} << 8 | packet.icmp_code);
  }
  return service_of(packet.protocol, packet.destination_port);
}

// A range of ports as blocks that a mask describes: at most thirty.
void add_blocks(std::vector<Service>& services, Protocol protocol, PortRange ports) {
  for (std::uint32_t first = ports.first; first <= ports.last;) {
    std::uint32_t size = first == 0 ? 0x10000 : first & (~first + 1);
    while (first + size - 1 > ports.last) size /= 2;
    services.push_back({service_of(protocol, first), one_protocol | (0xffff & ~(size - 1))});
    first += size;
  }
}

std::vector<Service> services_of(const Traffic& traffic) {
  if (!traffic.protocol) return {{0, any_service}};
  std::vector<Service> services;
  if (traffic.ports) {
    add_blocks(services, *traffic.protocol, *traffic.ports);
  } else if (traffic.icmp_type) {
    const std::uint32_t detail = std::uint32_t{*traffic.icmp_type} << 8 |
                                 std::uint32_t{traffic.icmp_code.value_or(std::uint8_t{0})};
    services.push_back({service_of(*traffic.protocol, detail),
                        one_protocol | (traffic.icmp_code ? 0xffffU : 0xff00U)});
  } else {
    services.push_back({service_of(*traffic.protocol, 0), one_protocol});
  }
  return services;
}

}  // namespace

Classifier::Classifier(std::span<const Condition> rules) {
  std::map<std::pair<bool, Prefix>, Numbers> by_prefix;  // wider ones first
  Numbers anywhere;
  for (std::uint32_t number = 0; number < rules.size(); ++number) {
    const auto& destinations = rules[number].destinations;
    if (destinations.empty()) anywhere.push_back(number);
    for (const Prefix& prefix : destinations) {
      Numbers& group = by_prefix[{prefix.is_v4(), prefix}];
      if (group.empty() || group.back() != number) group.push_back(number);
    }
  }
  anywhere_ = add_group(rules, anywhere);
  std::vector<std::pair<Prefix, Group>> entries;
  entries.reserve(by_prefix.size());
  std::uint32_t around = none;  // the innermost group that may contain the next one
  for (const auto& [key, numbers] : by_prefix) {
    const Prefix& prefix = key.second;
    while (around != none && !entries[around].first.overlaps(prefix)) {
      around = groups_[around].wider;
    }
    Group group = add_group(rules, numbers);
    group.wider = std::exchange(around, static_cast<std::uint32_t>(groups_.size()));
    groups_.push_back(group);
    entries.emplace_back(prefix, group);
  }
  by_destination_ = PrefixMap<Group>{entries};
}

Classifier::Group Classifier::add_group(std::span<const Condition> rules, const Numbers& numbers) {
  Group group{.first_row = static_cast<std::uint32_t>(rows_.size())};
  if (numbers.size() > few) {
    group.shapes = static_cast<std::uint32_t>(shapes_.size());
    shapes_.push_back(make_shapes(rules, numbers));
    return group;
  }
  for (const std::uint32_t number : numbers) {
    const Condition& rule = rules[number];
    rows_.push_back({rule.traffic, number, static_cast<std::uint32_t>(sources_.size()),
                     static_cast<std::uint32_t>(rule.sources.size())});
    sources_.insert(sources_.end(), rule.sources.begin(), rule.sources.end());
    ++group.rows;
  }
  return group;
}

std::vector<Classifier::Shaped> Classifier::make_shapes(std::span<const Condition> rules,
                                                        const Numbers& numbers) {
  std::map<Shape, std::vector<std::pair<Key, std::uint32_t>>> by_shape;
  for (const std::uint32_t number : numbers) {
    const Condition& rule = rules[number];
    for (const Service& service : services_of(rule.traffic)) {
      if (rule.sources.empty()) {
        by_shape[{.service_mask = service.mask}].push_back({{{}, service.value}, number});
      }
      for (const Prefix& source : rule.sources) {
        by_shape[{source.length(), false, source.is_v4(), service.mask}].push_back(
            {{source.base(), service.value}, number});
      }
    }
  }
  std::vector<Shaped> shapes;
  for (const auto& [shape, entries] : by_shape) {
    Shaped shaped{shape, FlatMap<Key, std::uint32_t, Hash>{entries.size()}};
    // Numbers rise, so the first one of a key is the lowest.
    for (const auto& [key, number] : entries) (void)shaped.rules.insert(key, number);
    shapes.push_back(std::move(shaped));
  }
  return shapes;
}

std::uint32_t Classifier::find_by_shape(const std::vector<Shaped>& shapes, const Address& source,
                                        const TrafficFacts& packet) noexcept {
  std::uint32_t lowest = none;
  const std::uint32_t service = service_of(packet);
  for (const Shaped& shaped : shapes) {
    const Shape& shape = shaped.shape;
    if (!shape.is_any_source && shape.is_v4 != source.is_v4()) continue;
    const Address masked = shape.is_any_source ? Address{} : source.masked(shape.source_length);
    const auto* number = shaped.rules.find({masked, service & shape.service_mask});
    if (number != nullptr) lowest = std::min(lowest, *number);
  }
  return lowest;
}

std::uint32_t Classifier::find_in(const Group& group, const Address& source,
                                  const TrafficFacts& packet) const noexcept {
  if (group.shapes != none) return find_by_shape(shapes_[group.shapes], source, packet);
  for (const Row& row : std::span{rows_}.subspan(group.first_row, group.rows)) {
    const auto listed = std::span{sources_}.subspan(row.first_source, row.sources);
    if (matches(row.traffic, packet) && is_listed(listed, source)) return row.number;
  }
  return none;
}

std::optional<std::uint32_t> Classifier::find(const Address& source, const Address& destination,
                                              const TrafficFacts& packet) const noexcept {
  for (const Group* group = by_destination_.find(destination); group != nullptr;
       group = group->wider == none ? nullptr : &groups_[group->wider]) {
    if (const auto number = find_in(*group, source, packet); number != none) return number;
  }
  const auto number = find_in(anywhere_, source, packet);
  return number == none ? std::nullopt : std::optional{number};
}

}  // namespace viaduct
