#include "dataplane/helper/pptp.h"

#include <gtest/gtest.h>

#include <string>

namespace viaduct::helper::pptp {
namespace {

using std::string_literals::operator""s;

// A control message of a type, with what follows its header.
std::string message(int type, const std::string& body) {
  const auto length = static_cast<char>(12 + body.size());
  return "\0"s + length + "\0\1\x1a\x2b\x3c\x4d\0"s + static_cast<char>(type) + "\0\0"s + body;
}

// "call 7 at 12, peer's 9 at 14" for each message.
std::string names(const std::string& segment) {
  Messages messages{segment};
  std::string all;
  while (const auto each = messages.next()) {
    const auto say = [&](const char* whose, const std::optional<NumberAt>& name) {
      if (!name) return;
      all += whose + std::to_string(name->number) + " at " + std::to_string(name->at.begin) + " ";
      EXPECT_EQ(name->at.end - name->at.begin, 2U);
    };
    say("call ", each->call);
    say("peer's ", each->peer_call);
    if (each->ends_call) all += "over ";
    all += "; ";
  }
  return all;
}

const std::string two_names = "\0\7\1\x2c"s;  // 7 and 300

TEST(Pptp, ReadsTheNamesOfACall) {
  EXPECT_EQ(names(message(7, two_names)), "call 7 at 12 ; ");
  EXPECT_EQ(names(message(8, two_names)), "call 7 at 12 peer's 300 at 14 ; ");
  EXPECT_EQ(names(message(9, two_names)), "call 7 at 12 ; ");
  EXPECT_EQ(names(message(10, two_names)), "call 7 at 12 peer's 300 at 14 ; ");
  EXPECT_EQ(names(message(11, two_names)), "peer's 7 at 12 ; ");
  EXPECT_EQ(names(message(14, two_names)), "peer's 7 at 12 ; ");
  EXPECT_EQ(names(message(15, two_names)), "peer's 7 at 12 ; ");
}

TEST(Pptp, KnowsWhenACallIsOver) {
  EXPECT_EQ(names(message(12, two_names)), "call 7 at 12 over ; ");
  EXPECT_EQ(names(message(13, two_names)), "call 7 at 12 over ; ");
}

TEST(Pptp, ReadsMessageAfterMessage) {
  EXPECT_EQ(names(message(1, std::string(8, '\0')) + message(7, two_names) + message(5, two_names)),
            "; call 7 at 32 ; ; ");
}

TEST(Pptp, StopsAtWhatItDoesNotUnderstand) {
  const std::string whole = message(7, two_names);
  EXPECT_EQ(names(whole + whole.substr(0, 15)), "call 7 at 12 ; ") << "it ends within a message";
  EXPECT_EQ(names(whole.substr(1) + whole), "") << "it begins within one";
  EXPECT_EQ(names(""), "");
  std::string other = whole;
  other[3] = '\2';  // a management message
  EXPECT_EQ(names(other), "");
  other = whole;
  other[4] = '\0';  // another cookie
  EXPECT_EQ(names(other), "");
  other = whole;
  other[1] = '\0';  // no length
  EXPECT_EQ(names(other), "");
}

}  // namespace
}  // namespace viaduct::helper::pptp
