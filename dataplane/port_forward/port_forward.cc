#include "dataplane/port_forward/port_forward.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "dataplane/model/endpoint_checks.h"
#include "dataplane/model/traffic.h"

namespace viaduct::port_forward {
namespace {

bool is_before(const Table::Forward& a, const Table::Forward& b) {
  return std::tie(a.at.address, a.protocol, a.at.ports) <
         std::tie(b.at.address, b.protocol, b.at.ports);
}

Result<void> check_endpoints(const std::string& id, const Rule& rule,
                             const RouterContext& context) {
  if (auto fits = check_public_address(context, rule.public_endpoint.address); !fits) {
    return fail_within("/" + id + "/public", fits.error());
  }
  if (auto fits = check_guest_address(context, rule.private_endpoint.address); !fits) {
    return fail_within("/" + id + "/private", fits.error());
  }
  return {};
}

}  // namespace

Result<void> Rule::check() const {
  if (protocol != Protocol::tcp && protocol != Protocol::udp) {
    return fail(Fault::invalid, "/protocol", "only tcp and udp have ports to forward");
  }
  if (private_endpoint.address.is_v4() != public_endpoint.address.is_v4()) {
    return fail(Fault::invalid, "/private",
                to_string(private_endpoint.address) +
                    " is of another address family than the public endpoint");
  }
  if (public_endpoint.ports.size() != private_endpoint.ports.size()) {
    return fail(Fault::invalid, "/private",
                "has " + std::to_string(private_endpoint.ports.size()) + " ports for the " +
                    std::to_string(public_endpoint.ports.size()) + " of the public endpoint");
  }
  return check_sources(sources, public_endpoint.address);
}

void Table::claim(Claims& claims) const {
  claims.ports.reserve(claims.ports.size() + forwards_.size());
  const Forward* last = nullptr;
  for (const Forward& forward : forwards_) {
    claims.ports.push_back({forward.protocol, forward.at});
    const Forward* before = std::exchange(last, &forward);
    if (before != nullptr && before->at.address == forward.at.address) continue;
    claims.addresses.push_back(forward.at.address);
  }
}

Result<Table> Table::compile(const api::Named<Rule>& rules, const RouterContext& context) {
  return revise({}, {}, rules, context);
}

Result<Table> Table::revise(const Table& before, const api::Named<Rule>& rules_before,
                            const api::Named<Rule>& rules, const RouterContext& context) {
  std::vector<Slot> gone;
  std::vector<Forward> fresh;
  SlotsBelow slots = context.slots(Rule::collection);
  Result<void> outcome;
  api::Named<Rule>::compare(
      rules_before, rules, [&](const std::string& id, const Rule* old, const Rule* rule) {
        if (old != nullptr) gone.push_back(slots.find(id).value_or(0));
        if (rule == nullptr) return true;
        outcome = check_endpoints(id, *rule, context);
        fresh.push_back({rule->protocol, rule->public_endpoint, rule->private_endpoint,
                         rule->sources, slots(id), rule->on_remove});
        return outcome.has_value();
      });
  if (!outcome) return tl::unexpected<Error>{outcome.error()};
  std::ranges::sort(gone);
  std::ranges::stable_sort(fresh, is_before);
  Table table;
  table.forwards_.reserve(rules.size());
  auto next = fresh.begin();
  for (const Forward& kept : before.forwards_) {
    if (std::ranges::binary_search(gone, kept.rule)) continue;
    for (; next != fresh.end() && is_before(*next, kept); ++next) {
      TRY(table.add(*next, context.directory));
    }
    TRY(table.add(kept, context.directory));
  }
  for (; next != fresh.end(); ++next) TRY(table.add(*next, context.directory));
  table.find_spans();
  return table;
}

Result<void> Table::add(const Forward& forward, const Directory& directory) {
  if (!forwards_.empty()) {
    const Forward& last = forwards_.back();
    if (last.at.address == forward.at.address && last.protocol == forward.protocol &&
        last.at.ports.overlaps(forward.at.ports)) {
      const std::string_view name = directory.name(forward.rule);
      return fail(Fault::conflict, std::string{name.substr(name.rfind('/'))} + "/public",
                  to_string(forward.at) + " overlaps " + std::string{directory.name(last.rule)});
    }
  }
  forwards_.push_back(forward);
  return {};
}

void Table::find_spans() {
  const auto key_of = [](const Forward& forward) {
    return Key{forward.protocol, forward.at.address};
  };
  std::size_t keys = 0;
  const auto each_span = [&](auto visit) {
    for (std::size_t begin = 0; begin < forwards_.size();) {
      const Key key = key_of(forwards_[begin]);
      std::size_t end = begin;
      while (end < forwards_.size() && key_of(forwards_[end]) == key) ++end;
      visit(key, Span{begin, end});
      begin = end;
    }
  };
  each_span([&](const Key&, const Span&) { ++keys; });
  spans_ = decltype(spans_){keys};
  each_span([&](const Key& key, const Span& span) { (void)spans_.insert(key, span); });
}

const Table::Forward* Table::find(Protocol protocol, const Endpoint& at) const noexcept {
  const Span* span = spans_.find({protocol, at.address});
  if (span == nullptr) return nullptr;
  const auto begin = forwards_.begin() + static_cast<std::ptrdiff_t>(span->begin);
  const auto end = forwards_.begin() + static_cast<std::ptrdiff_t>(span->end);
  const auto after = std::upper_bound(
      begin, end, at.port,
      [](std::uint16_t port, const Forward& f) { return port < f.at.ports.first; });
  if (after == begin || !std::prev(after)->at.ports.contains(at.port)) return nullptr;
  return &*std::prev(after);
}

}  // namespace viaduct::port_forward

VIADUCT_DEFINE_RESOURCE(viaduct::port_forward::Rule);
