#include "dataplane/source_nat/public_ports.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace viaduct::test {
namespace {

using source_nat::Parity;
using source_nat::PublicPorts;

constexpr std::size_t udp = 1;
constexpr std::uint16_t no_block = 0;
const Be32 guest = parse_address("10.1.1.11").value().as_v4();

class Ports : public testing::Test {
 protected:
  bool take(std::uint32_t port) {
    return ports.take(guest, udp, static_cast<std::uint16_t>(port), no_block);
  }
  void take_all() {
    for (std::uint32_t port = 0; port < PublicPorts::count; ++port) ASSERT_TRUE(take(port));
  }
  [[nodiscard]] std::uint32_t free_from(std::uint32_t port, Parity parity = Parity::any) const {
    return ports.next_free(udp, port, parity);
  }

  PublicPorts ports;
};

TEST_F(Ports, AreNotFoundWhereAllAreTaken) {
  take_all();
  EXPECT_EQ(free_from(0), PublicPorts::count);
  EXPECT_FALSE(take(4711));
}

TEST_F(Ports, AreFoundAgainOnceOneWasGivenBack) {
  take_all();
  ports.give_back(udp, 50'001);
  EXPECT_EQ(free_from(0), 50'001U);
  EXPECT_EQ(free_from(50'001), 50'001U);
  EXPECT_EQ(free_from(50'002), PublicPorts::count);
  EXPECT_EQ(free_from(0, Parity::even), PublicPorts::count);
  EXPECT_TRUE(take(50'001));
  EXPECT_EQ(free_from(0), PublicPorts::count);
}

TEST_F(Ports, OfOneProtocolAreNoOthers) {
  take_all();
  EXPECT_EQ(ports.next_free(0, 1024, Parity::any), 1024U);
}

TEST_F(Ports, AreFoundThoughSeveralTakeAndGiveBackAtOnce) {
  take_all();
  constexpr std::uint32_t first = 2 * 4096;  // all of one word
  std::vector<std::jthread> threads;
  for (std::uint32_t t = 0; t < 2; ++t) {
    threads.emplace_back([&, t] {
      for (int round = 0; round < 100'000; ++round) {
        const auto port = static_cast<std::uint16_t>(first + t);
        ports.give_back(udp, port);
        while (!take(port)) {
        }
      }
      ports.give_back(udp, static_cast<std::uint16_t>(first + t));
    });
  }
  threads.clear();
  EXPECT_EQ(free_from(0), first);
  EXPECT_EQ(free_from(first + 1), first + 1);
  EXPECT_EQ(free_from(first + 2), PublicPorts::count);
}

}  // namespace
}  // namespace viaduct::test
