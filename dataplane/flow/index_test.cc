#include "dataplane/flow/index.h"

#include <gtest/gtest.h>

#include <random>
#include <unordered_map>
#include <vector>

namespace viaduct::flow {
namespace {

// Random entries, each with a hash of its own, next to what a std::unordered_map says.
class FlowIndex : public testing::Test {
 protected:
  static constexpr std::uint32_t capacity = 100'000;

  [[nodiscard]] std::uint32_t found(std::uint64_t hash) const {
    return index.find(hash, [&](std::uint32_t number) { return hashes[number] == hash; });
  }
  bool insert(std::uint32_t number) {
    hashes[number] = random();
    if (!index.insert(hashes[number], number)) return false;
    return reference.emplace(hashes[number], number).second;
  }
  void erase(std::uint32_t number) {
    index.erase(hashes[number], number);
    reference.erase(hashes[number]);
  }
  [[nodiscard]] bool knows_everything() const {
    for (const auto& [hash, number] : reference) {
      if (found(hash) != number) return false;
    }
    return true;
  }

  Index index{capacity, false};
  std::mt19937_64 random{1};
  std::vector<std::uint64_t> hashes = std::vector<std::uint64_t>(capacity);
  std::unordered_map<std::uint64_t, std::uint32_t> reference;
};

TEST_F(FlowIndex, FindsNothingWhenItIsEmpty) {
  EXPECT_EQ(found(0), Index::none);
  EXPECT_EQ(found(random()), Index::none);
}

TEST_F(FlowIndex, HoldsAllThatItIsMadeFor) {
  for (std::uint32_t n = 0; n < capacity; ++n) ASSERT_TRUE(insert(n)) << n;
  EXPECT_TRUE(knows_everything());
  for (std::uint32_t n = 0; n < capacity; ++n) erase(n);
  for (const std::uint64_t hash : hashes) ASSERT_EQ(found(hash), Index::none);
}

TEST_F(FlowIndex, AgreesWithAMapThroughAMillionChanges) {
  std::vector<std::uint32_t> in;
  std::vector<std::uint32_t> out(capacity);
  for (std::uint32_t n = 0; n < capacity; ++n) out[n] = n;
  for (int i = 0; i < 1'000'000; ++i) {
    // Mostly full: seven of eight steps insert while there is room.
    const bool inserts = !out.empty() && (in.empty() || random() % 8 != 0);
    auto& from = inserts ? out : in;
    auto& to = inserts ? in : out;
    std::swap(from[random() % from.size()], from.back());
    const std::uint32_t number = from.back();
    if (inserts) {
      ASSERT_TRUE(insert(number)) << "with " << in.size() << " inside";
    } else {
      erase(number);
      ASSERT_EQ(found(hashes[number]), Index::none);
    }
    from.pop_back();
    to.push_back(number);
    if (!in.empty()) {
      const std::uint32_t any = in[random() % in.size()];
      ASSERT_EQ(found(hashes[any]), any);
    }
  }
  EXPECT_EQ(reference.size(), in.size());
  EXPECT_TRUE(knows_everything());
}

TEST_F(FlowIndex, TellsEntriesOfOneSignatureApart) {
  constexpr std::uint64_t home = 0x1234567800000000;
  for (std::uint32_t n = 0; n < 8; ++n) {
    hashes[n] = home | (n << 16) | 0xabcd;
    ASSERT_TRUE(index.insert(hashes[n], n));
  }
  index.erase(hashes[3], 3);
  for (std::uint32_t n = 0; n < 8; ++n) EXPECT_EQ(found(hashes[n]), n == 3 ? Index::none : n);
}

TEST_F(FlowIndex, SaysNoWhenBothBucketsAndTheWaysOutOfThemAreFull) {
  // All have one home and one signature, so that there are just two buckets for them.
  std::uint32_t fit = 0;
  while (fit < 100 && index.insert(0x1234567800000001, fit)) ++fit;
  EXPECT_EQ(fit, 16U);
  std::uint32_t seen = 0;
  (void)index.find(0x1234567800000001, [&](std::uint32_t) { return ++seen == 100; });
  EXPECT_EQ(seen, 16U);
}

}  // namespace
}  // namespace viaduct::flow
