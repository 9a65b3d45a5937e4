#include "base/persistent_map.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace viaduct {
namespace {

using Map = PersistentMap<int>;

std::string key_of(std::size_t n) {
  const std::string digits = std::to_string(n);
  return std::string(6 - digits.size(), '0') + digits;
}

Map numbered(std::size_t count) {
  Map map;
  for (std::size_t n = 0; n < count; ++n) map.insert_or_assign(key_of(n), static_cast<int>(n));
  return map;
}

std::vector<std::string> differences(const Map& from, const Map& to) {
  std::vector<std::string> told;
  Map::compare(from, to, [&](const std::string& key, const int* before, const int* after) {
    told.push_back(key + (before == nullptr ? " +" : after == nullptr ? " -" : " ~"));
    return true;
  });
  return told;
}

TEST(PersistentMap, HoldsWhatAnOrdinaryMapHolds) {
  std::mt19937 random{7};  // NOLINT(cert-msc51-cpp): runs are to be alike
  Map map;
  std::map<std::string, int> model;
  for (int step = 0; step < 20'000; ++step) {
    const std::string key = key_of(random() % 1000);
    if (random() % 5 < 2) {
      EXPECT_EQ(map.erase(key), model.erase(key));
    } else {
      map.insert_or_assign(key, step);
      model.insert_or_assign(key, step);
    }
    if (step % 500 != 0) continue;
    ASSERT_EQ(map.size(), model.size());
    ASSERT_TRUE(std::ranges::equal(map, model, [](const auto& a, const auto& b) {
      return a.first == b.first && a.second == b.second;
    }));
  }
  for (std::size_t n = 0; n < 1000; ++n) {
    EXPECT_EQ(map.contains(key_of(n)), model.contains(key_of(n)));
  }
}

TEST(PersistentMap, ACopyStaysAsItWasWhenTheOriginalChanges) {
  Map map = numbered(1000);
  const Map copy = map;
  map["000500"] = -1;
  map.erase("000001");
  *map.edit("000700") = -2;
  map["new"] = 1;
  EXPECT_EQ(copy, numbered(1000));
  EXPECT_EQ(map.at("000500"), -1);
  EXPECT_EQ(map.edit("nowhere"), nullptr);
}

TEST(PersistentMap, TellsWhatDiffers) {
  const Map before = numbered(1000);
  Map after = before;
  EXPECT_TRUE(differences(before, after).empty());
  after["000500"] = -1;
  after.erase("000001");
  after["0009995"] = 1;
  EXPECT_EQ(differences(before, after),
            (std::vector<std::string>{"000001 -", "000500 ~", "0009995 +"}));
  EXPECT_EQ(differences({}, after).size(), after.size());
}

TEST(PersistentMap, LooksOnlyAtBlocksThatAreNotShared) {
  const Map before = numbered(10'000);
  Map after = before;
  after.erase("005000");
  after["005000"] = -1;
  after["004000x"] = 1;
  int looked_at = 0;
  struct Counting {
    int* count;
    bool operator==(const Counting&) const {
      ++*count;
      return true;
    }
  };
  PersistentMap<Counting> counted;
  for (const auto& [key, value] : before) counted.insert_or_assign(key, {&looked_at});
  PersistentMap<Counting> changed = counted;
  changed["004000x"] = {&looked_at};
  PersistentMap<Counting>::compare(counted, changed, [](const auto&...) { return true; });
  EXPECT_LE(looked_at, 128);
  EXPECT_EQ(differences(before, after).size(), 2U);
}

TEST(PersistentMap, TakesEntriesInAnyOrder) {
  EXPECT_EQ(Map({{"b", 2}, {"a", 1}, {"b", 3}}), Map({{"a", 1}, {"b", 3}}));
}

}  // namespace
}  // namespace viaduct
