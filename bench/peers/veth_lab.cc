#include "bench/peers/veth_lab.h"

#include <unistd.h>

#include <array>
#include <cstdio>
#include <fstream>

#include "dataplane/runtime/network_namespace.h"

namespace viaduct::bench {
namespace {

constexpr std::array ends{"wan", "lan"};

// Of the namespace that the calling thread is in.
Result<void> set_sysctl(const std::string& path, int value) {
  std::ofstream file{"/proc/sys/" + path};
  file << value;
  if (!file.flush()) return fail(Fault::unavailable, path, "cannot be set");
  return {};
}

// The kernel's own chatter would be counted as packets.
Result<void> silence() {
  TRY(set_sysctl("net/ipv6/conf/all/disable_ipv6", 1));
  return set_sysctl("net/ipv6/conf/default/disable_ipv6", 1);
}

// A device that one end of a cable is for the process that opens it.
std::string packet_socket(const std::string& interface) {
  static unsigned number = 0;
  return "net_af_packet" + std::to_string(number++) + ",iface=" + interface;
}

}  // namespace

Result<VethLab> VethLab::make(const Mac& wan, const Mac& lan) {
  VethLab lab{"viaduct-bench-" + std::to_string(getpid()) + "-"};
  TRY(lab.build(wan, lan));
  return lab;
}

Result<void> VethLab::build(const Mac& wan, const Mac& lan) const {
  std::string lines = "netns add " + router() + "\nnetns add " + hosts() + "\n";
  for (const char* end : ends) {
    lines += "link add name " + std::string{end} + " netns " + router() + " type veth peer name " +
             end + " netns " + hosts() + "\n";
  }
  TRY(run_to_end({"ip", "-batch", "-"}, lines));
  for (const auto& name : {router(), hosts()}) {
    TRY(runtime::inside(name, silence));
    for (const char* end : ends) {
      // Packet sockets see what a NIC would still have to finish, unless the kernel does it.
      TRY(run_to_end(inside_namespace(
          name, {"ethtool", "-K", end, "tx", "off", "gso", "off", "gro", "off", "tso", "off"})));
    }
  }
  TRY(run_to_end({"ip", "-n", router(), "-batch", "-"},
                 "link set wan address " + to_string(wan) + "\nlink set lan address " +
                     to_string(lan) + "\nlink set wan up\nlink set lan up\n"));
  return run_to_end({"ip", "-n", hosts(), "-batch", "-"}, "link set wan up\nlink set lan up\n");
}

VethLab::~VethLab() {
  if (prefix_.empty()) return;
  // One by one: if the first was never made, the second may have been.
  (void)run_to_end({"ip", "netns", "del", router()});
  (void)run_to_end({"ip", "netns", "del", hosts()});
}

Wires VethLab::wires() const {
  return {.device = {packet_socket(ends[0]), packet_socket(ends[1]), router()},
          .generator = {packet_socket(ends[0]), packet_socket(ends[1]), hosts()},
          // A system call for every burst: it must have enough in it.
          .burst_seconds = 30e-6};
}

Result<void> VethLab::steer(unsigned cores) const {
  std::array<char, 16> mask{};
  (void)std::snprintf(mask.data(), mask.size(), "%x\n", cores);
  for (const char* end : ends) {
    // `ip netns exec` shows the /sys of the namespace.
    TRY(run_to_end({"ip", "netns", "exec", router(), "tee",
                    "/sys/class/net/" + std::string{end} + "/queues/rx-0/rps_cpus"},
                   mask.data()));
  }
  return {};
}

}  // namespace viaduct::bench
