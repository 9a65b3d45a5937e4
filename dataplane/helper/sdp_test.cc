#include "dataplane/helper/sdp.h"

#include <gtest/gtest.h>

#include "tests/model.h"

namespace viaduct::helper::sdp {
namespace {

std::optional<Description> read(const std::string& text) {
  return sdp::read(text, {0, text.size()});
}

// "10.1.1.20:4000 rtp" for each medium.
std::string media(const std::string& text) {
  const auto description = read(text);
  if (!description) return "not understood";
  std::string all;
  for (const Medium& each : description->media.all()) {
    all += (each.address == Address{} ? "nobody" : to_string(each.address)) + ":" +
           std::to_string(each.port.number) + (each.is_rtp ? " rtp" : "") +
           (each.rtcp ? "/" + std::to_string(each.rtcp->number) : "") + "; ";
  }
  return all;
}

TEST(Sdp, ReadsWhereMediaAreReceived) {
  EXPECT_EQ(
      media("v=0\r\no=a 1 1 IN IP4 10.1.1.20\r\ns=-\r\nc=IN IP4 10.1.1.20\r\nt=0 0\r\n"
            "m=audio 4000 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\nm=video 4002 RTP/SAVPF 96\r\n"),
      "10.1.1.20:4000 rtp; 10.1.1.20:4002 rtp; ");
}

TEST(Sdp, ReadsAnAddressOfOneMedium) {
  EXPECT_EQ(media("v=0\nc=IN IP4 10.1.1.20\nm=audio 4000 RTP/AVP 0\n"
                  "m=video 4002 RTP/AVP 96\nc=IN IP4 10.1.1.21\n"),
            "10.1.1.20:4000 rtp; 10.1.1.21:4002 rtp; ");
  EXPECT_EQ(media("c=IN IP4 10.1.1.20\nm=audio 4000 RTP/AVP 0\nc=IN IP6 fe80::1\n"),
            "nobody:4000 rtp; ");
  EXPECT_EQ(media("m=audio 4000 RTP/AVP 0\n"), "nobody:4000 rtp; ");
}

TEST(Sdp, KnowsWhatComesInDatagrams) {
  EXPECT_EQ(media("c=IN IP4 10.1.1.20\nm=image 4000 udptl t38\nm=message 4002 TCP/MSRP *\n"
                  "m=audio 4004 UDP/TLS/RTP/SAVPF 0\n"),
            "10.1.1.20:4000; 10.1.1.20:0; 10.1.1.20:4004 rtp; ");
}

TEST(Sdp, ReadsAPortOfRtcpThatIsSaid) {
  EXPECT_EQ(media("c=IN IP4 10.1.1.20\nm=audio 4000 RTP/AVP 0\na=rtcp:4005 IN IP4 10.1.1.20\n"),
            "10.1.1.20:4000 rtp/4005; ");
  EXPECT_EQ(media("m=audio 4000 RTP/AVP 0\na=rtcp:4005\na=rtcp-mux"), "nobody:4000 rtp/4005; ");
}

TEST(Sdp, TellsWhereAddressesStand) {
  const std::string text =
      "o=a 1 1 IN IP4 10.1.1.20\r\nc=IN IP4 10.1.1.21\r\nm=audio 1 RTP/AVP 0\r\n"
      "a=rtcp:2 IN IP4 10.1.1.22\r\n";
  std::string all;
  const auto description = read(text);
  for (const auto& [at, address] : description->addresses.all()) {
    EXPECT_EQ(text.substr(at.begin, at.end - at.begin), to_string(address));
    all += to_string(address) + " ";
  }
  EXPECT_EQ(all, "10.1.1.20 10.1.1.21 10.1.1.22 ");
}

TEST(Sdp, LeavesWhatItDoesNotUnderstand) {
  std::string many;
  for (int i = 0; i < 9; ++i) many += "m=audio 4000 RTP/AVP 0\n";
  for (const std::string& text :
       {std::string{"hello"}, std::string{"m=audio\n"}, std::string{"m=audio x RTP/AVP 0\n"}, many,
        std::string{"m=audio 4000/2 RTP/AVP 0\n"}, std::string{"m=audio 65536 RTP/AVP 0\n"},
        std::string{"m=audio 4000 RTP/AVP 0\na=rtcp:x\n"}}) {
    EXPECT_EQ(media(text), "not understood") << text;
  }
  EXPECT_EQ(media(""), "");
}

}  // namespace
}  // namespace viaduct::helper::sdp
