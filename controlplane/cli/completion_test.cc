#include "controlplane/cli/completion.h"

#include <sstream>

#include "controlplane/cli/program.h"
#include "controlplane/http/test_server.h"

namespace viaduct::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::IsSupersetOf;

class Completes : public ServerFixture {
 protected:
  Completes() {
    sure(put(small_document()));
    sure(put(forwarding(9090)));
  }

  // What may stand for the last of these words.
  std::vector<std::string> after(std::vector<std::string> typed) {
    const std::vector<std::string> asking{"--socket", socket, "completion", "words", "--"};
    typed.insert(typed.begin(), asking.begin(), asking.end());
    std::ostringstream out;
    std::ostringstream err;
    EXPECT_EQ(cli::run(std::move(typed), out, err), cli::ok) << err.str();
    std::istringstream lines{out.str()};
    std::vector<std::string> candidates;
    for (std::string line; std::getline(lines, line);) candidates.push_back(line);
    return candidates;
  }
};

TEST_F(Completes, Commands) {
  EXPECT_THAT(after({""}), IsSupersetOf({"show", "set", "explain", "capture", "completion"}));
  EXPECT_THAT(after({"se"}), ElementsAre("set", "services", "sessions", "selftest"));
  EXPECT_THAT(after({"completion", ""}), ElementsAre("bash"));
}

TEST_F(Completes, Options) {
  EXPECT_THAT(after({"--so"}), ElementsAre("--socket"));
  EXPECT_THAT(after({"explain", "--t"}), ElementsAre("--tcp-flags", "--ttl"));
  EXPECT_THAT(after({"sessions", "--out"}), ElementsAre("--output"));
}

TEST_F(Completes, NamesOfWhatThereIs) {
  EXPECT_THAT(after({"show", "routers/red/port_forwards/"}),
              ElementsAre("routers/red/port_forwards/web"));
  EXPECT_THAT(after({"sessions", "--router", ""}), ElementsAre("red"));
  EXPECT_THAT(after({"explain", ""}), ElementsAre("red"));
  EXPECT_THAT(after({"explain", "red", "p"}), ElementsAre("public0"));
  EXPECT_THAT(after({"explain", "red", "public0", "i"}), ElementsAre("icmp"));
  EXPECT_THAT(after({"capture", "--router", "red", "--interface", "g"}), ElementsAre("guest0"));
}

TEST_F(Completes, AttributesAndTheirValues) {
  EXPECT_THAT(after({"set", "routers/red/routes/x", ""}), ElementsAre("prefix=", "via="));
  EXPECT_THAT(after({"set", "routers/red/routes/x", "prefix", "=", "0.0.0.0/0", "v"}),
              ElementsAre("via="));
  EXPECT_THAT(after({"set", "routers/red/interfaces/x", "role", "=", "p"}),
              ElementsAre("public", "private"));
}

TEST_F(Completes, Revisions) {
  EXPECT_THAT(after({"rollback", ""}), ElementsAre("2", "1"));
  EXPECT_THAT(after({"delete", "routers/red", "--if-revision", ""}), ElementsAre("2", "1"));
}

TEST_F(Completes, BehindOptionsThatStandBefore) {
  EXPECT_THAT(after({"-o", "json", "sessions", "--router", "r"}), ElementsAre("red"));
  EXPECT_THAT(after({"--socket", "/nowhere", "sessions", "--router", ""}), IsEmpty());
  EXPECT_THAT(after({"show", "--output", "=", "json", "po"}),
              ElementsAre("ports", "ports/lan", "ports/wan"));
  EXPECT_THAT(after({"set", "--dry-run", "routers/red/routes/x", "p"}), ElementsAre("prefix="));
}

}  // namespace
}  // namespace viaduct::test
