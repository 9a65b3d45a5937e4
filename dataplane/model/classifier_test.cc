#include "dataplane/model/classifier.h"

#include <random>

#include "tests/model.h"

namespace viaduct::test {
namespace {

TrafficFacts tcp_to(std::uint16_t port) {
  return {.protocol = Protocol::tcp, .destination_port = port};
}

Traffic tcp_ports(std::uint16_t first, std::uint16_t last) {
  return {.protocol = Protocol::tcp, .ports = PortRange{first, last}};
}

// As many rules as it takes to be looked up by hash, none of which speaks of TCP.
std::vector<Condition> among_many(std::vector<Condition> rules) {
  for (std::uint8_t n = 0; n < 20; ++n) {
    rules.push_back({.traffic = {.protocol = Protocol{static_cast<std::uint8_t>(100 + n)}},
                     .sources = {},
                     .destinations = {prefix("203.0.113.0/24")}});
  }
  return rules;
}

TEST(Classifier, FindsNothingAmongNoRules) {
  EXPECT_EQ(Classifier{}.find(address("192.0.2.1"), address("203.0.113.1"), tcp_to(80)),
            std::nullopt);
}

TEST(Classifier, PrefersTheLongestDestination) {
  const Classifier rules{std::vector<Condition>{{.destinations = {prefix("203.0.113.0/24")}},
                                                {.destinations = {prefix("203.0.113.1")}},
                                                {.destinations = {}}}};
  const Address source = address("192.0.2.1");
  EXPECT_EQ(rules.find(source, address("203.0.113.1"), tcp_to(80)), 1U);
  EXPECT_EQ(rules.find(source, address("203.0.113.2"), tcp_to(80)), 0U);
  EXPECT_EQ(rules.find(source, address("198.51.100.1"), tcp_to(80)), 2U);
}

TEST(Classifier, KnowsBothEndsOfAPortRange) {
  const Classifier rules{
      among_many({{.traffic = tcp_ports(1001, 2046), .destinations = {prefix("203.0.113.0/24")}}})};
  const auto finds = [&](std::uint16_t port) {
    return rules.find(address("192.0.2.1"), address("203.0.113.1"), tcp_to(port)).has_value();
  };
  EXPECT_FALSE(finds(1000));
  EXPECT_TRUE(finds(1001));
  EXPECT_TRUE(finds(2046));
  EXPECT_FALSE(finds(2047));
}

TEST(Classifier, TakesARangeOfAllPorts) {
  const Classifier rules{
      among_many({{.traffic = tcp_ports(0, 65535), .destinations = {prefix("203.0.113.0/24")}}})};
  for (const std::uint16_t port : std::initializer_list<std::uint16_t>{0, 1, 32768, 65535}) {
    EXPECT_EQ(rules.find(address("192.0.2.1"), address("203.0.113.1"), tcp_to(port)), 0U);
  }
}

TEST(Classifier, KeepsTheAddressFamiliesApart) {
  const Classifier rules{std::vector<Condition>{{.destinations = {prefix("::/0")}}}};
  EXPECT_EQ(rules.find(address("2001:db8::1"), address("2001:db8::2"), tcp_to(80)), 0U);
  EXPECT_EQ(rules.find(address("192.0.2.1"), address("203.0.113.1"), tcp_to(80)), std::nullopt);
}

// Rules and packets drawn from a world so small that they meet.
class DrawnRules : public testing::TestWithParam<unsigned> {
 protected:
  unsigned draw(unsigned below) {
    return std::uniform_int_distribution<unsigned>{0, below - 1}(random_);
  }
  Address drawn_address() {
    if (draw(4) == 0) return address("2001:db8::" + std::to_string(draw(4)));
    return Address::v4(Be32::of(0xcb007100 + draw(16)));
  }
  Prefix drawn_prefix() {
    const Address base = drawn_address();
    if (!base.is_v4()) return Prefix{base, draw(2) == 0 ? 0 : 127 + draw(2)};
    return Prefix{base, Address::v4_offset + (draw(8) == 0 ? 0 : 28 + draw(5))};
  }
  std::vector<Prefix> drawn_prefixes() {
    std::vector<Prefix> prefixes(draw(3));
    for (Prefix& one : prefixes) one = drawn_prefix();
    return prefixes;
  }
  Protocol drawn_protocol() {
    constexpr std::array protocols{Protocol::tcp, Protocol::udp, Protocol::icmp, Protocol::gre};
    return protocols[draw(protocols.size())];
  }
  Traffic drawn_traffic() {
    if (draw(5) == 0) return {};
    Traffic traffic{.protocol = drawn_protocol()};
    const bool has_ports = traffic.protocol == Protocol::tcp || traffic.protocol == Protocol::udp;
    if (has_ports && draw(4) != 0) {
      const auto first = static_cast<std::uint16_t>(draw(40));
      traffic.ports = PortRange{first, static_cast<std::uint16_t>(first + draw(20))};
    }
    if (traffic.protocol == Protocol::icmp && draw(2) != 0) {
      traffic.icmp_type = static_cast<std::uint8_t>(draw(3));
      if (draw(2) != 0) traffic.icmp_code = static_cast<std::uint8_t>(draw(2));
    }
    return traffic;
  }
  TrafficFacts drawn_packet() {
    TrafficFacts packet{.protocol = drawn_protocol()};
    if (packet.protocol == Protocol::icmp) {
      packet.icmp_type = static_cast<std::uint8_t>(draw(3));
      packet.icmp_code = static_cast<std::uint8_t>(draw(2));
    } else if (packet.protocol != Protocol::gre) {
      packet.destination_port = static_cast<std::uint16_t>(draw(64));
    }
    return packet;
  }
  std::mt19937 random_{GetParam()};
};

// What the classifier has to find, by looking at every rule.
std::optional<std::uint32_t> scan(const std::vector<Condition>& rules, const Address& source,
                                  const Address& destination, const TrafficFacts& packet) {
  std::optional<std::uint32_t> best;
  int best_length = -2;
  for (std::uint32_t number = 0; number < rules.size(); ++number) {
    const Condition& rule = rules[number];
    if (!matches(rule.traffic, packet) || !is_listed(rule.sources, source)) continue;
    int length = rule.destinations.empty() ? -1 : -2;
    for (const Prefix& prefix : rule.destinations) {
      if (prefix.contains(destination))
        length = std::max(length, static_cast<int>(prefix.length()));
    }
    if (length > best_length) {
      best = number;
      best_length = length;
    }
  }
  return best;
}

TEST_P(DrawnRules, AreFoundAsIfEachHadBeenLookedAt) {
  std::vector<Condition> rules(1 + draw(120));
  for (Condition& rule : rules) rule = {drawn_traffic(), drawn_prefixes(), drawn_prefixes()};
  const Classifier classifier{rules};
  for (int i = 0; i < 2000; ++i) {
    const Address source = drawn_address();
    const Address destination = drawn_address();
    const TrafficFacts packet = drawn_packet();
    ASSERT_EQ(classifier.find(source, destination, packet),
              scan(rules, source, destination, packet))
        << to_string(source) << " > " << to_string(destination);
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, DrawnRules, testing::Range(1U, 21U));

}  // namespace
}  // namespace viaduct::test
