#include "controlplane/cloudstack_entry/health.h"

#include <filesystem>

#include "controlplane/cloudstack_entry/test_support.h"

namespace viaduct::cloudstack_entry {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr std::string_view heading = "MONITOR RESULTS:\n";

TEST_F(EntryPoints, TellAlertsThatAreNewer) {
  EXPECT_EQ(run({"getRouterAlerts.sh", "2025-11-20", "10:00:00"}), 0);
  EXPECT_EQ(out.str(), "No Alerts\n");
  write("/var/log/routerServiceMonitor.log",
        "2025-11-20 09:59:59,001 [INFO] [a] old\n"
        "nonsense\n"
        "2025-11-20 10:00:00,001 [INFO] [a] of that very second\n"
        "2025-11-20 10:00:01,001 [INFO] [a] apache2 was down\n"
        "2025-11-21 08:00:00,001 [INFO] [a] apache2 is up\n");
  EXPECT_EQ(run({"getRouterAlerts.sh", "2025-11-20", "10:00:00"}), 0);
  EXPECT_EQ(out.str(),
            "2025-11-20 10:00:01,001 [INFO] [a] apache2 was down\\n"
            "2025-11-21 08:00:00,001 [INFO] [a] apache2 is up\\n\n");
  EXPECT_EQ(run({"getRouterAlerts.sh", "yesterday", "noon"}), 1);
  EXPECT_EQ(run({"getRouterAlerts.sh"}), 1);
}

class HealthChecks : public EntryPoints {
 protected:
  HealthChecks() {
    api.answers["/v1/status"] = {{"applied", true},
                                 {"revision", 7},
                                 {"dataplane", {{"state", "up"}}},
                                 {"guest_services", {{"state", "up"}}}};
  }
  // What the server sent to compare with.
  void compare_with(const Json& message) {
    api.answers["/v1/cloudstack"] = {{"entries", {{"monitorservice.vr", {{"content", message}}}}}};
  }
  void compare_with(const std::string& name, const std::string& records) {
    compare_with(Json{{"health_checks_config", {{name, records}}}});
  }
  Json results(const char* now = "true") {
    EXPECT_EQ(run({"getRouterMonitorResults.sh", now}), 0);
    const std::string said = out.str();
    return Json::parse(said.substr(said.find(heading) + heading.size()));
  }
  std::string failing() {
    const std::string first = "FAILING CHECKS:\n";
    const std::string said = out.str();
    return said.substr(first.size(), said.find(heading) - first.size());
  }
};

TEST_F(HealthChecks, SucceedWhereAllIsWell) {
  const Json told = results();

  EXPECT_THAT(out.str(), StartsWith("FAILING CHECKS:\nMONITOR RESULTS:\n"));
  EXPECT_EQ(told["basic"]["viaduct-dataplane.service"]["success"], "SUCCESS");
  EXPECT_EQ(told["advanced"]["iptables_check.py"]["message"], "all 0 are there");
  EXPECT_TRUE(told["basic"]["lastRun"].contains("duration"));
  EXPECT_EQ(run({"getRouterMonitorResults.sh", "perhaps"}), 1);
}

TEST_F(HealthChecks, TellWhichFail) {
  api.answers["/v1/status"]["applied"] = false;
  api.answers["/v1/status"]["guest_services"] = {{"state", "away"}, {"detail", "refused"}};
  compare_with("systemThresholds", "minDiskNeeded=9000000000000.0,x=1;");
  const Json told = results();

  EXPECT_EQ(failing(), "disk_space_check.py,viaduct-guestd.service\niptables_check.py\n");
  EXPECT_EQ(told["basic"]["viaduct-guestd.service"]["message"], "away: refused");
}

TEST_F(HealthChecks, MissForwardsThatThereShouldBe) {
  api.answers["/v1/config"]["routers"]["vr"]["port_forwards"]["a"] = {
      {"public", "203.0.113.11:8000-8009"}, {"private", "10.1.1.12:8000-8009"}};
  const std::string there =
      "sourceIp=203.0.113.11,sourcePortStart=8000,sourcePortEnd=8009,destIp=10.1.1.12,"
      "destPortStart=8000,destPortEnd=8009;";
  compare_with("portForwarding", there);
  EXPECT_EQ(results()["advanced"]["iptables_check.py"]["success"], "SUCCESS");
  compare_with("portForwarding",
               there +
                   "sourceIp=203.0.113.11,sourcePortStart=22,sourcePortEnd=22,destIp=10.1.1.11,"
                   "destPortStart=22,destPortEnd=22;");
  EXPECT_EQ(results()["advanced"]["iptables_check.py"]["message"],
            "missing: 203.0.113.11:22>10.1.1.11:22");
}

TEST_F(HealthChecks, MissGuestsThatThereShouldBe) {
  Json& router = api.answers["/v1/config"]["routers"]["vr"];
  router["dhcp_reservations"]["a"] = {{"mac", "02:01:00:aa:00:11"}, {"address", "10.1.1.11"}};
  router["dns_settings"]["cmdline"] = {{"router_names", {"data-server"}}};
  router["dns_hosts"]["a"] = {{"names", {"web1"}}, {"addresses", {"10.1.1.12"}}};
  compare_with("virtualMachines",
               "vmName=web1,macAddress=02:01:00:AA:00:11,ip=10.1.1.11,dhcp=true,dns=true;"
               "vmName=web2,macAddress=02:01:00:aa:00:12,ip=10.1.1.12,dhcp=false,dns=true;");
  const Json told = results();

  EXPECT_EQ(told["advanced"]["dhcp_check.py"]["message"], "all 1 are there");
  EXPECT_EQ(told["advanced"]["dns_check.py"]["message"], "missing: web1");
}

TEST_F(HealthChecks, MissNoNamesWhereGuestsLookThemUpElsewhere) {
  compare_with("virtualMachines", "vmName=web1,ip=10.1.1.11,dhcp=false,dns=true;");

  EXPECT_EQ(results()["advanced"]["dns_check.py"]["success"], "SUCCESS");
}

TEST_F(HealthChecks, FailNothingOfABackup) {
  compare_with("virtualMachines",
               "vmName=web1,macAddress=02:01:00:aa:00:11,ip=10.1.1.11,dhcp=true,dns=true;");
  api.answers["/v1/cloudstack"]["notes"] =
      Json::parse(R"([{"note":"not_applied","type":"cmdline","about":["cmdline.vr"]}])");

  EXPECT_EQ(results()["advanced"]["dhcp_check.py"]["success"], "UNKNOWN");
  api.answers["/v1/cloudstack"]["notes"][0]["about"] = {"eth2ip6"};
  EXPECT_EQ(results()["advanced"]["dhcp_check.py"]["success"], "FAILED");
}

TEST_F(HealthChecks, WarnOfWhatIsNotApplied) {
  compare_with("haproxyData", "maxconn=4096,sourcePortStart=80;");
  api.answers["/v1/cloudstack"]["notes"] = Json::parse(
      R"([{"note":"not_applied","type":"loadbalancer"},{"note":"waits","type":"ips"}])");
  const Json told = results();

  EXPECT_EQ(told["advanced"]["not_applied_check"]["success"], "WARNING");
  EXPECT_EQ(told["advanced"]["not_applied_check"]["message"], "not applied yet: loadbalancer");
  EXPECT_EQ(told["advanced"]["haproxy_check.py"]["success"], "UNKNOWN");
  EXPECT_EQ(failing(), "") << "or the server would replace the router";
}

TEST_F(HealthChecks, AreThoseThatTheServerWants) {
  compare_with(Json::parse(R"({"excluded_health_checks":"memory_usage_check.py, dns_check",
      "health_checks_basic_run_interval":0,"config":"[dhcp]:processname=x:servicename=dnsmasq:,"})"));
  EXPECT_EQ(results("false")["basic"], Json::object());
  const Json told = results("true");

  EXPECT_FALSE(told["basic"].contains("memory_usage_check.py"));
  EXPECT_FALSE(told["advanced"].contains("dns_check.py"));
  EXPECT_EQ(told["basic"]["dnsmasq.service"]["success"], "SUCCESS");
}

TEST_F(HealthChecks, RunProgramsThatOnlyTheirOwnerMayWrite) {
  write("/root/health_checks/fine", "#!/bin/sh\necho it is $1\n");
  write("/root/health_checks/open", "#!/bin/sh\necho no\n");
  using std::filesystem::perms;
  permissions(std::filesystem::path{root + "/root/health_checks/fine"}, perms::owner_all);
  permissions(std::filesystem::path{root + "/root/health_checks/open"}, perms::all);
  const Json told = results();

  EXPECT_EQ(told["basic"]["fine"]["message"], "it is basic");
  EXPECT_FALSE(told["basic"].contains("open"));
}

TEST_F(HealthChecks, BecomeAlertsWhenTheyBeginAndCeaseToFail) {
  results();
  EXPECT_FALSE(exists("/var/log/routerServiceMonitor.log"));
  api.answers["/v1/status"]["guest_services"] = {{"state", "away"}};
  results();
  results();
  api.answers["/v1/status"]["guest_services"] = {{"state", "up"}};
  results();
  EXPECT_EQ(run({"getRouterAlerts.sh", "2025-11-20", "10:00:00"}), 0);

  EXPECT_THAT(out.str(), HasSubstr("[INFO] [Alert] viaduct-guestd.service fails: away\\n"));
  EXPECT_THAT(out.str(), HasSubstr("[INFO] [Alert] viaduct-guestd.service succeeds again\\n"));
  const std::string said = out.str();
  EXPECT_EQ(said.find("fails"), said.rfind("fails")) << "told once";
}

TEST(HealthReferenceData, MayHaveNumbersAndTruthsAsText) {
  const auto is_scheduled = [](const char* message) {
    return HealthReference{Json::parse(message)}.is_scheduled("basic");
  };
  EXPECT_TRUE(is_scheduled("{}"));
  EXPECT_TRUE(is_scheduled(R"({"health_checks_basic_run_interval":"3"})"));
  EXPECT_FALSE(is_scheduled(R"({"health_checks_basic_run_interval":"0"})"));
  EXPECT_FALSE(is_scheduled(R"({"health_checks_enabled":"false"})"));
}

TEST(HealthReferenceData, AreRecordsOfPairs) {
  const HealthReference reference{
      Json::parse(R"({"health_checks_config":{"a":"x=1,y=2;;z;x=3=4,y=","b":7}})")};
  const auto records = reference.records("a");

  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(value_in(records[0], "y"), "2");
  EXPECT_EQ(value_in(records[1], "x"), "3=4");
  EXPECT_TRUE(reference.records("b").empty() && reference.records("c").empty());
}

}  // namespace
}  // namespace viaduct::cloudstack_entry
