#include "dataplane/source_nat/mappings.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "tests/model.h"

namespace viaduct::test {
namespace {

using source_nat::Mappings;
using source_nat::Table;

class Mapping : public testing::Test {
 protected:
  Mapping() {
    paper.with("source_nats/default", R"({"addresses":["203.0.113.2"]})");
    paper.with(
        "port_forwards/game",
        R"({"protocol":"udp","public":"203.0.113.2:5000-5010","private":"10.1.1.20:5000-5010"})");
    table = &paper.router().of<Table>();
    at = &table->find(address("10.1.1.11"))->addresses.front();
    EXPECT_TRUE(mappings.prepare(*table));
  }
  static Mappings::Wish guest(std::string_view at, Protocol protocol = Protocol::udp) {
    return {protocol, endpoint(at)};
  }
  std::uint32_t acquire(std::string_view text, Protocol protocol = Protocol::udp) {
    return mappings.acquire(*table, *at, guest(text, protocol));
  }
  std::uint16_t port(std::string_view text) { return mappings.port_of(acquire(text)); }

  Paper paper;
  Mappings mappings{200'000, 42, false};
  const Table* table = nullptr;
  const Table::PublicAddress* at = nullptr;
};

TEST_F(Mapping, KeepsTheGuestsPortNumberWhereItCan) {
  EXPECT_EQ(port("10.1.1.11:40000"), 40000);
  EXPECT_NE(port("10.1.1.12:40000"), 40000);
}

TEST_F(Mapping, IsOneForOneEndpoint) {
  const auto first = acquire("10.1.1.11:40000");
  EXPECT_EQ(acquire("10.1.1.11:40000"), first);
  EXPECT_NE(acquire("10.1.1.11:40001"), first);
  EXPECT_NE(acquire("10.1.1.11:40000", Protocol::tcp), first);
}

TEST_F(Mapping, LivesAsLongAsItIsUsed) {
  const auto first = acquire("10.1.1.11:40000");
  (void)acquire("10.1.1.11:40000");
  mappings.release(first);
  EXPECT_NE(port("10.1.1.12:40000"), 40000);
  mappings.release(first);
  EXPECT_EQ(port("10.1.1.13:40000"), 40000);
}

TEST_F(Mapping, TakesNoWellKnownPort) {
  EXPECT_GE(port("10.1.1.11:53"), 1024);
  EXPECT_EQ(mappings.port_of(acquire("10.1.1.11:53", Protocol::icmp)), 53);
}

TEST_F(Mapping, TakesNoReservedPort) {
  const std::uint16_t instead = port("10.1.1.11:5005");
  EXPECT_TRUE(instead < 5000 || instead > 5010);
  EXPECT_EQ(mappings.port_of(acquire("10.1.1.11:5005", Protocol::tcp)), 5005);
}

TEST_F(Mapping, ForetellsWhatItWillTake) {
  (void)acquire("10.1.1.12:40000");
  const auto foretold = mappings.preview(*table, *at, guest("10.1.1.11:40000"));
  EXPECT_EQ(mappings.preview(*table, *at, guest("10.1.1.11:40000")), foretold);
  EXPECT_EQ(port("10.1.1.11:40000"), foretold);
  EXPECT_EQ(mappings.preview(*table, *at, guest("10.1.1.11:40000")), foretold);
}

TEST_F(Mapping, GivesEveryFreePortAndThenNone) {
  const network::Settings generous{.ports_per_guest = 65'536};
  std::set<std::uint16_t> given;
  for (unsigned n = 0; n < 61440 - 1024 - 11; ++n) {
    const Mappings::Wish one{Protocol::udp,
                             {address("10.1.1." + std::to_string(2 + n / 60'000)),
                              static_cast<std::uint16_t>(1 + n % 60'000)},
                             {},
                             &generous};
    const auto id = mappings.acquire(*table, *at, one);
    ASSERT_NE(id, 0U) << n;
    const std::uint16_t port = mappings.port_of(id);
    ASSERT_TRUE(given.insert(port).second);
    ASSERT_FALSE(table->is_reserved(Protocol::udp, {at->address, port}));
  }
  EXPECT_EQ(*given.begin(), 1024);
  EXPECT_EQ(*given.rbegin(), 61439);
  EXPECT_EQ(acquire("10.1.1.99:2000"), 0U);
  EXPECT_EQ(mappings.preview(*table, *at, guest("10.1.1.99:2000")), 0);
  EXPECT_NE(acquire("10.1.1.99:2000", Protocol::tcp), 0U);
}

TEST_F(Mapping, NeverGivesOnePortTwice) {
  std::mt19937 random{7};
  std::map<std::uint32_t, unsigned> uses;
  std::map<std::uint16_t, std::uint32_t> owners;
  for (int i = 0; i < 200'000; ++i) {
    if (random() % 2 == 0 || uses.empty()) {
      const Mappings::Wish one{Protocol::tcp,
                               {address("10.1.1." + std::to_string(2 + random() % 200)),
                                static_cast<std::uint16_t>(1024 + random() % 50)}};
      const auto id = mappings.acquire(*table, *at, one);
      ASSERT_NE(id, 0U);
      const auto [owner, fresh] = owners.emplace(mappings.port_of(id), id);
      ASSERT_EQ(owner->second, id);
      ++uses[id];
    } else {
      const auto any =
          std::next(uses.begin(),
                    static_cast<std::ptrdiff_t>(random() % std::min<std::size_t>(uses.size(), 20)));
      if (--any->second == 0) {
        owners.erase(mappings.port_of(any->first));
        mappings.release(any->first);
        uses.erase(any);
      } else {
        mappings.release(any->first);
      }
    }
  }
}

TEST(MappingsTable, SaysNoWhenItIsFull) {
  Paper paper;
  paper.with("source_nats/default", R"({"addresses":["203.0.113.2"]})");
  const auto& table = paper.router().of<Table>();
  const auto& at = table.find(address("10.1.1.11"))->addresses.front();
  Mappings two{2, 1, false};
  ASSERT_TRUE(two.prepare(table));
  EXPECT_NE(two.acquire(table, at, {Protocol::udp, endpoint("10.1.1.11:2000")}), 0U);
  const auto last = two.acquire(table, at, {Protocol::udp, endpoint("10.1.1.11:2001")});
  EXPECT_EQ(two.acquire(table, at, {Protocol::udp, endpoint("10.1.1.11:2002")}), 0U);
  two.release(last);
  EXPECT_NE(two.acquire(table, at, {Protocol::udp, endpoint("10.1.1.11:2002")}), 0U);
}

TEST_F(Mapping, SeveralWorkersNeverGiveOnePortTwice) {
  Mappings shared{200'000, 42, false, 4};
  ASSERT_TRUE(shared.prepare(*table));
  std::vector<std::vector<std::uint32_t>> held(4);
  std::vector<std::thread> workers;
  for (unsigned worker = 0; worker < 4; ++worker) {
    workers.emplace_back([&, worker] {
      for (unsigned round = 0; round < 3; ++round) {
        for (const auto id : std::exchange(held[worker], {})) shared.release(id);
        for (unsigned i = 0; i < 10'000; ++i) {
          const Address own = Address::v4(Be32::of(0x0a010100 + worker));
          const auto port = static_cast<std::uint16_t>(20'000 + i);
          held[worker].push_back(shared.acquire(*table, *at, {Protocol::udp, {own, port}}));
        }
      }
    });
  }
  for (std::thread& worker : workers) worker.join();
  std::set<std::uint16_t> ports;
  for (const auto& ids : held) {
    for (const auto id : ids) ports.insert(shared.port_of(id));
  }
  EXPECT_EQ(ports.size(), 40'000U);
}

}  // namespace
}  // namespace viaduct::test
