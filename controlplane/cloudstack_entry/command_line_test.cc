#include "controlplane/cloudstack_entry/command_line.h"

#include <gmock/gmock.h>

namespace viaduct::cloudstack_entry {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Arguments words_of(std::string_view text) {
  const auto words = split_command_line(text);
  return words ? *words : Arguments{"refused: " + words.error().why};
}

std::string refusal_of(std::string_view text) {
  const auto words = split_command_line(text);
  return words ? "accepted" : words.error().why;
}

TEST(CommandLine, HasItsWordsSeparatedByBlanks) {
  EXPECT_THAT(words_of("/opt/cloud/bin/netusage.sh  -g -l\t203.0.113.10 "),
              ElementsAre("/opt/cloud/bin/netusage.sh", "-g", "-l", "203.0.113.10"));
  EXPECT_THAT(words_of("  "), IsEmpty());
}

TEST(CommandLine, KeepsBlanksWithinDoubleQuotes) {
  EXPECT_THAT(words_of(R"(import "a certificate;|<>'" "" x"y z"w)"),
              ElementsAre("import", "a certificate;|<>'", "", "xy zw"));
  EXPECT_THAT(words_of(R"("a\"b\\c\$d\e")"), ElementsAre(R"(a"b\c$d\e)"));
}

TEST(CommandLine, TakesEscapedCharactersAsTheyAre) {
  EXPECT_THAT(words_of(R"(aes128-sha1\;modp1536 a\ b)"),
              ElementsAre("aes128-sha1;modp1536", "a b"));
}

TEST(CommandLine, ExpandsNothing) {
  EXPECT_THAT(words_of("get_diagnostics_files.py [iptables.rules] * ~ {a,b}"),
              ElementsAre("get_diagnostics_files.py", "[iptables.rules]", "*", "~", "{a,b}"));
}

TEST(CommandLine, MustNotNeedAShell) {
  for (const char* hostile : {"x; rm -rf /", "x $(id)", "x `id`", "x | sh", "x && y", "x > /etc/y",
                              "x 'y z'", "x \"$(id)\"", "x \"`id`\"", "x $HOME"}) {
    EXPECT_THAT(refusal_of(hostile), HasSubstr("only a shell would understand")) << hostile;
  }
}

TEST(CommandLine, MustNotHoldControlCharacters) {
  EXPECT_THAT(refusal_of("x\nreboot"), HasSubstr("control character"));
  EXPECT_THAT(refusal_of("x \"a\nb\""), HasSubstr("control character"));
  EXPECT_THAT(refusal_of(std::string_view{"x\0y", 3}), HasSubstr("control character"));
  EXPECT_EQ(refusal_of("x\\\ny"), "a backslash has nothing to escape");
}

TEST(CommandLine, MustBeComplete) {
  EXPECT_EQ(refusal_of("x \"y"), "a double quote is not closed");
  EXPECT_EQ(refusal_of("x \\"), "a backslash has nothing to escape");
  EXPECT_EQ(refusal_of(std::string(longest_command_line + 1, 'x')),
            "the command line is longer than 64 KiB");
}

}  // namespace
}  // namespace viaduct::cloudstack_entry
