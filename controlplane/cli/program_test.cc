#include "controlplane/cli/program.h"

#include <fstream>
#include <sstream>

#include "controlplane/cli/attributes.h"
#include "controlplane/http/test_server.h"

namespace viaduct::test {
namespace {

using api::Json;

class CommandLine : public ServerFixture {
 protected:
  CommandLine() { std::ofstream{file} << small_document(); }

  int run(std::vector<std::string> arguments, cli::Terminal terminal = {}) {
    out.str({});
    err.str({});
    arguments.insert(arguments.begin(), {"--socket", socket});
    return cli::run(std::move(arguments), out, err, terminal);
  }

  const std::string file = directory.file("document.json");
  std::ostringstream out;
  std::ostringstream err;
};

TEST_F(CommandLine, AppliesAndShows) {
  EXPECT_EQ(run({"apply", file}), cli::ok);
  EXPECT_EQ(run({"show", "routers/red/port_forwards"}), cli::ok);
  EXPECT_EQ(out.str(),
            "id   protocol  public            private\n"
            "web  tcp       203.0.113.2:8080  10.1.1.20:80\n");
  EXPECT_EQ(run({"-o", "json", "show"}), cli::ok);

  EXPECT_EQ(Json::parse(out.str()), current());
}

TEST_F(CommandLine, SetsAttributesOfTheDeclaredTypes) {
  run({"apply", file});
  EXPECT_EQ(run({"set", "routers/red/port_forwards/web", "sources=10.0.0.0/8,192.0.2.1"}), cli::ok);
  EXPECT_EQ(run({"set", "routers/red/interfaces/guest0", "mtu=1400"}), cli::ok);
  const Json red = current()["routers"]["red"];
  EXPECT_EQ(red["port_forwards"]["web"]["sources"], (Json{"10.0.0.0/8", "192.0.2.1"}));
  EXPECT_EQ(red["port_forwards"]["web"]["protocol"], "tcp");
  EXPECT_EQ(red["interfaces"]["guest0"]["mtu"], 1400);
  EXPECT_EQ(run({"set", "routers/red/interfaces/guest0", "mtu="}), cli::ok);

  EXPECT_FALSE(current()["routers"]["red"]["interfaces"]["guest0"].contains("mtu"));
}

TEST_F(CommandLine, TellsWhatChangedInALine) {
  run({"apply", file});
  run({"set", "routers/red/port_forwards/web", "protocol=udp"});

  EXPECT_EQ(out.str(),
            "~ /routers/red/port_forwards/web  protocol: tcp -> udp\n"
            "revision 2\n");
}

TEST_F(CommandLine, DiffersWithoutChanging) {
  EXPECT_EQ(run({"diff", file}), cli::ok);
  EXPECT_NE(out.str().find("+ /routers/red/interfaces/guest0"), std::string::npos);

  EXPECT_EQ(current(), Json::object());
}

TEST_F(CommandLine, DeletesAndRollsBack) {
  run({"apply", file});
  EXPECT_EQ(run({"delete", "routers/red/port_forwards/web"}), cli::ok);
  EXPECT_EQ(run({"rollback", "1"}), cli::ok);
  EXPECT_EQ(run({"history"}), cli::ok);

  EXPECT_TRUE(current()["routers"]["red"].contains("port_forwards"));
}

TEST_F(CommandLine, SaysByItsExitCodeWhatWentWrong) {
  run({"apply", file});
  EXPECT_EQ(run({"frobnicate"}), cli::usage);
  EXPECT_EQ(run({"set"}), cli::usage);
  EXPECT_EQ(run({"apply", file, "--confirm-within", "0"}), cli::usage);
  EXPECT_EQ(run({"set", "routers/red/port_forwards/web", "public=203.0.113.2:0"}), cli::invalid);
  EXPECT_EQ(run({"set", "routers/red/port_forwards/web", "colour=blue"}), cli::invalid);
  EXPECT_EQ(run({"apply", file, "--if-revision", "9"}), cli::conflict);
  EXPECT_EQ(run({"show", "routers/blue"}), cli::failure);
  EXPECT_EQ(run({"--help"}), cli::ok);
}

TEST_F(CommandLine, SaysThatItDoesNotUnderstandWords) {
  const std::vector<std::vector<std::string>> misuses{{"sessions", "--limit", "abc"},
                                                      {"apply", file, "--if-revision", "abc"},
                                                      {"capture", "--seconds", "abc"},
                                                      {"set", "routers/red/routes/x", "prefix"},
                                                      {"rollback", "abc"},
                                                      {"history", "abc"}};
  for (const auto& misuse : misuses) EXPECT_EQ(run(misuse), cli::usage) << misuse[0];
  EXPECT_THAT(err.str(), testing::HasSubstr("'abc' is no revision number"));
  run({"frobnicate"});

  EXPECT_EQ(err.str(), "viaduct: there is no command 'frobnicate'; see --help\n");
}

TEST_F(CommandLine, SaysWhichFileItCannotRead) {
  EXPECT_EQ(run({"apply", "/tmp"}), cli::failure);
  EXPECT_EQ(err.str(), "viaduct: /tmp: cannot be read: Is a directory\n");
  std::ofstream{file} << "{";
  EXPECT_EQ(run({"apply", file}), cli::invalid);

  EXPECT_THAT(err.str(), testing::StartsWith("viaduct: " + file + ": not JSON, at byte"));
}

TEST_F(CommandLine, PointsAtTheAttributeThatIsWrong) {
  run({"apply", file});
  run({"set", "routers/red/port_forwards/web", "public=203.0.113.2:0"});

  EXPECT_EQ(err.str(),
            "viaduct: /routers/red/port_forwards/web/public: '0' is not a port from 1 to 65535\n");
}

TEST_F(CommandLine, PrintsAnExplanationAsAList) {
  dataplane.answers["explain"] = sure(api::parse_json(R"({"ok": true, "verdict": "dropped",
      "reason": "denied_inbound", "meaning": "no firewall rule opens the destination", "steps": [
        {"stage": "parse", "decision": "TCP", "rule": ""},
        {"stage": "firewall", "decision": "nothing opens port 22", "rule": ""}]})"));
  EXPECT_EQ(run({"explain", "red", "public0", "tcp", "198.51.100.9:4000", "203.0.113.2:22"}),
            cli::ok);

  EXPECT_EQ(out.str(),
            "   stage     decision               rule\n"
            "1  parse     TCP\n"
            "2  firewall  nothing opens port 22\n"
            "dropped (denied_inbound): no firewall rule opens the destination\n");
}

TEST_F(CommandLine, ListsLeases) {
  sure(put(small_document()));
  guest_services.answers["leases"] = sure(api::parse_json(R"({"ok": true, "leases": [
      {"router": "red", "interface": "guest0", "address": "10.1.1.11", "state": "bound",
       "mac": "02:00:00:00:00:11", "host_name": "web1"},
      {"router": "red", "interface": "guest0", "address": "10.1.1.12", "state": "bound",
       "mac": "02:00:00:00:00:12", "until": 1700000000}]})"));
  EXPECT_EQ(run({"leases", "--router", "red"}), cli::ok);

