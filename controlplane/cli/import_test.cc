#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "controlplane/cli/program.h"
#include "controlplane/test_support.h"

namespace viaduct::cli {
namespace {

using api::Json;
using testing::HasSubstr;

// A copy of a stock router's /etc/cloudstack.
class Import : public testing::Test {
 protected:
  void keep(const std::string& name, const Json& bag) {
    std::ofstream{directory.file(name)} << bag.dump();
  }
  int run_import(bool as_json) {
    std::vector<std::string> words{"import", "cloudstack", directory.file("")};
    if (as_json) words.insert(words.begin(), {"-o", "json"});
    return run(std::move(words), out, err);
  }
  void keep_text(const std::string& name, std::string_view text) { keep(name, Json::parse(text)); }
  void keep_isolated_router() {
    keep_text("cmdline.json", R"({"id": "cmdline", "config": {
        "type": "router", "eth0ip": "10.1.1.1", "eth0mask": "255.255.255.0",
        "dns1": "198.51.100.53"}})");
    keep_text("ips.json", R"({"id": "ips", "eth2": [
        {"public_ip": "203.0.113.10", "netmask": "255.255.255.0", "gateway": "203.0.113.1",
         "device": "eth2", "nic_dev_id": "2", "vif_mac_address": "1e:00:52:00:01:0a",
         "source_nat": true, "add": true},
        {"public_ip": "203.0.113.11", "netmask": "255.255.255.0", "nic_dev_id": "2",
         "add": true}]})");
    keep_text("forwardingrules.json", R"({"id": "forwardingrules",
        "203.0.113.10": [{"type": "forward", "public_ip": "203.0.113.10",
                          "public_ports": "2222:2222", "internal_ip": "10.1.1.11",
                          "internal_ports": "22:22", "protocol": "tcp"}],
        "203.0.113.11": [{"type": "staticnat", "public_ip": "203.0.113.11",
                          "internal_ip": "10.1.1.12"}]})");
    keep_text("dhcpentry.json", R"({"id": "dhcpentry",
        "10.1.1.11": {"host_name": "web1", "mac_address": "02:01:00:aa:00:11",
                      "ipv4_address": "10.1.1.11", "default_gateway": "10.1.1.1",
                      "remove": false},
        "10.1.1.12": {"mac_address": "02:01:00:aa:00:12", "ipv4_address": "10.1.1.12",
                      "remove": true}})");
    keep_text("vmdata.json", R"({"id": "vmdata", "10.1.1.11": [["metadata", "vm-id", "7"]]})");
    keep_text("vpnuserlist.json",
              R"({"id": "vpnuserlist", "alice": {"user": "alice", "add": true}})");
  }

  test::TemporaryDirectory directory;
  std::ostringstream out;
  std::ostringstream err;
};

TEST_F(Import, CountsWhatCarriesOver) {
  keep_isolated_router();
  ASSERT_EQ(run_import(true), ExitCode::ok) << err.str();
  const Json report = Json::parse(out.str());
  EXPECT_EQ(report["carried_over"]["interfaces"], 2);
  EXPECT_EQ(report["carried_over"]["port_forwards"], 1);
  EXPECT_EQ(report["carried_over"]["static_nats"], 1);
  EXPECT_EQ(report["carried_over"]["dhcp_reservations"], 1) << "one guest is gone";
  EXPECT_EQ(report["carried_over"]["metadata_guests"], 1);
  EXPECT_EQ(report["refused"], Json::array());
}

TEST_F(Import, RefusesOneThingAtATime) {
  keep_isolated_router();
  keep_text("ips.json", R"({"id": "ips", "eth0": [
      {"public_ip": "10.1.1.1", "netmask": "255.255.255.0", "gateway": "None", "nic_dev_id": "0",
       "nw_type": "guest", "add": true}],
      "eth2": [{"public_ip": "203.0.113.10", "netmask": "255.255.255.0", "nic_dev_id": "2",
                "source_nat": true, "add": true}]})");
  keep_text("forwardingrules.json", R"({"id": "forwardingrules", "203.0.113.10": [
      {"type": "forward", "public_ip": "203.0.113.10", "public_ports": "2222:2222",
       "internal_ip": "10.1.1.11", "internal_ports": "22:22", "protocol": "tcp"},
      {"type": "forward", "public_ip": "203.0.113.10", "public_ports": "81:81",
       "internal_ip": "10.1.1.11", "internal_ports": "81:82", "protocol": "tcp"}]})");
  ASSERT_EQ(run_import(true), ExitCode::ok) << err.str();
  const Json report = Json::parse(out.str());
  EXPECT_EQ(report["carried_over"]["port_forwards"], 1);
  EXPECT_EQ(report["carried_over"]["interfaces"], 2);
  EXPECT_EQ(report["refused"].size(), 1) << report["refused"];
}

TEST_F(Import, TellsWhatDoesNot) {
  keep_isolated_router();
  keep("firewallrules.json", {{"id", "firewallrules"}, {"7", {{"id", 7}}}});
  ASSERT_EQ(run_import(false), ExitCode::ok) << err.str();
  EXPECT_THAT(out.str(), HasSubstr("vpnuserlist"));
  EXPECT_THAT(out.str(), HasSubstr("refused"));
}

TEST_F(Import, NeedsDatabags) {
  EXPECT_EQ(run_import(false), ExitCode::failure);
  EXPECT_THAT(err.str(), HasSubstr("no databag"));
  keep("ips.json", "text");
  EXPECT_EQ(run_import(false), ExitCode::invalid);
}

}  // namespace
}  // namespace viaduct::cli
