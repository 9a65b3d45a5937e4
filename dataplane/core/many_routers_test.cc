#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "tests/world.h"

namespace viaduct::test {
namespace {

constexpr unsigned others = 499;

// Bytes of memory that this process occupies.
std::size_t resident() {
  std::ifstream file{"/proc/self/statm"};
  std::size_t all = 0;
  std::size_t pages = 0;
  file >> all >> pages;
  return pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

// Routers with the very networks of "red", each on wires of its own.
void add_others(World& world) {
  for (unsigned n = 0; n < others; ++n) {
    const std::string vlan = std::to_string(100 + n);
    const std::string path = "/routers/other-" + std::to_string(n);
    world.at(path + "/interfaces/public0", R"({"role":"public","port":"wan","vlan":)" + vlan +
                                               R"(,"addresses":["203.0.113.2/24"]})");
    world.at(path + "/interfaces/guest0",
             R"({"role":"guest","port":"lan","vlan":)" + vlan + R"(,"addresses":["10.1.1.1/24"]})");
    world.at(path + "/routes/default", R"({"prefix":"0.0.0.0/0","via":"203.0.113.1"})");
    world.at(path + "/source_nats/default", R"({"addresses":["203.0.113.2"]})");
  }
}

// Takes them away again, so that the world need not look through their ports at its end.
void remove_others(World& world) {
  for (unsigned n = 0; n < others; ++n) world.paper.remove("/routers/other-" + std::to_string(n));
  world.without("source_nats/default");
  (void)world.settles();
}

TEST(ManyRouters, FiveHundredWorkInOneProcess) {
  World world;
  add_others(world);
  EXPECT_EQ(world.sends(udp("10.1.1.11:40000 > 198.51.100.9:80")),
            "public0: 203.0.113.2:40000 > 198.51.100.9:80");
  EXPECT_EQ(world.sends(udp("198.51.100.9:80 > 203.0.113.2:40000")),
            "guest0: 198.51.100.9:80 > 10.1.1.11:40000");
  EXPECT_EQ(world.now().routers().size(), others + 1);
  EXPECT_EQ(world.sessions(), 1U);
  remove_others(world);
}

TEST(ManyRouters, AnIdleOneTakesLessThanAMegabyte) {
  World world;
  (void)world.sends(udp("10.1.1.11:40000 > 198.51.100.9:80"));
  const std::size_t before = resident();
  add_others(world);
  (void)world.settles();
  const std::size_t each = (resident() - before) / others;
  RecordProperty("bytes_per_idle_router", static_cast<int>(each));
  EXPECT_LT(each, std::size_t{1} << 20);
  remove_others(world);
}

// Documents that differ in one router are compiled together, one of them from the other.
TEST(ManyRouters, AChangeOfOneLeavesTheOthersAsTheyAre) {
  World world;
  add_others(world);
  Directory directory;
  const Document document = world.paper.document();
  const auto before = sure(compile(document, directory));
  directory.commit();
  Document next = document;
  next.routers["other-7"].of<firewall::Rule>()["ping"] = {
      .destination = Prefix::host(address("203.0.113.2")), .protocol = Protocol::icmp};
  const auto now = sure(compile(next, directory, 9000, before));
  const auto changed = std::ranges::count_if(
      now.routers, [&](const auto& router) { return *before.find(router->id) != router; });
  EXPECT_EQ(changed, 1);
}

}  // namespace
}  // namespace viaduct::test
