#include "controlplane/cloudstack_entry/entry_points.h"
#include "controlplane/cloudstack_entry/test_support.h"

namespace viaduct::cloudstack_entry {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

// The SHA-512 of "abc" (FIPS 180-4, appendix C.1 of 180-2).
const std::string digest_of_abc =
    "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
    "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f";

TEST_F(EntryPoints, TellTheReleaseAndTheDigestOfTheScriptsThatCame) {
  cache("boot_up_done", "");
  cache("cloud-scripts.tgz", "abc");
  EXPECT_EQ(run({"get_template_version.sh"}), 0);
  EXPECT_THAT(out.str(), StartsWith("Cloudstack Release 4.22.0 "));
  EXPECT_THAT(out.str(), EndsWith("&" + digest_of_abc + "\n"));
  std::filesystem::remove(root + "/var/cache/cloud/cloud-scripts.tgz");
  EXPECT_EQ(run({"get_template_version.sh"}), 0);
  EXPECT_THAT(out.str(), EndsWith("&" + digest_of_abc + "\n"));
}

TEST_F(EntryPoints, TellNoReleaseBeforeTheBootIsDone) {
  Site site{.root = root,
            .router_namespace = "",
            .client = cli::Client{socket},
            .out = out,
            .err = err,
            .boot_patience = std::chrono::milliseconds{1}};
  EXPECT_EQ(template_version(site, {}), 1);

  EXPECT_EQ(out.str(), "");
  EXPECT_EQ(err.str(), "has not booted yet\n");
}

TEST_F(EntryPoints, TellAnotherReleaseWhereAFileSaysSo) {
  cache("boot_up_done", "");
  write("/etc/cloudstack-release", "Cloudstack Release 4.20.3 Mon\n");
  EXPECT_EQ(run({"get_template_version.sh"}), 0);

  EXPECT_EQ(out.str(), "Cloudstack Release 4.20.3 Mon&none\n");
}

TEST_F(EntryPoints, TellTheNewDigestAfterALivePatch) {
  cache("cloud-scripts.tgz", "abc");
  EXPECT_EQ(ssh("/var/cache/cloud/patch-sysvms.sh"), 0);

  EXPECT_EQ(out.str(), "version:" + digest_of_abc + " \n");
}

TEST_F(EntryPoints, TellTheStateOfWhatThisApplianceHas) {
  EXPECT_EQ(run({"checkrouter.sh"}), 0);
  EXPECT_EQ(out.str(), "Status: FAULT\n");
  EXPECT_EQ(run({"checkbatchs2svpn.sh", "192.0.2.1", "192.0.2.2"}), 0);
  EXPECT_EQ(out.str(),
            "192.0.2.1:11:IPsec SA not found;Site-to-site VPN have not connected&"
            "192.0.2.2:11:IPsec SA not found;Site-to-site VPN have not connected&");
  EXPECT_EQ(run({"get_haproxy_stats.sh", "203.0.113.13", "80"}), 0);
  EXPECT_EQ(out.str(), "0");
  EXPECT_EQ(run({"bumpup_priority.sh", "null"}), 0);
  EXPECT_EQ(out.str(), "");
}

TEST_F(EntryPoints, SayThatTheyServeNoImageToGuests) {
  EXPECT_EQ(run({"cks_iso.sh", "false"}), 0);
  EXPECT_EQ(run({"cks_iso.sh", "true"}), 1);
  EXPECT_EQ(err.str(), "/cks-iso: this appliance does not serve the image\n");
  EXPECT_EQ(run({"cks_iso.sh"}), 1);
  EXPECT_EQ(run({"cks_iso.sh", "maybe"}), 1);
}

TEST_F(EntryPoints, SayWhetherFilesCanBeWritten) {
  EXPECT_EQ(run({"filesystem_writable_check.py"}), 1);
  cache("x", "");
  EXPECT_EQ(run({"filesystem_writable_check.py"}), 0);

  EXPECT_FALSE(exists("/var/cache/cloud/.writable"));
}

TEST_F(EntryPoints, StartServicesByTheirRunning) {
  api.answers["/v1/status"] = {{"applied", true}};
  EXPECT_EQ(run({"manage_service.sh", "restart", "dnsmasq"}), 0);
  api.answers["/v1/status"] = {{"applied", false}};
  EXPECT_EQ(run({"manage_service.sh", "restart", "dnsmasq"}), 1);
  EXPECT_EQ(run({"manage_service.sh", "stop", "dnsmasq"}), 1);

  EXPECT_EQ(err.str(), "dnsmasq: cannot be asked to stop: it follows the configuration\n");
}

class NetworkUsage : public EntryPoints {
 protected:
  NetworkUsage() { count(700, 5); }
  void count(unsigned sent, unsigned received) {
    api.answers["/v1/counters"]["routers"]["vr"]["public_addresses"] = {
        {"203.0.113.10", {{"out_bytes", sent}, {"in_bytes", received}}},
        {"203.0.113.11", {{"out_bytes", 40}, {"in_bytes", 2}}}};
  }
  std::string usage(std::vector<std::string> words) {
    EXPECT_EQ(run(std::move(words)), 0) << err.str();
    return out.str();
  }
};

TEST_F(NetworkUsage, IsOfOneAddressOrOfAll) {
  EXPECT_EQ(usage({"netusage.sh", "-g", "-l", "203.0.113.10"}), "700:5:0:0:");
  EXPECT_EQ(usage({"netusage.sh", "-g"}), "740:7:0:0:");
  EXPECT_EQ(usage({"netusage.sh", "-g", "-l", "203.0.113.99"}), "0:0:0:0:");
  EXPECT_EQ(usage({"vpc_netusage.sh", "-g", "-l", "203.0.113.10"}), "700:5:0:0:");
}

TEST_F(NetworkUsage, IsZeroOfARouterThatIsNotThereYet) {
  api.answers["/v1/counters"] = {{"routers", Json::object()}};

  EXPECT_EQ(usage({"netusage.sh", "-g"}), "0:0:0:0:");
}

TEST_F(NetworkUsage, RestartsWhenItIsReset) {
  EXPECT_EQ(usage({"netusage.sh", "-r"}), "");
  EXPECT_EQ(usage({"netusage.sh", "-g"}), "0:0:0:0:");
  count(1000, 6);
  EXPECT_EQ(usage({"netusage.sh", "-g"}), "300:1:0:0:");
  EXPECT_EQ(usage({"vpc_netusage.sh", "-r", "-l", "203.0.113.11"}), "");
  EXPECT_EQ(usage({"netusage.sh", "-g"}), "300:1:0:0:");
}

TEST_F(NetworkUsage, BeginsAnewWithCountersThatDo) {
  usage({"netusage.sh", "-r"});
  count(3, 1);

  EXPECT_EQ(usage({"netusage.sh", "-g", "-l", "203.0.113.10"}), "3:1:0:0:");
}

TEST_F(NetworkUsage, HasNothingToDoForWhatIsCountedAnyway) {
  EXPECT_EQ(usage({"netusage.sh", "-c"}), "");
  EXPECT_EQ(usage({"netusage.sh", "-a", "eth2"}), "");
  EXPECT_EQ(usage({"netusage.sh", "-d", "eth2"}), "");
  EXPECT_EQ(usage({"vpc_netusage.sh", "-c", "-v", "10.20.0.0/16", "-l", "203.0.113.20"}), "");
  EXPECT_EQ(usage({"vpc_netusage.sh", "-n", "-l", "203.0.113.20"}), "");
}

TEST_F(NetworkUsage, RefusesOtherOptions) {
  for (const std::vector<std::string>& call :
       std::vector<std::vector<std::string>>{{"netusage.sh"},
                                             {"netusage.sh", "-l", "1.2.3.4"},
                                             {"netusage.sh", "-g", "-l"},
                                             {"netusage.sh", "-x"},
                                             {"netusage.sh", "get"},
                                             {"netusage.sh", "-n"},
                                             {"netusage.sh", "-v", "10.0.0.0/8", "-c"}}) {
    EXPECT_EQ(run(call), 1) << testing::PrintToString(call);
    EXPECT_THAT(err.str(), StartsWith("usage: netusage.sh "));
  }
}

TEST_F(EntryPoints, ChangeTheMtuByTheMessageThatSetIt) {
  api.answers["/v1/config"]["routers"]["vr"]["interfaces"]["eth2"]["addresses"] =
      Json::array({"203.0.113.10/24"});
  api.answers["/v1/cloudstack"]["entries"]["ips.203.0.113.10"]["content"] = {
      {"public_ip", "203.0.113.10"}, {"mtu", 1500}};
  api.outcome["notes"] = Json::parse(R"([{"note": "not_applied", "type": "loadbalancer",
      "why": "is kept", "count": 1, "about": []}])");
  EXPECT_EQ(run({"update_interface_config.sh", "203.0.113.10", "24", "1400", "15"}), 0);

  EXPECT_EQ(out.str(), "eth2\n") << "which the server reads";
  EXPECT_EQ(api.posted[0]["parts"][0]["type"], "ips");
  EXPECT_EQ(api.posted[0]["parts"][0]["content"]["ip_address"][0]["mtu"], 1400);
}

