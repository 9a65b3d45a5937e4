#include "controlplane/cloudstack/aggregate.h"
#include "controlplane/cloudstack/test_support.h"

// What requests, their aggregates and their messages may be.
namespace viaduct::cloudstack::test {
namespace {

using api::Json;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

constexpr const char* good =
    R"({"host_name":"g","mac_address":"02:01:00:aa:00:50","ipv4_address":"10.1.1.50",
        "default_gateway":"10.1.1.1","default_entry":true,"remove":false})";

Json part(const std::string& type, const std::string& content) {
  return {{"type", type}, {"content", json(content)}};
}

TEST(Message, ThatIsWrongChangesNothing) {
  Appliance vr{"iso"};
  vr.send("iso-00-cmdline.txt");
  vr.send("iso-50-boot.cfg");
  const std::vector<std::pair<std::string, std::string>> wrong{
      {"no_such_type", "{}"},
      {"forwardrules", "{}"},
      {"forwardrules", R"({"rules":[7]})"},
      {"forwardrules", R"({"type":"ips","rules":[]})"},
      {"forwardrules", R"({"rules":[{"protocol":"icmp"}]})"},
      {"forwardrules", R"({"rules":[{"protocol":"tcp","source_ip_address":"203.0.113.11",
          "source_port_range":"1:9","destination_ip_address":"10.1.1.11",
          "destination_port_range":"1:2"}]})"},
      {"firewallrules", R"({"rules":[{"id":5,"traffic_type":"Sideways"}]})"},
      {"firewallrules", R"({"rules":[{"id":5,"traffic_type":"Ingress","protocol":"tcp",
          "src_port_range":[9,1]}]})"},
      {"firewallrules", R"({"rules":[{"id":5,"traffic_type":"Ingress",
          "source_cidr_list":["10.1.1.0/99"]}]})"},
      {"ips", R"({"ip_address":[{"public_ip":"203.0.113.300"}]})"},
      {"ips", R"({"ip_address":[{"public_ip":"203.0.113.40","netmask":"255.0.255.0"}]})"},
      {"guestnetwork", R"({"device":"eth3"})"},
      {"dhcpentry", R"({"host_name":"x","ipv4_address":"10.1.1.50"})"},
      {"dhcpentry", R"({"mac_address":"01:00:00:00:00:01","ipv4_address":"10.1.1.50"})"},
      {"vmdata", R"({"vm_ip_address":"10.1.1.11","vm_metadata":[["userdata","user-data","%"]]})"},
      {"vmdata", R"({"vm_ip_address":"10.1.1.11","vm_metadata":["x"]})"},
      {"vmpassword", R"({"ip_address":"10.1.1.11"})"},
      {"vmpassword", R"({"ip_address":"10.1.1.11","password":""})"},
      {"cmdline", R"({"cmd_line":{"type":"consoleproxy"}})"},
      {"cmdline", R"({"cmd_line":{"type":"router","eth0ip":"10.1.1.1"}})"},
      {"bgppeers", R"({"peers":[{"peer_id":1}]})"},
      {"networkacl", R"({"device":"eth3","ingress_rules":[{}],"egress_rules":[]})"},
      {"loadbalancer", R"({"rules":[{"configuration":["\tbalance random"]}]})"},
      {"loadbalancer", R"({"rules":[{"configuration":["\tappsession X len 10"]}]})"},
      {"loadbalancer",
       R"({"rules":[{"configuration":[],"ssl_certs":[{"name":"a","cert":"x","key":"y"}]}]})"}};
  for (const auto& [type, content] : wrong) {
    EXPECT_THAT(vr.refusal(type, content), StartsWith("/parts/0/content/")) << type << content;
  }
}

TEST(Message, OfAnUnknownTypeIsRefusedByName) {
  Appliance vr{"iso"};
  EXPECT_EQ(vr.refusal("nonsense", "{}"),
            "/parts/0/content/type: 'nonsense' is no type of message");
}

TEST(Message, MayHaveFieldsThatNobodyKnowsAndMissNull) {
  Appliance vr{"iso"};
  vr.send("iso-00-cmdline.txt");
  vr.send("dhcpentry", R"({"new_in_5_0":{"a":[1]},"host_name":null,"lease_time":null,
      "mac_address":"02:01:00:AA:00:50","ipv4_address":"10.1.1.50"})");
  EXPECT_EQ(vr.resource("dhcp_reservations/dhcpentry.10.1.1.50")["mac"], "02:01:00:aa:00:50");
}

