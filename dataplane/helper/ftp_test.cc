#include "dataplane/helper/ftp.h"

#include <gtest/gtest.h>

#include "tests/model.h"

namespace viaduct::helper::ftp {
namespace {

using test::endpoint;

// The text, with what it announces replaced; or "nothing".
std::string rewritten(std::string text, Side side, const std::string& as = "203.0.113.2:65535") {
  const auto said = read(text, side);
  if (!said) return "nothing";
  const Words words{*said, endpoint(as)};
  return text.replace(said->begin, said->end - said->begin, words.text());
}

std::string announced(std::string_view text, Side side) {
  const auto said = read(text, side);
  if (!said) return "nothing";
  return (said->address ? to_string(*said->address) : "its own") + ":" + std::to_string(said->port);
}

TEST(Ftp, ReadsWhereAClientListens) {
  EXPECT_EQ(announced("PORT 10,1,1,20,19,136\r\n", Side::client), "10.1.1.20:5000");
  EXPECT_EQ(announced("port 10,1,1,20,19,136\r\n", Side::client), "10.1.1.20:5000");
  EXPECT_EQ(announced("EPRT |1|10.1.1.20|5000|\r\n", Side::client), "10.1.1.20:5000");
  EXPECT_EQ(announced("EPRT !1!10.1.1.20!5000!\n", Side::client), "10.1.1.20:5000");
}

TEST(Ftp, ReadsWhereAServerListens) {
  EXPECT_EQ(announced("227 Entering Passive Mode (10,1,1,20,19,136).\r\n", Side::server),
            "10.1.1.20:5000");
  EXPECT_EQ(announced("227 =10,1,1,20,19,136\r\n", Side::server), "10.1.1.20:5000");
  EXPECT_EQ(announced("229 Entering Extended Passive Mode (|||5000|)\r\n", Side::server),
            "its own:5000");
}

TEST(Ftp, FindsTheLineThatAnnounces) {
  EXPECT_EQ(announced("226 Done.\r\n227 Ok (10,1,1,20,19,136)\r\n", Side::server),
            "10.1.1.20:5000");
  EXPECT_EQ(announced("TYPE I\r\nPORT 10,1,1,20,19,136\r\n", Side::client), "10.1.1.20:5000");
}

TEST(Ftp, WritesAnotherEndpointInTheSameWords) {
  EXPECT_EQ(rewritten("PORT 10,1,1,20,19,136\r\n", Side::client), "PORT 203,0,113,2,255,255\r\n");
  EXPECT_EQ(rewritten("EPRT !1!10.1.1.20!5000!\r\n", Side::client),
            "EPRT !1!203.0.113.2!65535!\r\n");
  EXPECT_EQ(rewritten("227 Ok (10,1,1,20,19,136).\r\n", Side::server),
            "227 Ok (203,0,113,2,255,255).\r\n");
  EXPECT_EQ(rewritten("229 Ok (|||5000|)\r\n", Side::server), "229 Ok (|||65535|)\r\n");
  EXPECT_EQ(rewritten("227 Ok (1,1,1,1,1,1)\r\n", Side::server, "255.255.255.255:65535"),
            "227 Ok (255,255,255,255,255,255)\r\n");
}

TEST(Ftp, LeavesWhatItDoesNotUnderstand) {
  for (const char* text :
       {"PORT 10,1,1,20,19\r\n", "PORT 10,1,1,256,19,136\r\n", "PORT 10,1,1,20,19,-1\r\n",
        "PORT 10,1,1,20,19,136", "EPRT |2|fe80::1|5000|\r\n", "EPRT |1|10.1.1.20|65536|\r\n",
        "EPRT |1|10.1.1.20|5000\r\n", "227 Ok (10,1,1,20,19,136)\r\n", "PORT\r\n", "\r\n", ""}) {
    EXPECT_EQ(announced(text, Side::client), "nothing") << text;
  }
  for (const char* text : {"229 Ok (||5000|)\r\n", "229 Ok (|||5000)\r\n", "229 Ok\r\n",
                           "227-Ok (10,1,1,20,19,136)\r\n", "PORT 10,1,1,20,19,136\r\n"}) {
    EXPECT_EQ(announced(text, Side::server), "nothing") << text;
  }
}

}  // namespace
}  // namespace viaduct::helper::ftp
