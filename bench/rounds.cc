#include "bench/rounds.h"

#include <array>
#include <string_view>

#include "bench/reconfigure.h"

namespace viaduct::bench {
namespace {

constexpr std::array<std::string_view, 2> probe_halves{"203.0.113.0/25", "203.0.113.128/25"};
constexpr std::array<std::string_view, 2> strangers{"203.0.113.10", "203.0.113.200"};
constexpr std::string_view probed = "198.19.240.1";
constexpr std::uint16_t probed_port = 7000;
constexpr std::uint32_t first_probe_target = 10'000;
constexpr std::uint32_t probe_targets = 40'000;

Address public_address_of(std::uint32_t n) {
  constexpr std::uint32_t first = 0xc613fa01;
  return Address::v4(Be32::of(first + n % 100));
}

Endpoint guest_of(std::uint32_t n, std::uint32_t round) {
  return {Case::guest(n % 10), static_cast<std::uint16_t>(8000 + round % 1000)};
}

Endpoint probed_endpoint() {
  return {parse_address(probed).value(), probed_port};
}

std::uint16_t probe_target(std::uint32_t round) {
  return static_cast<std::uint16_t>(first_probe_target + round % probe_targets);
}

void add_probe(Router& router, std::uint32_t round) {
  const Prefix half = parse_prefix(probe_halves[round % 2]).value();
  const Endpoint at = probed_endpoint();
  const std::uint16_t target = probe_target(round);
  router.of<port_forward::Rule>()["probe"] = {Protocol::udp,
                                              {at.address, {at.port, at.port}},
                                              {Case::guest(0), {target, target}},
                                              {half},
                                              OnRemove::cut};
  router.of<firewall::Rule>()["probe"] = {.destination = Prefix::host(at.address),
                                          .protocol = Protocol::udp,
                                          .ports = PortRange{at.port, at.port},
                                          .sources = {half}};
}

}  // namespace

port_forward::Rule forward_of_round(std::uint32_t n, std::uint32_t round) {
  const auto port = static_cast<std::uint16_t>(1 + n / 100);
  const Endpoint guest = guest_of(n, round);
  port_forward::Rule rule;
  rule.protocol = Protocol::tcp;
  rule.public_endpoint = {public_address_of(n), {port, port}};
  rule.private_endpoint = {guest.address, {guest.port, guest.port}};
  return rule;
}

Document document_of_round(const Case& measured, const ReconfigureOptions& wanted,
                           std::uint32_t round) {
  Document document = measured.document();
  Router& router = document.routers[Case::router];
  for (std::uint32_t n = 0; n < wanted.standing; ++n) {
    router.of<port_forward::Rule>()["forward-" + std::to_string(n)] =
        forward_of_round(n, n < wanted.forwards ? round : 0);
  }
  for (std::uint32_t n = 0; n < wanted.rules; ++n) {
    const auto port = static_cast<std::uint16_t>(1 + (n * 31 + round * 7) % 60'000);
    router.of<firewall::Rule>()["rule-" + std::to_string(n)] = {
        .destination = Prefix::host(public_address_of(n)),
        .protocol = n % 3 == 0 ? Protocol::udp : Protocol::tcp,
        .ports = PortRange{port, static_cast<std::uint16_t>(n % 8 == 0 ? port + 100 : port)}};
  }
  add_probe(router, round);
  return document;
}

Probe probe_of_round(std::uint32_t round, std::uint16_t source_port) {
  Probe probe;
  for (const std::string_view stranger : strangers) {
    probe.sent.push_back(
        {Protocol::udp, {parse_address(stranger).value(), source_port}, probed_endpoint()});
  }
  probe.leaves = probe.sent[round % 2];
  probe.leaves.destination = {Case::guest(0), probe_target(round)};
  return probe;
}

}  // namespace viaduct::bench