TEST(Message, IsHalfDoneNever) {
  Appliance vr{"iso"};
  vr.send("iso-00-cmdline.txt");
  const auto outcome = vr.ask({{"strict", false}, {"parts", {part("firewallrules", R"({"rules":[
      {"id":1,"src_ip":"203.0.113.10","protocol":"icmp","source_cidr_list":["0.0.0.0/0"],
       "traffic_type":"Ingress"},
      {"id":2,"traffic_type":"Sideways"}]})")}}});
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->refused[0].size(), 1);
  EXPECT_EQ(vr.entry("firewallrules.1"), Json{});
}

TEST(Request, ThatIsStrictIsTakenAsAWhole) {
  Appliance vr{"iso"};
  vr.send("iso-00-cmdline.txt");
  const auto before = vr.document;
  const Json parts = {part("dhcpentry", good), part("dhcpentry", "{}")};
  const auto answer = vr.ask({{"parts", parts}});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().where, "/parts/1/content/mac_address");
  EXPECT_TRUE(vr.document == before);
}

TEST(Request, ThatIsNotStrictTellsWhatItLeftOut) {
  Appliance vr{"iso"};
  vr.send("iso-00-cmdline.txt");
  const Json parts = {part("dhcpentry", "{}"), part("dhcpentry", good), part("nonsense", "{}")};
  const auto outcome = vr.ask({{"strict", false}, {"parts", parts}});
  ASSERT_TRUE(outcome);
  const Json told = outcome->to_json()["parts"];
  EXPECT_EQ(told[0]["errors"][0]["where"], "/parts/0/content/mac_address");
  EXPECT_EQ(told[1]["errors"], Json::array());
  EXPECT_EQ(told[2]["errors"][0]["fault"], "not_found");
  EXPECT_NE(vr.entry("dhcpentry.10.1.1.50"), Json{});
}

TEST(Request, MayForgetWhatWasSaidBefore) {
  Appliance vr{"iso"};
  vr.send("iso-00-cmdline.txt");
  vr.send("iso-50-boot.cfg");
  vr.last = *vr.ask({{"reset", true}, {"parts", {part_of("shr-00-cmdline.txt")}}});
  Appliance fresh{"iso"};
  fresh.send("shr-00-cmdline.txt");
  EXPECT_TRUE(vr.document == fresh.document);
}

TEST(Request, LeavesOtherRoutersAndPortsAlone) {
  Appliance vr{"iso"};
  vr.document.ports["lan"] = {.device = "net_null9", .network_namespace = ""};
  vr.document.routers["red"].of<interface::Interface>()["guest0"] = {.port = "lan"};
  vr.send("iso-00-cmdline.txt");
  vr.last = *vr.ask({{"reset", true}});
  EXPECT_TRUE(vr.document.ports.contains("lan"));
  EXPECT_FALSE(vr.document.ports.contains("vr.eth0"));
  EXPECT_EQ(vr.document.routers.at("red").of<interface::Interface>().size(), 1);
}

TEST(Request, ThatIsNoneIsRefused) {
  Appliance vr;
  for (const char* body :
       {"[]", R"({"strict":1})", R"({"parts":{}})", R"({"parts":[{}]})", R"({"else":1})",
        R"({"parts":[{"type":"ips"}]})", R"({"parts":[{"cmdline":7}]})",
        R"({"nics":[{"name":"lan0","mac":"02:00:00:00:00:01","device":"net_null0"}]})",
        R"({"nics":[{"name":"eth0","mac":"02:00:00:00:00:01"}]})",
        R"({"parts":[{"aggregate":"<file>\n"}]})"}) {
    EXPECT_FALSE(vr.ask(json(body))) << body;
  }
}

TEST(KernelCommandLine, TakesTheLastOfTwoAndKeepsNoSecrets) {
  Appliance vr{"iso"};
  vr.last =
      *vr.ask({{"parts",
                {{{"cmdline",
                   "type=router eth0ip=10.9.9.9 eth0ip=10.1.1.1 eth0mask=255.255.255.0 "
                   "redundant_router=1 redundant_state=PRIMARY vmpassword=hush authorized_key=YQ== "
                   "unheard_of=x  lonely"}}}}});
  const Json kept = vr.entry("cmdline.vr")["cmd_line"];
  EXPECT_EQ(kept["eth0ip"], "10.1.1.1");
  EXPECT_EQ(kept["redundant_router"], "true");
  EXPECT_EQ(kept["authorized_key"], "YQ==");
  EXPECT_FALSE(kept.contains("vmpassword"));
  EXPECT_FALSE(kept.contains("unheard_of"));
  EXPECT_TRUE(vr.has_note("ignored", "cmdline"));
}