TEST_F(EntryPoints, SayThatNoInterfaceHasAnAddress) {
  EXPECT_EQ(run({"update_interface_config.sh", "203.0.113.10", "24", "1400", "15"}), 1);
  EXPECT_EQ(out.str(), "Interface with IP 203.0.113.10 not found\n");
  EXPECT_EQ(run({"update_interface_config.sh", "203.0.113.10", "24", "many", "15"}), 1);
}

TEST_F(EntryPoints, DeleteReportsAndNothingElse) {
  write("/root/diagnostics_files_20251120.zip", "");
  write("/root/.ssh", "");
  EXPECT_EQ(run({"cleanup.sh", "/root/.ssh"}), 1);
  EXPECT_EQ(run({"cleanup.sh", "/root/diagnostics_files_/../../etc/passwd"}), 1);
  EXPECT_EQ(run({"cleanup.sh", "/root/diagnostics_files_20251120.zip"}), 0);

  EXPECT_FALSE(exists("/root/diagnostics_files_20251120.zip"));
  EXPECT_TRUE(exists("/root/.ssh"));
}

TEST_F(EntryPoints, CollectFilesOfOneNameApart) {
  write("/var/log/a/same.log", "one");
  write("/var/log/b/same.log", "other");
  EXPECT_EQ(run({"get_diagnostics_files.py", "/var/log/a/same.log", "/var/log/b/same.log",
                 "/var/log/b/same.log", "/var/log/b/same.log"}),
            0);
  const std::string report = content(out.str().substr(0, out.str().size() - 1));

  EXPECT_THAT(report, HasSubstr("_var_log_b_same.log"));
}

