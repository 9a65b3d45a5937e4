#include "services/guest/dnsmasq/text.h"

#include <gtest/gtest.h>

namespace viaduct::dnsmasq {
namespace {

std::string name_of(std::string_view text) {
  const auto name = domain_name(text);
  return name ? *name : name.error().why;
}

TEST(LeaseTime, IsSecondsOrHasAUnit) {
  EXPECT_EQ(lease_seconds("90"), 90U);
  EXPECT_EQ(lease_seconds("90s"), 90U);
  EXPECT_EQ(lease_seconds("45m"), 45U * 60);
  EXPECT_EQ(lease_seconds("1H"), 3600U);
  EXPECT_EQ(lease_seconds("2d"), 2U * 86400);
  EXPECT_EQ(lease_seconds("1w"), 604800U);
  EXPECT_EQ(lease_seconds("h"), 0U);
}

TEST(LeaseTime, IsInfiniteByNameAndWhenItIsTooLong) {
  EXPECT_EQ(lease_seconds("infinite"), infinite_lease);
  EXPECT_EQ(lease_seconds("4294967296"), infinite_lease);
  EXPECT_EQ(lease_seconds("9999999w"), infinite_lease);
}

TEST(LeaseTime, IsNothingElse) {
  for (const auto* text : {"-1", "1.5h", "1hh", "1h1", "Infinite", "infinit", "1 h", "x"}) {
    EXPECT_FALSE(lease_seconds(text)) << text;
  }
}

TEST(DomainName, LosesItsTrailingDot) {
  EXPECT_EQ(name_of("x.example."), "x.example");
  EXPECT_EQ(name_of("We_b"), "We_b");
}

TEST(DomainName, IsSpelledInAscii) {
  EXPECT_EQ(name_of("m\u00fcnchen.example"), "xn--mnchen-3ya.example");
  EXPECT_EQ(name_of("\u65e5\u672c.example"), "xn--wgv71a.example");
}

TEST(DomainName, RefusesWhatNoNameCanBe) {
  EXPECT_EQ(name_of(std::string(63, 'a')), std::string(63, 'a'));
  EXPECT_EQ(name_of(std::string(64, 'a')),
            "'" + std::string(64, 'a') + "' has a label longer than 63 characters");
  EXPECT_EQ(name_of("a..b"), "not supported: 'a..b' has an empty label");
  EXPECT_EQ(name_of("a\tb"), "a name cannot hold control characters");
  EXPECT_EQ(name_of(""), "a name cannot be empty");
  std::string long_name = "a";
  for (int i = 0; i < 4; ++i) long_name += "." + std::string(63, 'b');
  EXPECT_EQ(name_of(long_name), "not supported: a name longer than 253 characters");
  EXPECT_FALSE(domain_name("m\xfcnchen"));
}

TEST(Tag, MayBeNegated) {
  EXPECT_EQ(tag_match("red"), (TagMatch{"red", true}));
  EXPECT_EQ(tag_match("!red"), (TagMatch{"red", false}));
  EXPECT_EQ(tag_name("set:red"), "red");
  EXPECT_EQ(tag_name("net:red"), "red");
  EXPECT_FALSE(tag_name("red"));
}

TEST(Number, IsTheLargestThatFitsWhenItIsTooLarge) {
  EXPECT_EQ(whole_number("007"), 7U);
  EXPECT_EQ(whole_number("99999999999"), 0xffffffffU);
  EXPECT_FALSE(whole_number("+5"));
  EXPECT_FALSE(whole_number(""));
}

TEST(Shown, HasNoControlCharacters) {
  EXPECT_EQ(shown("a\r\x1b[2J"), "'a..[2J'");
}

}  // namespace
}  // namespace viaduct::dnsmasq
