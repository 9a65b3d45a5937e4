#include "dataplane/source_nat/holes.h"

#include <gtest/gtest.h>

#include "tests/model.h"

namespace viaduct::source_nat {
namespace {

using test::endpoint;

class HolesTest : public testing::Test {
 protected:
  static Holes::Attempt attempt(const char* from, const char* to) {
    return {.router = 7, .protocol = Protocol::udp, .from = endpoint(from), .to = endpoint(to)};
  }
  Holes holes{42};
};

TEST_F(HolesTest, AreOpenOnceSomebodyHasSpoken) {
  const auto spoken = attempt("10.1.1.11:4000", "10.1.1.12:5000");
  EXPECT_FALSE(holes.is_open(spoken, 100));
  holes.punch(spoken, 100);
  EXPECT_TRUE(holes.is_open(spoken, 100));
}

TEST_F(HolesTest, AreForThatPeerAlone) {
  holes.punch(attempt("10.1.1.11:4000", "10.1.1.12:5000"), 100);
  EXPECT_FALSE(holes.is_open(attempt("10.1.1.12:5000", "10.1.1.11:4000"), 100));
  EXPECT_FALSE(holes.is_open(attempt("10.1.1.11:4000", "10.1.1.12:5001"), 100));
  EXPECT_FALSE(holes.is_open(attempt("10.1.1.11:4000", "10.1.1.13:5000"), 100));
  auto other = attempt("10.1.1.11:4000", "10.1.1.12:5000");
  other.router = 8;
  EXPECT_FALSE(holes.is_open(other, 100));
}

TEST_F(HolesTest, CloseAfterAWhileOfSilence) {
  const auto spoken = attempt("10.1.1.11:4000", "10.1.1.12:5000");
  holes.punch(spoken, 100);
  EXPECT_TRUE(holes.is_open(spoken, 100 + Holes::lifetime));
  EXPECT_FALSE(holes.is_open(spoken, 101 + Holes::lifetime));
  holes.punch(spoken, 100 + Holes::lifetime);
  EXPECT_TRUE(holes.is_open(spoken, 101 + Holes::lifetime));
}

TEST_F(HolesTest, OfManyTheLatestStay) {
  constexpr unsigned many = 100'000;
  for (unsigned i = 0; i < many; ++i) {
    auto each = attempt("10.1.1.11:4000", "10.1.1.12:5000");
    each.from.port = static_cast<std::uint16_t>(i);
    each.to.port = static_cast<std::uint16_t>(i >> 16);
    holes.punch(each, i);
  }
  auto latest = attempt("10.1.1.11:4000", "10.1.1.12:5000");
  latest.from.port = static_cast<std::uint16_t>(many - 1);
  latest.to.port = (many - 1) >> 16;
  EXPECT_TRUE(holes.is_open(latest, many));
}

}  // namespace
}  // namespace viaduct::source_nat