TEST_F(EntryPoints, CollectFilesOfAFewDirectories) {
  write("/var/log/cloud.log", "something happened\n");
  write("/etc/secret", "fnord\n");
  std::filesystem::create_symlink(root + "/etc/secret", root + "/var/log/link");
  EXPECT_EQ(run({"get_diagnostics_files.py", "/etc/secret", "/var/log/../../etc/secret",
                 "/var/log/link"}),
            1);
  EXPECT_EQ(run({"get_diagnostics_files.py", "/var/log/cloud.log", "/etc/secret"}), 0);
  EXPECT_THAT(out.str(), testing::MatchesRegex("/root/diagnostics_files_[0-9]+\\.zip\n"));
  const std::string report = out.str().substr(0, out.str().size() - 1);

  EXPECT_THAT(content(report), HasSubstr("cloud.log"));
  EXPECT_THAT(content(report), testing::Not(HasSubstr("secret")));
}

TEST_F(EntryPoints, DiagnoseWithAFewToolsOnly) {
  for (const char* other : {"id", "ping;id", "/bin/ping", ""}) {
    EXPECT_EQ(run({"diagnostics.py", other}), 1) << other;
  }
  EXPECT_EQ(run({"diagnostics.py"}), 1);
}

}  // namespace
}  // namespace viaduct::cloudstack_entry
