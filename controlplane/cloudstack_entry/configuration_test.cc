#include "controlplane/cloudstack_entry/test_support.h"

namespace viaduct::cloudstack_entry {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

const std::string file = "forwarding_rules.json.0a1b";
const std::string message = R"({"rules":[],"type":"forwardrules"})";
const std::string aggregate = "/var/cache/cloud/VR-0a1b.cfg";

class UpdateConfig : public EntryPoints {
 protected:
  UpdateConfig() { cache(file, message); }
  [[nodiscard]] bool is_kept() const { return exists("/var/cache/cloud/" + file); }
  [[nodiscard]] bool is_archived() const {
    return exists("/var/cache/cloud/processed/" + file + ".gz");
  }
};

TEST_F(UpdateConfig, HandsTheFileOverAndArchivesIt) {
  EXPECT_EQ(run({"update_config.py", file}), 0);

  ASSERT_THAT(api.posted, SizeIs(1));
  EXPECT_EQ(api.posted[0], Json::parse(R"({"strict": true, "parts": [
      {"type": "forwardrules", "content": {"rules": [], "type": "forwardrules"}}]})"));
  EXPECT_FALSE(is_kept());
  EXPECT_TRUE(is_archived());
}

TEST_F(UpdateConfig, MayBeRepeated) {
  run({"update_config.py", file});
  EXPECT_EQ(run({"update_config.py", file}), 0);

  EXPECT_THAT(api.posted, SizeIs(1));
}

TEST_F(UpdateConfig, DropsTheFileWhenToldNotToArchive) {
  EXPECT_EQ(run({"update_config.py", file, "false"}), 0);

  EXPECT_FALSE(is_kept());
  EXPECT_FALSE(is_archived());
}

TEST_F(UpdateConfig, DropsFilesThatAskForIt) {
  cache(file, R"({"type":"monitorservice","delete_from_processed_cache":true})");
  EXPECT_EQ(run({"update_config.py", file}), 0);

  EXPECT_FALSE(is_kept());
  EXPECT_FALSE(is_archived());
}

TEST_F(UpdateConfig, ArchivesNoPassword) {
  cache("vm_password.json.1",
        R"({"ip_address":"10.1.1.11","password":"fnord","type":"vmpassword"})");
  EXPECT_EQ(run({"update_config.py", "vm_password.json.1"}), 0);
  const std::string archived = root + "/var/cache/cloud/processed/vm_password.json.1.gz";
  const auto unpacked = run_and_listen({"gzip", "-dc", archived}, std::chrono::seconds{10});

  ASSERT_TRUE(unpacked);
  EXPECT_EQ(unpacked->out, "{\"type\":\"vmpassword\"}\n");
}

TEST_F(UpdateConfig, MayFollowTheAggregateThatBroughtTheFile) {
  cache("VR-0a1b.cfg", "<file>\n/var/cache/cloud/a.json.7\n{}\n</file>\n");
  ASSERT_EQ(run({"vr_cfg.sh", "-c", aggregate}), 0);

  EXPECT_EQ(run({"update_config.py", "a.json.7"}), 0);
  EXPECT_EQ(run({"update_config.py", "a.json.70"}), 1);
}

TEST_F(UpdateConfig, MayAskForTheCommandLineOfTheBoot) {
  EXPECT_EQ(run({"update_config.py", "cmd_line.json"}), 1);
  ASSERT_EQ(run_program({"viaduct-cloudstack", "boot"}, ""), 0);

  EXPECT_EQ(run({"update_config.py", "cmd_line.json"}), 0);
}

TEST_F(UpdateConfig, NeedsOneFileOfTheCacheDirectory) {
  for (const std::vector<std::string>& call :
       std::vector<std::vector<std::string>>{{"update_config.py"},
                                             {"update_config.py", file, "false", "more"},
                                             {"update_config.py", "../../../etc/passwd"},
                                             {"update_config.py", "-c"},
                                             {"update_config.py", ""},
                                             {"update_config.py", "no_such_file.json.1"}}) {
    EXPECT_EQ(run(call), 1);
    EXPECT_NE(err.str(), "");
  }
  EXPECT_THAT(api.posted, SizeIs(0));
}

