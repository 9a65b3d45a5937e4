#include "base/checksum.h"

#include <gtest/gtest.h>

#include <array>
#include <random>

namespace viaduct {
namespace {

using Words = std::array<std::uint16_t, 10>;  // an IPv4 header's worth, as it lies on the wire

// The checksum by the book (RFC 1071).
Be16 checksum_of(const Words& words) {
  std::uint32_t sum = 0;
  for (const std::uint16_t word : words) sum += word;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return Be16::raw(static_cast<std::uint16_t>(~sum));
}

class ChecksumChange : public testing::Test {
 protected:
  std::uint16_t any() { return static_cast<std::uint16_t>(random_()); }
  Words any_words() {
    Words words{};
    for (auto& word : words) word = any();
    words[0] |= 1;  // a checksum of nothing but zeros is another story
    return words;
  }
  std::mt19937 random_{1624};  // NOLINT(cert-msc51-cpp): the same words in every run
};

TEST_F(ChecksumChange, AgreesWithTheWholeSumAfterOneEdit) {
  for (int round = 0; round < 100'000; ++round) {
    Words words = any_words();
    const Be16 before = checksum_of(words);
    const std::size_t at = 1 + any() % 9U;
    const std::uint16_t is = any();
    const Change edit = change(Be16::raw(words[at]), Be16::raw(is));
    words[at] = is;
    ASSERT_EQ(edit.applied_to(before), checksum_of(words));
  }
}

TEST_F(ChecksumChange, AgreesWithTheWholeSumAfterManyEdits) {
  for (int round = 0; round < 10'000; ++round) {
    Words words = any_words();
    const Be16 before = checksum_of(words);
    Change edits;
    for (std::size_t at = 1; at < words.size(); ++at) {
      const std::uint16_t is = any();
      edits = edits + change(Be16::raw(words[at]), Be16::raw(is));
      words[at] = is;
    }
    ASSERT_EQ(edits.applied_to(before), checksum_of(words));
  }
}

TEST_F(ChecksumChange, CountsBothHalvesOfAnAddress) {
  for (int round = 0; round < 10'000; ++round) {
    Words words = any_words();
    const Be16 before = checksum_of(words);
    const Be32 was = Be32::raw((std::uint32_t{words[2]} << 16) | words[3]);
    words[2] = any();
    words[3] = any();
    const Be32 is = Be32::raw((std::uint32_t{words[2]} << 16) | words[3]);
    ASSERT_EQ(change(was, is).applied_to(before), checksum_of(words));
  }
}

TEST_F(ChecksumChange, MeansTheSameFolded) {
  for (int round = 0; round < 10'000; ++round) {
    Change edits;
    for (int i = 0; i < 8; ++i) edits = edits + Change{any(), any()};
    const Be16 before = Be16::raw(any());
    ASSERT_EQ(Change::folded_from(edits.folded()).applied_to(before), edits.applied_to(before));
  }
}

TEST_F(ChecksumChange, HoldsAsManyEditsAsItPromises) {
  Change edits;
  for (int i = 0; i < 32'768; ++i) edits = edits + Change{0, 0xffff};
  // Each edit adds 0xffff twice, which is nothing in ones' complement.
  EXPECT_EQ(edits.applied_to(Be16::raw(0x1234)), Be16::raw(0x1234));
}

TEST(ChecksumOfNoEdit, StaysAsItIs) {
  EXPECT_EQ(Change{}.applied_to(Be16::raw(0x1234)), Be16::raw(0x1234));
  EXPECT_EQ(change(Be16::of(7), Be16::of(7)).applied_to(Be16::raw(0x1234)), Be16::raw(0x1234));
}

TEST(UdpChecksum, NeverTravelsAsZero) {
  EXPECT_EQ(never_zero(Be16{}), Be16::raw(0xffff));
  EXPECT_EQ(never_zero(Be16::raw(0x1234)), Be16::raw(0x1234));
}

}  // namespace
}  // namespace viaduct
