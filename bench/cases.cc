#include "bench/cases.h"

#include <algorithm>

namespace viaduct::bench {
namespace {

constexpr std::uint32_t first_guest = 0x0a000002;      // 10.0.0.2
constexpr std::uint32_t first_pool = 0xc6120100;       // 198.18.1.0
constexpr std::uint32_t first_own = 0xc6128000;        // 198.18.128.0: static NAT
constexpr std::uint32_t first_forwarded = 0xc6130000;  // 198.19.0.0: port forwards
constexpr std::uint32_t the_gateway = 0xc613fffe;      // 198.19.255.254
constexpr std::uint32_t first_remote = 0xcb007101;     // 203.0.113.1
constexpr std::uint16_t first_port = 1024;
constexpr std::uint16_t ports_of_a_guest = 60'000;
// Half full on average, so that guests find a port in theirs even when luck is against it.
constexpr std::uint32_t most_endpoints_of_an_address = 32'000;
constexpr std::uint16_t first_forwarded_port = 2000;
constexpr std::uint16_t forwarded_ports = 1000;  // of one public address
constexpr std::uint16_t guest_service = 8080;

Address numbered(std::uint32_t first, std::uint32_t n) {
  return Address::v4(Be32::of(first + n));
}

std::uint32_t ceil_div(std::uint32_t a, std::uint32_t b) {
  return (a + b - 1) / b;
}

}  // namespace

std::string_view name_of(Kind kind) {
  return std::ranges::find(kinds, kind, &std::pair<std::string_view, Kind>::second)->first;
}

Case::Case(Kind kind, std::uint32_t conversations, std::uint32_t rules)
    : kind_(kind),
      conversations_(conversations),
      rules_(rules),
      guests_(std::clamp(conversations / 1000, std::min(conversations, 10U), most_guests)),
      pool_(ceil_div(conversations, most_endpoints_of_an_address) + 1) {}

Address Case::guest(std::uint32_t index) {
  return numbered(first_guest, index);
}

Address Case::gateway() {
  return numbered(the_gateway, 0);
}

Address Case::pool_address(std::uint32_t index) const {
  return numbered(first_pool, index % pool_);
}

Address Case::own_address(std::uint32_t guest) {
  return numbered(first_own, guest);
}

Endpoint Case::forwarded(std::uint32_t guest) {
  return {numbered(first_forwarded, guest / forwarded_ports),
          static_cast<std::uint16_t>(first_forwarded_port + guest % forwarded_ports)};
}

Kind Case::kind_of(std::uint32_t conversation) const {
  if (kind_ != Kind::mix) return kind_;
  // Guests with an address of their own are those with odd numbers.
  if (conversation % guests_ % 2 == 1) return Kind::static_nat;
  return conversation % 10 < 2 ? Kind::port_forward : Kind::nat;
}

Endpoint Case::guest_endpoint(std::uint32_t conversation) const {
  const std::uint32_t ports =
      kind_ == Kind::hairpin ? hairpin_ports_of_a_guest() : ports_of_a_guest;
  return {guest(conversation % guests_),
          static_cast<std::uint16_t>(first_port + conversation / guests_ % ports)};
}

std::uint32_t Case::hairpin_ports_of_a_guest() const {
  return most_endpoints_of_an_address / guests_;
}

std::uint32_t Case::hairpin_server(std::uint32_t conversation) const {
  const std::uint32_t further = conversation / guests_ / hairpin_ports_of_a_guest();
  return (conversation + 1 + further) % guests_;
}

Endpoint Case::remote(std::uint32_t conversation) {
  return {numbered(first_remote, conversation % 251), 80};
}

Case::Opening Case::opening(std::uint32_t conversation, Protocol protocol) const {
  const std::uint32_t guest_number = conversation % guests_;
  switch (kind_of(conversation)) {
    case Kind::port_forward: {
      // Many clients of one public endpoint.
      const std::uint32_t client = conversation / guests_;
      return {{protocol,
               {numbered(first_remote, client % 251),
                static_cast<std::uint16_t>(first_port + client / 251)},
               forwarded(guest_number)},
              false};
    }
    case Kind::hairpin:
      return {{protocol, guest_endpoint(conversation), forwarded(hairpin_server(conversation))},
              true};
    default:
      return {{protocol, guest_endpoint(conversation), remote(conversation)}, true};
  }
}

bool Case::fits(std::uint32_t conversation, const Tuple& translated) const {
  const Opening opened = opening(conversation, translated.protocol);
  const std::uint32_t guest_number = conversation % guests_;
  switch (kind_of(conversation)) {
    case Kind::forward:
      return translated == opened.tuple;
    case Kind::static_nat:
      return translated.source == Endpoint{own_address(guest_number), opened.tuple.source.port} &&
             translated.destination == opened.tuple.destination;
    case Kind::port_forward:
      return translated.source == opened.tuple.source &&
             translated.destination == Endpoint{guest(guest_number), guest_service};
    case Kind::hairpin:
      return translated.destination == Endpoint{guest(hairpin_server(conversation)), guest_service};
    default:
      return translated.destination == opened.tuple.destination &&
             translated.source.address >= pool_address(0) &&
             translated.source.address <= pool_address(pool_ - 1);
  }
}

Document Case::document() const {
  const auto id = [](std::string_view kind, std::uint32_t n) {
    return std::string{kind} + std::to_string(n);
  };
  Document document;
  document.ports[std::string{wan}] = {.device = "net_ring0", .network_namespace = ""};
  document.ports[std::string{lan}] = {.device = "net_ring1", .network_namespace = ""};
  Router& made = document.routers[std::string{router}];
  const bool routes_only = kind_ == Kind::forward;
  made.of<interface::Interface>()[std::string{public_interface}] = {
      .role = routes_only ? interface::Role::transit : interface::Role::external,
      .port = std::string{wan},
      .addresses = {parse_interface_address("198.18.0.1/15").value()}};
  made.of<interface::Interface>()[std::string{guest_interface}] = {
      .role = routes_only ? interface::Role::transit : interface::Role::guest,
      .port = std::string{lan},
      .addresses = {parse_interface_address("10.0.0.1/8").value()}};
  made.of<route::Route>()["default"] = {parse_prefix("0.0.0.0/0").value(), gateway()};
  if (routes_only) return document;
  if (has(Kind::nat) || has(Kind::nat_firewall)) {
    source_nat::Rule pool;
    for (std::uint32_t i = 0; i < pool_; ++i) pool.addresses.push_back(pool_address(i));
    made.of<source_nat::Rule>()["default"] = std::move(pool);
  }
  for (std::uint32_t i = 0; i < guests_; ++i) {
    if (kind_ == Kind::static_nat || (kind_ == Kind::mix && i % 2 == 1)) {
      made.of<static_nat::Rule>()[id("nat-", i)] = {own_address(i), guest(i), OnRemove::cut};
    }
    if (has(Kind::port_forward) || has(Kind::hairpin)) {
      const Endpoint at = forwarded(i);
      port_forward::Rule rule;
      rule.protocol = Protocol::udp;
      rule.public_endpoint = {at.address, {at.port, at.port}};
      rule.private_endpoint = {guest(i), {guest_service, guest_service}};
      made.of<port_forward::Rule>()[id("udp-", i)] = rule;
      rule.protocol = Protocol::tcp;
      made.of<port_forward::Rule>()[id("tcp-", i)] = std::move(rule);
    }
  }
  if (has(Kind::port_forward) || has(Kind::hairpin)) {
    // All that there may be; addresses above are left to others.
    made.of<firewall::Rule>()["services"] = {
        .destination = Prefix{numbered(first_forwarded, 0), Address::v4_offset + 17}};
  }
  add_rules(made, rules_, pool_);
  return document;
}

void add_rules(Router& router, std::uint32_t count, std::uint32_t public_addresses,
               std::uint32_t round) {
  for (std::uint32_t n = 0; n < count; ++n) {
    const std::uint32_t m = n + 7 * round;
    const auto port = static_cast<std::uint16_t>(1 + m * 31 % 60'000);
    const std::optional<Protocol> protocol = m % 3 == 0 ? Protocol::udp : Protocol::tcp;
    const std::optional<PortRange> ports =
        PortRange{port, static_cast<std::uint16_t>(m % 8 == 0 ? port + 100 : port)};
    std::vector<Prefix> somewhere;
    if (m % 4 == 0) somewhere = {Prefix{numbered(0xac100000, m << 8), Address::v4_offset + 24}};
    const std::string id = "rule-" + std::to_string(n);
    if (n % 2 == 0) {
      router.of<firewall::Rule>()[id] = {
          .destination = Prefix::host(numbered(first_pool, m / 2 % public_addresses)),
          .protocol = protocol,
          .ports = ports,
          .sources = std::move(somewhere)};
    } else {
      // Exceptions of a network that allows: what guests may not reach. Port 80 stays open.
      if (ports->contains(80)) continue;
      router.of<egress::Rule>()[id] = {.interface = std::string{Case::guest_interface},
                                       .protocol = protocol,
                                       .ports = ports,
                                       .destinations = std::move(somewhere)};
    }
  }
}

}  // namespace viaduct::bench