TEST_F(UpdateConfig, KeepsAFileThatIsNotJson) {
  cache(file, "{");
  EXPECT_EQ(run({"update_config.py", file}), 1);
  EXPECT_THAT(err.str(), HasSubstr(file + ": not JSON"));
  cache(file, "[]");
  EXPECT_EQ(run({"update_config.py", file}), 1);

  EXPECT_TRUE(is_kept());
  EXPECT_THAT(api.posted, SizeIs(0));
}

TEST_F(UpdateConfig, PassesOverUnknownTypes) {
  cache(file, R"({"type":"weather"})");
  EXPECT_EQ(run({"update_config.py", file}), 0);

  EXPECT_TRUE(is_archived());
  EXPECT_THAT(api.posted, SizeIs(0));
  EXPECT_THAT(content("/var/log/cloud.log"), HasSubstr("type 'weather' is passed over"));
}

TEST_F(UpdateConfig, TellsWhatIsRefusedAndKeepsTheFile) {
  api.status = 422;
  api.outcome = {{"detail", "10.9.9.9 is in no guest network"}, {"pointer", "/rules/0"}};
  EXPECT_EQ(run({"update_config.py", file}), 1);

  EXPECT_EQ(err.str(), "/rules/0: 10.9.9.9 is in no guest network\n");
  EXPECT_TRUE(is_kept());
}

TEST_F(UpdateConfig, AppliesAPendingCommandLineFirst) {
  cache("cmd_line.json", R"({"type":"cmdline","cmd_line":{"name":"r-1-VM"}})");
  EXPECT_EQ(run({"update_config.py", file}), 0);

  ASSERT_THAT(api.posted, SizeIs(1));
  ASSERT_THAT(api.posted[0]["parts"], SizeIs(2));
  EXPECT_EQ(api.posted[0]["parts"][0]["content"]["cmd_line"]["name"], "r-1-VM");
  EXPECT_FALSE(exists("/var/cache/cloud/cmd_line.json"));
}

TEST_F(UpdateConfig, SaysWhichNicsThereAre) {
  write("/etc/viaduct/nics.json", R"([{"name":"eth0","mac":"02:00:00:00:00:01"}])");
  EXPECT_EQ(run({"update_config.py", file}), 0);

  ASSERT_THAT(api.posted, SizeIs(1));
  EXPECT_EQ(api.posted[0]["nics"][0]["name"], "eth0");
}

TEST_F(UpdateConfig, ShowsNotes) {
  api.outcome["notes"] = Json::parse(R"([{"note": "not_applied", "type": "remoteaccessvpn",
      "why": "there is no VPN", "count": 1, "about": ["remoteaccessvpn.a"]}])");
  EXPECT_EQ(run({"update_config.py", file}), 0);

  EXPECT_EQ(out.str(), "remoteaccessvpn: there is no VPN (remoteaccessvpn.a)\n");
}

TEST_F(EntryPoints, ReapplyWhatIsInForceAnyway) {
  EXPECT_EQ(run({"configure.py", "monitor_service.json"}), 0);
  EXPECT_EQ(run({"configure.py"}), 1);

  EXPECT_EQ(out.str(), "");
}

class Aggregate : public EntryPoints {
 protected:
  Aggregate() { cache("VR-0a1b.cfg", "<version>\n1.0\n</version>\n"); }
  void refuse_a_part() {
    api.outcome["parts"] = Json::parse(R"([{"errors": [{"fault": "not_found",
        "where": "/parts/0/aggregate", "why": "x.json.1: there is no such file"}]}])");
  }
  void refuse_it() {
    api.status = 422;
    api.outcome["detail"] = "line 3: no </version>";
  }
};

TEST_F(Aggregate, IsOneTransaction) {
  EXPECT_EQ(run({"vr_cfg.sh", "-c", aggregate}), 0);

  ASSERT_THAT(api.posted, SizeIs(1));
  EXPECT_EQ(api.posted[0], Json::parse(R"({"strict": false, "parts": [
      {"aggregate": "<version>\n1.0\n</version>\n"}]})"));
  EXPECT_FALSE(exists(aggregate));
  EXPECT_TRUE(exists("/var/cache/cloud/processed/VR-0a1b.cfg"));
}

