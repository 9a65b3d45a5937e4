#include "tests/model.h"
#include "tests/reference/random.h"

namespace viaduct::test::reference {
namespace {

using api::Json;

template <class T>
Json some(Random& random, std::initializer_list<T> among, unsigned percent) {
  Json list = Json::array();
  for (const T& one : among) {
    if (random.chance(percent)) list.push_back(one);
  }
  return list;
}

// Sets an attribute in most cases, and leaves it out in the others.
void maybe(Json& body, Random& random, const char* name, const Json& value, unsigned percent = 50) {
  if (random.chance(percent)) body[name] = value;
}

void add_on_remove(Json& body, Random& random) {
  maybe(body, random, "on_remove", "drain", 40);
}

std::string any_guest(Random& random) {
  return random.pick({"10.1.1.11", "10.1.1.12", "10.1.1.20", "10.1.2.11", "192.168.7.9"});
}
std::string any_public(Random& random) {
  return random.pick({"203.0.113.2", "203.0.113.3", "203.0.113.4", "203.0.113.12"});
}

// Protocol, ports and ICMP type, as firewall and egress rules have them.
void add_traffic(Json& body, Random& random) {
  const std::string protocol = random.pick({"", "tcp", "tcp", "udp", "udp", "icmp", "gre", "112"});
  if (!protocol.empty()) body["protocol"] = protocol;
  if (protocol == "tcp" || protocol == "udp") {
    maybe(body, random, "ports",
          random.pick({"80", "53", "8000-8010", "1-1023", "5000-5001", "8080", "22-443"}), 60);
  }
  if (protocol == "icmp" && random.chance(50)) {
    body["icmp_type"] = random.pick({8, 8, 13, 10, 0});
    maybe(body, random, "icmp_code", random.pick({0, 0, 1}), 30);
  }
  add_on_remove(body, random);
}

Json firewall_rule(Random& random) {
  Json body{
      {"destination", random.pick({"203.0.113.2", "203.0.113.3", "203.0.113.4", "203.0.113.12",
                                   "203.0.113.0/24", "203.0.113.2/31", "0.0.0.0/0", "0.0.0.0/0",
                                   "10.1.1.0/24", "10.1.1.11", "172.16.0.2", "172.20.0.0/16"})}};
  add_traffic(body, random);
  maybe(body, random, "sources",
        some<const char*>(random,
                          {"198.51.100.0/24", "198.51.100.9", "192.0.2.5", "203.0.113.9",
                           "10.1.0.0/16", "172.16.0.0/12", "10.1.1.11"},
                          30));
  return body;
}

Json egress_rule(Random& random) {
  Json body{{"interface", random.pick({"guest0", "guest1"})}};
  add_traffic(body, random);
  maybe(
      body, random, "sources",
      some<const char*>(random, {"10.1.1.11", "10.1.1.0/28", "10.1.2.0/24", "192.168.7.0/24"}, 40),
      40);
  maybe(body, random, "destinations",
        some<const char*>(random,
                          {"198.51.100.0/24", "198.51.100.9", "0.0.0.0/0", "10.1.2.0/24",
                           "10.1.1.20", "192.0.2.0/24", "172.16.0.0/12"},
                          30),
        60);
  return body;
}

Json static_nat(Random& random) {
  Json body{{"public", random.pick({"203.0.113.12", "203.0.113.13", "203.0.113.3"})},
            {"private", any_guest(random)}};
  add_on_remove(body, random);
  return body;
}

Json port_forward(Random& random) {
  const std::string from = random.pick({"80", "8080", "5000", "40000", "8000-8010", "53"});
  const bool is_range = from == "8000-8010";
  const std::string to = is_range ? random.pick({"8000-8010", "9000-9010", "70-80"})
                                  : random.pick({"80", "8080", "5000", "53"});
  Json body{{"protocol", random.pick({"tcp", "udp"})},
            {"public", any_public(random) + ":" + from},
            {"private", any_guest(random) + ":" + to}};
  maybe(body, random, "sources",
        some<const char*>(random, {"198.51.100.0/24", "10.1.0.0/16", "192.0.2.5"}, 50), 30);
  add_on_remove(body, random);
  return body;
}

Json source_nat(Random& random, bool is_default) {
  Json addresses =
      some<const char*>(random, {"203.0.113.2", "203.0.113.3", "203.0.113.4", "198.18.0.2"}, 35);
  if (addresses.empty()) addresses.push_back("203.0.113.2");
  Json body{{"addresses", addresses}};
  if (!is_default) {
    body["sources"] = {
        random.pick({"10.1.1.11", "10.1.1.0/28", "10.1.2.0/24", "10.1.0.0/16", "192.168.0.0/16"})};
  }
  add_on_remove(body, random);
  return body;
}

Json route(Random& random) {
  return {{"prefix", random.pick({"0.0.0.0/0", "198.51.100.0/24", "192.0.2.0/24", "192.168.7.0/24",
                                  "172.22.0.0/16", "10.200.0.0/16"})},
          {"via", random.pick({"203.0.113.1", "203.0.113.254", "172.16.0.1", "10.1.1.7",
                               "172.21.0.7", "198.18.0.1"})}};
}

Json interface(Random& random, const std::string& id) {
  const auto make = [&](const char* role, const char* port, int vlan, const char* address) {
    return Json{{"role", role}, {"port", port}, {"vlan", vlan}, {"addresses", {address}}};
  };
  Json body;
  if (id == "public0") body = make("public", "wan", 0, "203.0.113.2/24");
  if (id == "public1") body = make("public", "wan", 30, "198.18.0.2/24");
  if (id == "guest0") body = make("guest", "lan", 1, "10.1.1.1/24");
  if (id == "guest1") body = make("guest", "lan", 2, "10.1.2.1/24");
  if (id == "gateway0") body = make("private", "wan", 9, "172.16.0.2/24");
  if (id == "east") body = make("transit", "wan", 20, "172.20.0.1/24");
  if (id == "west") body = make("transit", "wan", 21, "172.21.0.1/24");
  if (id == "public0" && random.chance(30)) body["addresses"].push_back("203.0.113.3/24");
  if (body["role"] == "guest") maybe(body, random, "egress", "deny", 35);
  if (body["role"] == "guest") maybe(body, random, "egress_on_change", "drain", 50);
  if (body["role"] != "guest") maybe(body, random, "unsolicited", "reject", 35);
  maybe(body, random, "mtu", random.pick({576, 700, 1500, 9000}), 25);
  maybe(body, random, "services",
        some<const char*>(random, {"dhcp", "dns", "metadata", "ike", "vrrp", "bgp", "ssh"}, 30),
        25);
  return body;
}

Json network(Random& random) {
  const auto dependence = [&] {
    return random.pick({"endpoint-independent", "address-dependent", "address-and-port-dependent"});
  };
  Json body = Json::object();
  maybe(body, random, "mapping", dependence());
  maybe(body, random, "filtering", dependence(), 70);
  maybe(body, random, "pooling", "arbitrary", 40);
  maybe(body, random, "hairpin_source", "public");
  maybe(body, random, "preserve_port", false, 35);
  maybe(body, random, "preserve_parity", false, 35);
  maybe(body, random, "ports_per_guest", random.pick({1, 2, 5}), 20);
  maybe(body, random, "port_block", random.pick({64, 64, 128}), 20);
  maybe(body, random, "sessions_per_guest", random.pick({2, 5, 9}), 20);
  maybe(body, random, "tcp_established_timeout", random.pick({60, 300}), 20);
  maybe(body, random, "tcp_transitory_timeout", random.pick({30, 60}), 20);
  maybe(body, random, "udp_timeout", random.pick({30, 60}), 20);
  maybe(body, random, "icmp_timeout", random.pick({30, 120}), 20);
  maybe(body, random, "check_resets", false, 40);
  maybe(body, random, "clamp_mss", false, 40);
  return body;
}

Json guest(Random& random) {
  const std::string name =
      random.pick({"10.1.1.11", "10.1.1.12", "10.1.1.20", "10.1.2.11", "10.1.2.12"});
  const bool is_first = name.starts_with("10.1.1.");
  return {{"interface", is_first ? "guest0" : "guest1"},
          {"mac", to_string(station(address(name)))},
          {"addresses", Json::array({name})}};
}

// Puts one resource, under one of a few ids.
void put(Json& router, Random& random, const std::string& collection) {
  const std::string id = random.pick({"a", "b", "c", "d", "e", "f", "g"});
  Json& all = router[collection];
  if (collection == "firewall_rules") all[id] = firewall_rule(random);
  if (collection == "egress_rules") all[id] = egress_rule(random);
  if (collection == "static_nats") all[id] = static_nat(random);
  if (collection == "port_forwards") all[id] = port_forward(random);
  if (collection == "routes") all[id] = route(random);
  if (collection == "source_nats") {
    const bool is_default = random.chance(40);
    all[is_default ? "default" : id] = source_nat(random, is_default);
  }
  if (collection == "guests") all[id] = guest(random);
  if (collection == "networks") all[random.pick({"guest0", "guest1"})] = network(random);
  if (collection == "interfaces") {
    const std::string name =
        random.pick({"public0", "public1", "guest0", "guest1", "gateway0", "east", "west"});
    all[name] = interface(random, name);
  }
}

std::string any_collection(Random& random) {
  return random.pick({"firewall_rules", "firewall_rules", "firewall_rules", "egress_rules",
                      "egress_rules", "static_nats", "port_forwards", "port_forwards",
                      "source_nats", "routes", "interfaces", "networks", "networks", "guests"});
}

// Rules of one destination beyond the few that the packet path reads one by one.
void add_many_rules(Json& router, Random& random) {
  const std::string destination = random.pick({"203.0.113.2", "0.0.0.0/0"});
  for (int i = 0; i < 12; ++i) {
    Json rule = firewall_rule(random);
    rule["destination"] = destination;
    router["firewall_rules"]["many" + std::to_string(i)] = rule;
  }
}

}  // namespace

Json random_document(Random& random) {
  Json router = Json::object();
  for (const char* id : {"public0", "guest0", "guest1", "gateway0"}) {
    router["interfaces"][id] = interface(random, id);
  }
  if (random.chance(30)) router["interfaces"]["public1"] = interface(random, "public1");
  if (random.chance(25)) {
    for (const char* id : {"east", "west"}) router["interfaces"][id] = interface(random, id);
  }
  const auto default_by = [](const char* via) {
    return Json{{"prefix", "0.0.0.0/0"}, {"via", via}};
  };
  if (random.chance(85)) router["routes"]["default"] = default_by("203.0.113.1");
  if (random.chance(40)) router["routes"]["gateway"] = default_by("172.16.0.1");
  if (random.chance(80)) router["source_nats"]["default"] = source_nat(random, true);
  for (unsigned i = random.below(12); i > 0; --i) put(router, random, any_collection(random));
  if (random.chance(60)) router["firewall_rules"]["wide"] = firewall_rule(random);
  if (random.chance(40)) {
    router["firewall_rules"]["ping"] = {{"destination", "203.0.113.0/24"}, {"protocol", "icmp"}};
  }
  if (random.chance(15)) add_many_rules(router, random);
  for (const char* id : {"guest0", "guest1"}) {
    if (random.chance(50)) router["networks"][id] = network(random);
  }
  return {{"ports", {{"wan", {{"device", "net_ring0"}}}, {"lan", {{"device", "net_ring1"}}}}},
          {"routers", {{"red", router}}}};
}

void change(Json& document, Random& random) {
  Json& router = document["routers"]["red"];
  for (unsigned i = 1 + random.below(2); i > 0; --i) {
    const std::string collection = any_collection(random);
    Json& all = router[collection];
    if (all.empty() || random.chance(55)) {
      put(router, random, collection);
    } else {
      all.erase(std::next(all.begin(), static_cast<std::ptrdiff_t>(
                                           random.below(static_cast<unsigned>(all.size()))))
                    .key());
    }
    if (router[collection].is_null()) router[collection] = Json::object();
  }
}

}  // namespace viaduct::test::reference
