#include "controlplane/kernel/guard.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <poll.h>
#include <sys/socket.h>

#include "controlplane/kernel/lab.h"

namespace viaduct::kernel {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::uint16_t open_port = 53;
constexpr std::uint16_t closed_port = 54;

sockaddr_in endpoint(const char* address, std::uint16_t port) {
  sockaddr_in built{};
  built.sin_family = AF_INET;
  built.sin_port = htons(port);
  EXPECT_EQ(::inet_pton(AF_INET, address, &built.sin_addr), 1);
  return built;
}

bool is_ready(const Descriptor& socket, short events) {
  pollfd wait{.fd = socket.get(), .events = events};
  return ::poll(&wait, 1, 0) == 1 && (wait.revents & events) != 0;
}

// A peer beyond interface guest0 of router red, and daemons in the router's namespace. The wire
// keeps order: when what was sent last has arrived, what was sent before it has, too, or never
// will.
class Guard : public Lab {
 protected:
  void SetUp() override {
    guard("{}");
    run({"ip", "netns", "add", prefix + "peer"});
    ip("peer",
       {"link", "add", "eth0", "type", "veth", "peer", "name", "guest0", "netns", prefix + "red"});
    ip("peer", {"address", "add", "10.1.1.2/24", "dev", "eth0"});
    ip("peer", {"link", "set", "eth0", "up"});
    ip("red", {"link", "set", "guest0", "address", "02:00:00:00:00:01"});
    // The kernel does not answer ARP there: that is the data plane's.
    ip("peer", {"neighbour", "add", "10.1.1.1", "lladdr", "02:00:00:00:00:01", "dev", "eth0"});
    guard(R"({"services":["dns"]})");
    // Before that, a wire swallows what is sent.
    ASSERT_TRUE(eventually(
        [&] { return is_ready_wire("peer", "eth0") && is_ready_wire("red", "guest0"); }));
  }

  bool is_ready_wire(const std::string& where, const std::string& link) {
    return ip(where, {"link", "show", link}).find("qdisc noqueue state UP") != std::string::npos;
  }

  // Guards router red, whose guest0 has these attributes.
  void guard(std::string_view attributes) {
    auto interface = api::Json::parse(attributes);
    interface["role"] = "guest";
    interface["port"] = "wire";
    interface["addresses"] = {"10.1.1.1/24"};
    const api::Json routers = {{"red", {{"interfaces", {{"guest0", interface}}}}}};
    const Configuration wanted = configured(routers.dump());
    ASSERT_TRUE(namespaces.prepare(wanted));
    ASSERT_TRUE(namespaces.converge(wanted));
  }

  [[nodiscard]] Descriptor socket_in(const std::string& router, int type) const {
    Descriptor socket;
    EXPECT_TRUE(network(router).run([&]() -> Result<void> {
      socket = Descriptor{::socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
      return {};
    }));
    return socket;
  }
  [[nodiscard]] Descriptor daemon_in(const std::string& router, int type,
                                     std::uint16_t port) const {
    Descriptor socket = socket_in(router, type);
    const sockaddr_in any = endpoint("0.0.0.0", port);
    EXPECT_EQ(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&any), sizeof any), 0);
    if (type == SOCK_STREAM) {
      EXPECT_EQ(::listen(socket.get(), 8), 0);
    }
    return socket;
  }
  // A socket of `router` that is about to be connected.
  [[nodiscard]] Descriptor client_in(const std::string& router, int type, const char* address,
                                     std::uint16_t port) const {
    Descriptor socket = socket_in(router, type);
    const sockaddr_in to = endpoint(address, port);
    (void)::connect(socket.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to);
    return socket;
  }
  [[nodiscard]] std::string rules() const {
    return run(
        {"ip", "netns", "exec", prefix + "red", "nft", "list", "table", "inet", "viaduct_guard"});
  }

  Namespaces namespaces{prefix};
};