TEST(KernelCommandLine, ThatChangesTakesItsAddressesAlong) {
  Appliance vr{"iso"};
  vr.send("iso-00-cmdline.txt");
  vr.last = *vr.ask({{"parts", {{{"cmdline", "type=router eth0ip=10.7.7.1 eth0mask=24"}}}}});
  EXPECT_EQ(vr.resource("interfaces/eth0")["addresses"], Json({"10.7.7.1/24"}));
  EXPECT_EQ(vr.resource("interfaces/eth2"), Json{});
}

TEST(Aggregate, KeepsWhatItHoldsVerbatim) {
  const auto read = parse_aggregate(
      "#Apache CloudStack Virtual Router Config File\n<version>\n1.0\n</version>\n<file>\n"
      "/var/cache/cloud/a.json.1\n{\"x\":\"two  blanks and *\"}\n</file>\n<script>\n"
      "/opt/cloud/bin/update_config.py a.json.1 false\n</script>\n<script>\n"
      "/opt/cloud/bin/configure.py monitor_service.json\n</script>\n");
  ASSERT_TRUE(read);
  ASSERT_EQ(read->steps.size(), 1);
  EXPECT_EQ(read->steps[0].file, "a.json.1");
  EXPECT_EQ((*read->steps[0].content)["x"], "two  blanks and *");
  EXPECT_THAT(read->other_scripts,
              testing::ElementsAre("/opt/cloud/bin/configure.py monitor_service.json"));
}

TEST(Aggregate, PassesOverMessagesOfUnknownTypes) {
  Appliance vr{"iso"};
  const char* text =
      "<file>\n/var/cache/cloud/toast.json.1\n{\"type\":\"toast\"}\n</file>\n<script>\n"
      "/opt/cloud/bin/update_config.py toast.json.1\n</script>\n";
  const auto outcome = vr.ask({{"parts", {{{"aggregate", text}}}}});
  ASSERT_TRUE(outcome) << "as when such a file comes by itself";
  EXPECT_THAT(outcome->notes.to_json().dump(), HasSubstr("toast.json.1"));
}

TEST(Aggregate, KnowsTheScriptByItsWholeName) {
  const auto read =
      parse_aggregate("<script>\n/opt/cloud/bin/update_config.pyx a.json\n</script>\n");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->steps.size(), 0);
  EXPECT_EQ(read->other_scripts.size(), 1);
}

TEST(Aggregate, TellsTheLineThatIsWrong) {
  for (const auto& [text, why] : std::vector<std::pair<std::string, std::string>>{
           {"hello\n", "line 1: expected <version>, <file> or <script>"},
           {"<version>\n2.0\n</version>\n", "line 2: only version 1.0 is known"},
           {"<file>\n/a\n{}\n", "line 3: expected </file>"},
           {"<file>\n", "line 1: expected the path of a file"},
           {"<script>\nx\n<script>\n", "line 3: expected </script>"}}) {
    const auto read = parse_aggregate(text);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().why, why);
  }
}

TEST(Aggregate, OfWhichOneMessageFailsIsRefusedOrTakenWithoutIt) {
  Appliance vr{"iso"};
  vr.send("iso-00-cmdline.txt");
  const auto before = vr.document;
  const auto strict = vr.ask({{"parts", {part_of("iso-51-fail.cfg")}}});
  ASSERT_FALSE(strict);
  EXPECT_EQ(strict.error().where, "/parts/0/aggregate");
  EXPECT_THAT(strict.error().why, StartsWith("no_such_file.json."));
  EXPECT_TRUE(vr.document == before);
  const auto lenient = vr.ask({{"strict", false}, {"parts", {part_of("iso-51-fail.cfg")}}});
  ASSERT_TRUE(lenient);
  EXPECT_THAT(lenient->refused[0][0].why, HasSubstr("there is no such file"));
  EXPECT_NE(vr.entry("dhcpentry.10.1.1.14"), Json{});
}

}  // namespace
}  // namespace viaduct::cloudstack::test
