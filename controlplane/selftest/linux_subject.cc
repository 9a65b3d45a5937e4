#include <charconv>
#include <fstream>
#include <sstream>

#include "base/process.h"
#include "controlplane/selftest/subject.h"

namespace viaduct::selftest {
namespace {

Result<void> set_sysctl(const std::string& path, unsigned value) {
  std::ofstream file{"/proc/sys/" + path};
  file << value;
  if (!file.flush()) return fail(Fault::unavailable, path, "cannot be set");
  return {};
}

Result<void> forward_packets() {
  TRY(set_sysctl("net/ipv4/conf/all/rp_filter", 1));
  return set_sysctl("net/ipv4/ip_forward", 1);
}

std::string read_table() {
  std::ifstream file{"/proc/thread-self/net/nf_conntrack"};
  std::ostringstream all;
  all << file.rdbuf();
  return all.str();
}

// Masquerading, port forwarding and a stateful firewall, by the rules that cloud routers have.
std::string ruleset(const Terms& terms) {
  std::string pool = to_string(plan::router_outside[0]);
  if (terms.public_addresses == 2) pool += "-" + to_string(plan::router_outside[1]);
  std::string forwards;
  if (terms.forwards) {
    for (const char* protocol : {"tcp", "udp"}) {
      forwards += "ip daddr " + to_string(plan::router_outside[0]) + " " + protocol +
                  " dport 8080 dnat to " + to_string(plan::guest(1)) + ":80\n";
    }
  }
  return R"(flush ruleset
table ip nat {
  chain prerouting {
    type nat hook prerouting priority -100
    )" + forwards +
         R"(
  }
  chain postrouting {
    type nat hook postrouting priority 100
    oifname "public0" snat to )" +
         pool + R"(
  }
}
table ip filter {
  chain forward {
    type filter hook forward priority 0; policy drop
    ct state invalid drop
    ct state established,related accept
    iifname "guest0" accept
    ct status dnat accept
  }
  chain input {
    type filter hook input priority 0; policy drop
    ct state established,related accept
    icmp type echo-request accept
  }
}
)";
}

// Whether a line of nf_conntrack tells of this session, by its original direction.
bool is_about(const std::string& line, const Tuple& session) {
  const auto has = [&](const std::string& word) { return line.find(word) != line.npos; };
  if (!has(to_string(session.protocol)) || !has("src=" + to_string(session.source.address) + " ")) {
    return false;
  }
  if (session.protocol == Protocol::icmp) {
    return has("id=" + std::to_string(session.source.port) + " ");
  }
  return has("dst=" + to_string(session.destination.address) +
             " sport=" + std::to_string(session.source.port) +
             " dport=" + std::to_string(session.destination.port) + " ");
}

class Linux final : public Subject {
 public:
  explicit Linux(std::string router) : router_(std::move(router)) {}

  [[nodiscard]] std::string name() const override { return "Linux nftables"; }

  Result<void> start() {
    std::string lines = "address add " + to_string(plan::router_inside) + "/24 dev guest0\n";
    for (const auto& address : plan::router_outside) {
      lines += "address add " + to_string(address) + "/24 dev public0\n";
    }
    lines += "route add default via " + to_string(plan::upstream) + "\n";
    TRY(run_to_end({"ip", "-n", router_, "-batch", "-"}, lines));
    TRY(inside(forward_packets));
    TRY(read_timeouts());
    return configure({});
  }

  Result<void> configure(const Terms& terms) override {
    TRY(run_to_end(inside_namespace(router_, {"nft", "-f", "-"}), ruleset(terms)));
    TRY(run_to_end({"ip", "-n", router_, "link", "set", "public0", "mtu",
                    std::to_string(terms.outside_mtu.value_or(1500))}));
    return inside([&]() -> Result<void> {
      TRY(set_sysctl(timeout_, terms.udp_timeout.value_or(usual_timeout_)));
      return set_sysctl(stream_timeout_, terms.udp_timeout.value_or(usual_stream_timeout_));
    });
  }

  Result<std::optional<std::chrono::seconds>> lifetime(const Tuple& session) override {
    std::string table;
    TRY(inside([&]() -> Result<void> {
      table = read_table();
      return {};
    }));
    std::istringstream lines{table};
    for (std::string line; std::getline(lines, line);) {
      if (!is_about(line, session)) continue;
      // ipv4 2 udp 17 TIMEOUT ...
      std::istringstream words{line};
      std::string word;
      long seconds = 0;
      words >> word >> word >> word >> word >> seconds;
      return std::chrono::seconds{seconds};
    }
    return std::nullopt;
  }

 private:
  template <class Act>
  [[nodiscard]] Result<void> inside(const Act& act) const {
    const auto name = TRY(kernel::NamespaceName::parse(router_));
    const auto network = TRY(kernel::NetworkNamespace::open(name));
    return network.run([&]() -> Result<void> { return act(); });
  }

  Result<void> read_timeouts() {
    return inside([&]() -> Result<void> {
      if (std::ifstream{"/proc/sys/" + timeout_} >> usual_timeout_ &&
          std::ifstream{"/proc/sys/" + stream_timeout_} >> usual_stream_timeout_) {
        return {};
      }
      return fail(Fault::unavailable, timeout_, "this kernel does not track connections");
    });
  }

  const std::string timeout_ = "net/netfilter/nf_conntrack_udp_timeout";
  const std::string stream_timeout_ = "net/netfilter/nf_conntrack_udp_timeout_stream";
  std::string router_;
  unsigned usual_timeout_ = 0;
  unsigned usual_stream_timeout_ = 0;
};

}  // namespace

Result<std::unique_ptr<Subject>> start_linux(const Lab& lab) {
  auto subject = std::make_unique<Linux>(lab.router());
  TRY(subject->start());
  return subject;
}

}  // namespace viaduct::selftest