TEST_F(Guard, LetsDatagramsInToServicesOnly) {
  const Descriptor service = daemon_in("red", SOCK_DGRAM, open_port);
  const Descriptor mistake = daemon_in("red", SOCK_DGRAM, closed_port);
  const Descriptor to_mistake = client_in("peer", SOCK_DGRAM, "10.1.1.1", closed_port);
  const Descriptor to_service = client_in("peer", SOCK_DGRAM, "10.1.1.1", open_port);
  ASSERT_EQ(::send(to_mistake.get(), "x", 1, 0), 1);
  ASSERT_EQ(::send(to_service.get(), "x", 1, 0), 1);
  EXPECT_TRUE(eventually([&] { return is_ready(service, POLLIN); }));
  EXPECT_FALSE(is_ready(mistake, POLLIN));
}

TEST_F(Guard, LetsConnectionsInToServicesOnly) {
  const Descriptor service = daemon_in("red", SOCK_STREAM, open_port);
  const Descriptor mistake = daemon_in("red", SOCK_STREAM, closed_port);
  const Descriptor to_mistake = client_in("peer", SOCK_STREAM, "10.1.1.1", closed_port);
  const Descriptor to_service = client_in("peer", SOCK_STREAM, "10.1.1.1", open_port);
  EXPECT_TRUE(eventually([&] { return is_ready(to_service, POLLOUT); }));
  EXPECT_FALSE(is_ready(to_mistake, POLLOUT));
  EXPECT_FALSE(is_ready(mistake, POLLIN));
}

TEST_F(Guard, LetsInAnswersToWhatADaemonBegan) {
  const Descriptor server = daemon_in("peer", SOCK_STREAM, closed_port);
  const Descriptor client = client_in("red", SOCK_STREAM, "10.1.1.2", closed_port);
  EXPECT_TRUE(eventually([&] { return is_ready(client, POLLOUT); }));
  EXPECT_TRUE(eventually([&] { return is_ready(server, POLLIN); }));
}

TEST_F(Guard, LetsDaemonsSpeakAmongThemselves) {
  const Descriptor server = daemon_in("red", SOCK_STREAM, closed_port);
  const Descriptor client = client_in("red", SOCK_STREAM, "127.0.0.1", closed_port);
  EXPECT_TRUE(eventually([&] { return is_ready(client, POLLOUT); }));
}

TEST_F(Guard, FollowsTheServicesOfAnInterface) {
  EXPECT_THAT(rules(), HasSubstr(R"(iifname "guest0" udp dport 53 accept)"));
  guard(R"({"services":["ssh","vrrp"]})");
  EXPECT_THAT(rules(), HasSubstr(R"(iifname "guest0" tcp dport 3922 accept)"));
  EXPECT_THAT(rules(), HasSubstr(R"(iifname "guest0" meta l4proto vrrp accept)"));
  EXPECT_THAT(rules(), Not(HasSubstr("dport 53")));
}

TEST_F(Guard, ClosesAServiceThatIsTakenAway) {
  const Descriptor dns = daemon_in("red", SOCK_DGRAM, open_port);
  const Descriptor dhcp = daemon_in("red", SOCK_DGRAM, 67);
  guard(R"({"services":["dhcp"]})");
  const Descriptor to_dns = client_in("peer", SOCK_DGRAM, "10.1.1.1", open_port);
  const Descriptor to_dhcp = client_in("peer", SOCK_DGRAM, "10.1.1.1", 67);
  ASSERT_EQ(::send(to_dns.get(), "x", 1, 0), 1);
  ASSERT_EQ(::send(to_dhcp.get(), "x", 1, 0), 1);
  EXPECT_TRUE(eventually([&] { return is_ready(dhcp, POLLIN); }));
  EXPECT_FALSE(is_ready(dns, POLLIN));
}

TEST_F(Guard, TakesManyInterfacesInOneStep) {
  api::Json interfaces = api::Json::object();
  for (int i = 0; i < 500; ++i) {
    interfaces["guest" + std::to_string(i)] = {
        {"role", "guest"},
        {"port", "wire"},
        {"vlan", i},
        {"services", {"dhcp", "dns", "metadata", "password", "ssh"}}};
  }
  const api::Json routers = {{"red", {{"interfaces", interfaces}}}};
  ASSERT_TRUE(namespaces.prepare(configured(routers.dump())));
  EXPECT_THAT(rules(), HasSubstr(R"(iifname "guest499" tcp dport 3922 accept)"));
}

}  // namespace
}  // namespace viaduct::kernel