TEST_F(Aggregate, IsArchivedWithoutSecrets) {
  const std::string plain = R"({"rules":[],"type":"forwardrules"})";
  cache("VR-0a1b.cfg", plain + "\n" + R"({"type":"vmpassword","password":"fnord"})" + "\n" +
                           R"({"type":"site2sitevpn","ipsec_psk":"fnord"})" + "\n" +
                           R"({"type":"vpnuserlist","broken fnord)" + "\n");
  ASSERT_EQ(run({"vr_cfg.sh", "-c", aggregate}), 0);

  EXPECT_EQ(content("/var/cache/cloud/processed/VR-0a1b.cfg"),
            plain + "\n{\"type\":\"vmpassword\"}\n{\"type\":\"site2sitevpn\"}\n\n");
}

TEST_F(Aggregate, TellsWhatWasRefusedAndSucceedsLikeTheReference) {
  refuse_a_part();
  EXPECT_EQ(run({"vr_cfg.sh", "-c", aggregate}), 0);

  EXPECT_EQ(err.str(),
            "VR config: execution failed: \"/opt/cloud/bin/update_config.py x.json.1\", check "
            "/var/log/cloud.log in VR for details \n"
            "/parts/0/aggregate: x.json.1: there is no such file\n");
  EXPECT_THAT(content("/var/log/cloud.log"), HasSubstr("there is no such file"));
  refuse_it();
  cache("VR-0a1b.cfg", "<version>\n");
  EXPECT_EQ(run({"vr_cfg.sh", "-c", aggregate}), 0);
  EXPECT_THAT(err.str(), HasSubstr("no </version>"));
}

TEST_F(Aggregate, FailsWithAnyPartWhereThatIsTheSetting) {
  write_settings("[cloudstack]\naggregate_failure = fatal\n");
  EXPECT_EQ(run({"vr_cfg.sh", "-c", aggregate}), 0);
  EXPECT_EQ(api.posted[0]["strict"], true);
  refuse_it();
  cache("VR-0a1b.cfg", "<version>\n");
  EXPECT_EQ(run({"vr_cfg.sh", "-c", aggregate}), 1);

  EXPECT_THAT(err.str(), testing::StartsWith("VR config: execution failed: \"vr_cfg.sh -c "));
  EXPECT_TRUE(exists(aggregate));
}

TEST_F(Aggregate, IsNoSuccessWhenTheApplianceIsAtFault) {
  api.status = 503;
  api.outcome["detail"] = "the data plane is away";
  EXPECT_EQ(run({"vr_cfg.sh", "-c", aggregate}), 1);

  EXPECT_TRUE(exists(aggregate));
}

TEST_F(Aggregate, IsAFileOfTheCacheDirectory) {
  write("/etc/secret.cfg", "x");
  for (const char* path : {"/etc/secret.cfg", "VR-0a1b.cfg", "/var/cache/cloud/../../../etc/x",
                           "/var/cache/cloudy/x", "/var/cache/cloud/no-such.cfg"}) {
    EXPECT_EQ(run({"vr_cfg.sh", "-c", path}), 1) << path;
  }
  EXPECT_EQ(run({"vr_cfg.sh", aggregate}), 1);

  EXPECT_THAT(api.posted, SizeIs(0));
}

TEST_F(EntryPoints, BootFromTheCommandLineThatTheHypervisorLeft) {
  cache("cmdline", "type=router name=r-1-VM\n");
  EXPECT_EQ(run_program({"viaduct-cloudstack", "boot"}, ""), 0);

  ASSERT_THAT(api.posted, SizeIs(1));
  EXPECT_EQ(api.posted[0], Json::parse(R"({"strict": true, "reset": true, "parts": [
      {"cmdline": "type=router name=r-1-VM\n"}]})"));
  EXPECT_TRUE(exists("/var/cache/cloud/boot_up_done"));
}

TEST_F(EntryPoints, DoNotBootFromACommandLineThatIsRefused) {
  cache("cmdline", "type=toaster");
  api.status = 422;
  api.outcome["detail"] = "'toaster' is no role";
  EXPECT_EQ(run_program({"viaduct-cloudstack", "boot"}, ""), 1);

  EXPECT_FALSE(exists("/var/cache/cloud/boot_up_done"));
  EXPECT_THAT(err.str(), HasSubstr("'toaster' is no role"));
}

}  // namespace
}  // namespace viaduct::cloudstack_entry
