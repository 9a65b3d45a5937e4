#include <fstream>

#include "bench/peers/peer.h"
#include "dataplane/runtime/network_namespace.h"

namespace viaduct::bench {
namespace {

// The case's router in the kernel's terms: addresses and routes as lines for `ip -batch`, source
// NAT as a ruleset for `nft -f`.
std::string addresses_of(const Router& router) {
  std::string lines;
  for (const auto& [id, interface] : router.of<interface::Interface>()) {
    for (const auto& address : interface.addresses) {
      lines += "address add " + to_string(address) + " dev " + interface.port + "\n";
    }
  }
  for (const auto& [id, route] : router.of<route::Route>()) {
    lines += "route add " + to_string(route.prefix) + " via " + to_string(route.via) + "\n";
  }
  return lines;
}

std::string ruleset_of(const Router& router) {
  std::string rules = "flush ruleset\n";
  for (const auto& [id, rule] : router.of<source_nat::Rule>()) {
    rules +=
        "table ip bench {\n  chain source_nat {\n"
        "    type nat hook postrouting priority srcnat;\n"
        "    oifname \"wan\" snat to " +
        to_string(rule.addresses.front()) + "-" + to_string(rule.addresses.back()) + "\n  }\n}\n";
  }
  return rules;
}

class LinuxPeer final : public Peer {
 public:
  explicit LinuxPeer(const VethLab& lab) : lab_(lab) {}
  // The cables are for others after us.
  ~LinuxPeer() override {
    (void)forward_packets(false);
    (void)lab_.steer(0);
    (void)run_to_end(inside_namespace(lab_.router(), {"nft", "flush", "ruleset"}));
    (void)run_to_end({"ip", "-n", lab_.router(), "-batch", "-"},
                     "address flush dev wan\naddress flush dev lan\n");
  }

  Result<void> configure(const Contest& contest) {
    const Document document = contest.measured.document();
    const Router& router = document.routers.begin()->second;
    TRY(run_to_end({"ip", "-n", lab_.router(), "-batch", "-"}, addresses_of(router)));
    TRY(run_to_end(inside_namespace(lab_.router(), {"nft", "-f", "-"}), ruleset_of(router)));
    TRY(lab_.steer(1U << contest.core));
    return forward_packets(true);
  }

 private:
  Result<void> forward_packets(bool on) {
    return runtime::inside(lab_.router(), [&]() -> Result<void> {
      std::ofstream file{"/proc/sys/net/ipv4/ip_forward"};
      file << (on ? 1 : 0);
      if (!file.flush()) return fail(Fault::unavailable, "ip_forward", "cannot be set");
      return {};
    });
  }

  const VethLab& lab_;
};

}  // namespace

Result<std::unique_ptr<Peer>> start_linux(const Contest& contest, const VethLab& lab) {
  auto peer = std::make_unique<LinuxPeer>(lab);
  TRY(peer->configure(contest));
  return peer;
}

}  // namespace viaduct::bench