  EXPECT_THAT(out.str(),
              testing::HasSubstr("10.1.1.11  bound  02:00:00:00:00:11  web1       for ever"));
  EXPECT_THAT(out.str(), testing::HasSubstr("2023-11-14T22:13:20Z"));
}

TEST_F(CommandLine, SaysWhenThereIsNoSuchRouter) {
  EXPECT_NE(run({"leases", "--router", "nosuch"}), cli::ok);
  EXPECT_THAT(err.str(), testing::HasSubstr("/routers/nosuch"));
}

TEST_F(CommandLine, ShowsWhatGuestsAskOfTheirServices) {
  guest_services.answers["counters"] = sure(api::parse_json(R"({"ok": true, "routers": {"red": {
      "networks": {"guest0": {"dhcp": {"discover": 2, "request": 9, "nak": 0},
                              "closed": [{"service": "dns", "problem": "no such device"}]}},
      "dns": {"resolvers": [{"resolver": "198.51.100.53", "asked": 4}]}}}})"));
  EXPECT_EQ(run({"services"}), cli::ok);

  EXPECT_THAT(out.str(), testing::HasSubstr("request 9, discover 2\n"));
  EXPECT_THAT(out.str(), testing::HasSubstr("closed: no such device"));
  EXPECT_THAT(out.str(), testing::HasSubstr("resolver 198.51.100.53"));
}

TEST_F(CommandLine, WritesACapture) {
  const std::string capture = directory.file("capture.pcap");
  EXPECT_EQ(run({"capture", "icmp", "--router", "red", "-w", capture}), cli::ok);
  std::ifstream written{capture};

  EXPECT_EQ((std::string{std::istreambuf_iterator<char>{written}, {}}), "pcap");
}

TEST_F(CommandLine, LeavesAFileAloneUntilACaptureRuns) {
  const std::string capture = directory.file("capture.pcap");
  std::ofstream{capture} << "of yesterday";
  EXPECT_EQ(run({"capture", "nonsense", "-w", capture}), cli::usage);
  std::ifstream kept{capture};

  EXPECT_EQ((std::string{std::istreambuf_iterator<char>{kept}, {}}), "of yesterday");
}

TEST_F(CommandLine, SaysThatACaptureCannotBeWritten) {
  EXPECT_EQ(run({"capture", "-w", "/nowhere/capture.pcap"}), cli::failure);

  EXPECT_EQ(err.str(), "viaduct: /nowhere/capture.pcap: No such file or directory\n");
}

TEST_F(CommandLine, PutsNoCaptureOnATerminal) {
  EXPECT_EQ(run({"capture"}, {.is_one = true}), cli::usage);
  EXPECT_EQ(run({"capture"}), cli::ok);

  EXPECT_EQ(out.str(), "pcap");
}

TEST(CommandLineHelp, KnowsEveryAttribute) {
  const std::string help = cli::attributes_help();

  EXPECT_NE(help.find("routers/ROUTER/port_forwards/ID"), std::string::npos);
  EXPECT_NE(help.find("[sources=198.51.100.0/24,...]"), std::string::npos);
  EXPECT_NE(help.find("role=guest|public|private"), std::string::npos);
}

}  // namespace
}  // namespace viaduct::test
