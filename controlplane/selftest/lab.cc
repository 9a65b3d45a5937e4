#include "controlplane/selftest/lab.h"

#include <unistd.h>

#include <array>

#include "base/process.h"

namespace viaduct::selftest {
namespace plan {
namespace {

constexpr Address v4(std::uint32_t address) {
  return Address::v4(Be32::of(address));
}
constexpr std::uint32_t guest_network = 0x0a010100;    // 10.1.1.0/24
constexpr std::uint32_t public_network = 0xcb007100;   // 203.0.113.0/24
constexpr std::uint32_t servers_network = 0xc6336400;  // 198.51.100.0/24
constexpr std::uint32_t first_guest = 10;
constexpr std::uint32_t first_server = 10;

}  // namespace

Address guest(unsigned number) {
  return v4(guest_network + first_guest + number);
}
Address server(unsigned number) {
  return v4(servers_network + first_server + number);
}
const Address router_inside = v4(guest_network + 1);
const std::array<Address, 2> router_outside{v4(public_network + 2), v4(public_network + 3)};
const Address upstream = v4(public_network + 1);
const Address program_guest = v4(guest_network + 200);
const std::array<Address, 2> program_servers{v4(public_network + 240), v4(public_network + 241)};

}  // namespace plan

namespace {

constexpr unsigned v4_network = Address::v4_offset + 24;
// Of the /24 of the guests, the first 32 addresses are ours to play.
constexpr unsigned played_guests = Address::v4_offset + 27;

Result<Side> open(const std::string& name, const Prefix& played) {
  const auto file = TRY(kernel::NamespaceName::parse(name));
  const auto network = TRY(kernel::NetworkNamespace::open(file));
  return Side::open(network, "eth0", played);
}

}  // namespace

Result<Lab> Lab::make(std::string_view purpose) {
  Lab lab{"viaduct-" + std::string{purpose} + "-" + std::to_string(getpid()) + "-"};
  TRY(lab.build());
  return lab;
}

Result<void> Lab::build() const {
  if (geteuid() != 0) {
    return fail(Fault::unauthorized, "", "only root can make a lab of network namespaces");
  }
  std::string lines;
  for (const auto& part : {guests(), router(), internet()}) lines += "netns add " + part + "\n";
  const auto cable = [&](const std::string& host, std::string_view at_router) {
    lines += "link add name eth0 netns " + host + " type veth peer name " + std::string{at_router} +
             " netns " + router() + "\n";
  };
  cable(guests(), plan::inside_interface);
  cable(internet(), plan::outside_interface);
  TRY(run_to_end({"ip", "-batch", "-"}, lines));
  const auto furnish = [&](const std::string& of, const std::string& interface,
                           const std::string& commands) -> Result<void> {
    // Packet sockets see what a NIC would still have to finish, unless the kernel does it.
    TRY(run_to_end(inside_namespace(
        of, {"ethtool", "-K", interface, "tx", "off", "gso", "off", "gro", "off", "tso", "off"})));
    return run_to_end({"ip", "-n", of, "-batch", "-"}, commands);
  };
  const auto address = [](const Address& of) {
    return "address add " + to_string(of) + "/24 dev eth0\n";
  };
  TRY(furnish(guests(), "eth0",
              address(plan::program_guest) + "link set eth0 up\nroute add default via " +
                  to_string(plan::router_inside) + "\n"));
  TRY(furnish(internet(), "eth0",
              address(plan::upstream) + address(plan::program_servers[0]) +
                  address(plan::program_servers[1]) + "link set eth0 up\n"));
  TRY(furnish(router(), std::string{plan::inside_interface}, "link set guest0 up\n"));
  return furnish(router(), std::string{plan::outside_interface}, "link set public0 up\n");
}

Lab::~Lab() {
  if (prefix_.empty()) return;
  // One by one: the routers of a subject have namespaces of the same prefix.
  for (const auto& name : kernel::namespaces_beginning_with(prefix_)) {
    (void)kernel::remove_namespace(name);
  }
}

Result<Side> Lab::guests_side() const {
  return open(guests(), Prefix{plan::router_inside, played_guests});
}

Result<Side> Lab::internet_side() const {
  return open(internet(), Prefix{plan::server(0), v4_network});
}

}  // namespace viaduct::selftest
