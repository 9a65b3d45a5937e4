#include "controlplane/selftest/packet.h"

#include <gtest/gtest.h>

#include <numeric>

namespace viaduct::selftest {
namespace {

Endpoint endpoint(const char* text) {
  return parse_endpoint(text).value();
}

const Endpoint guest = endpoint("10.1.1.10:4000");
const Endpoint server = endpoint("198.51.100.10:53");

TEST(SelftestPacket, IsReadAsItWasWritten) {
  for (Packet packet : {udp(guest, server), tcp(guest, server, syn), ping(guest, server.address)}) {
    packet.sequence = packet.protocol == Protocol::tcp ? 77 : 0;
    packet.payload = {1, 2, 3};
    const auto back = read(write(packet));
    ASSERT_TRUE(back);
    EXPECT_TRUE(back->is_sound);
    EXPECT_EQ(back->source, packet.source);
    EXPECT_EQ(back->destination, packet.destination);
    EXPECT_EQ(back->payload, packet.payload);
    EXPECT_EQ(back->sequence, packet.sequence);
  }
}

// A UDP packet whose checksums were computed by hand.
TEST(SelftestPacket, HasTheChecksumsOfRfc1071) {
  const Bytes bytes = write(udp(endpoint("10.0.0.1:1"), endpoint("10.0.0.2:2")));
  EXPECT_EQ(bytes[10] << 8 | bytes[11], 0x26cf);
  EXPECT_EQ(bytes[26] << 8 | bytes[27], 0xebd8);
}

TEST(SelftestPacket, TellsEveryDamagedByteOfAHeader) {
  const Bytes whole = write(tcp(guest, server, syn | ack));
  for (const std::size_t at : {8U, 12U, 19U, 20U, 25U, 33U, 37U}) {
    Bytes bytes = whole;
    bytes[at] ^= 0x10;
    const auto packet = read(bytes);
    EXPECT_TRUE(!packet || !packet->is_sound) << "byte " << at;
  }
}

TEST(SelftestPacket, IsNothingIfItIsCutShort) {
  const Bytes whole = write(udp(guest, server));
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_FALSE(read(std::span{whole}.first(length))) << length;
  }
}

TEST(SelftestPacket, QuotesThePacketThatItIsAbout) {
  Packet sent = tcp(guest, server, syn);
  sent.sequence = 1234;
  Packet error = icmp_error(icmp::unreachable, 1, server.address, sent);
  error.payload.resize(28);
  const auto back = read(write(error));
  ASSERT_TRUE(back && back->is_sound && back->is_icmp_error());
  const auto about = quoted(*back);
  ASSERT_TRUE(about);
  EXPECT_TRUE(about->is_sound);
  EXPECT_EQ(about->source, guest);
  EXPECT_EQ(about->destination, server);
  EXPECT_EQ(about->sequence, 1234U);
}

TEST(SelftestPacket, FallsIntoFragmentsThatHoldAllOfIt) {
  Packet datagram = udp(guest, server);
  datagram.payload.resize(3000);
  std::iota(datagram.payload.begin(), datagram.payload.end(), std::uint8_t{0});
  const Bytes whole = write(datagram);
  const auto pieces = fragments(datagram, 1480);
  ASSERT_EQ(pieces.size(), 3U);
  Bytes together(whole.begin(), whole.begin() + 20);
  for (const Bytes& piece : pieces) {
    const auto packet = read(piece);
    ASSERT_TRUE(packet && packet->is_sound);
    EXPECT_EQ(packet->offset + 20U, together.size());
    together.insert(together.end(), piece.begin() + 20, piece.end());
  }
  EXPECT_EQ(Bytes(together.begin() + 20, together.end()), Bytes(whole.begin() + 20, whole.end()));
}

}  // namespace
}  // namespace viaduct::selftest
