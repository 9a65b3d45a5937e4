#include <algorithm>
#include <map>
#include <set>

#include "controlplane/cloudstack/fields.h"
#include "controlplane/cloudstack/translators.h"

namespace viaduct::cloudstack {
namespace {

constexpr std::uint64_t echo_request = 8;  // RFC 792

bool means_everywhere(const std::vector<Prefix>& blocks) {
  return blocks.empty() || std::ranges::any_of(blocks, [](const Prefix& block) {
           return block.written_length() == 0;
         });
}

// Rules of the reference let go on what they once let in.
api::Json draining(api::Json body) {
  body["on_remove"] = "drain";
  return body;
}

class Rules {
 public:
  Rules(const Site& site, const Entries& entries, Translation& out)
      : site_(site), entries_(entries), out_(out) {}

  void add_all() {
    if (site_.translates()) {
      choose_source_nat();
      add_static_nats();
      add_forwards();
      add_source_nat();
    } else {
      note_untranslated("forwardrules");
      note_untranslated("staticnatrules");
    }
    add_firewall();
    add_echo();
    add_tier_denials();
  }

 private:
  void note_untranslated(std::string_view type) {
    each_of(entries_, type, [&](const std::string& id, const api::Json& /*content*/) {
      out_.notes.add(Note::odd, type, id, "this router translates no addresses");
    });
  }

  // --- NAT

  // The address that the command line names, or else the one that is meant on the uplink.
  void choose_source_nat() {
    std::optional<Address> wanted = site_.line.source_nat;
    const Network* const uplink = site_.uplink();
    if (uplink == nullptr) return;
    if (!wanted) {
      const auto named =
          std::ranges::find(site_.line.addresses, uplink->number, &CommandLine::NicAddress::device);
      if (named != site_.line.addresses.end()) wanted = named->address.address;
    }
    const Network* const at = wanted ? site_.find(Side::external, *wanted) : nullptr;
    source_nat_ = at != nullptr && at->owns(*wanted) ? wanted : uplink->source_nat;
  }

  void add_source_nat() {
    if (!source_nat_) return;
    const std::string address = to_string(*source_nat_);
    out_.add("source_nats", "ips." + address, draining({{"addresses", {address}}}));
  }

  [[nodiscard]] bool is_public(const Address& address) const {
    const Network* const network = site_.find(Side::external, address);
    return network != nullptr && network->owns(address);
  }
  [[nodiscard]] bool is_guest(const Address& address) const {
    const Network* const network = site_.find(Side::guest, address);
    return network != nullptr && network->takes(address);
  }
  // Whether both sides are there; notes what is missing.
  bool has_both_sides(std::string_view type, const std::string& id, const Address& public_address,
                      const Address& guest) {
    if (!is_public(public_address)) {
      out_.notes.add(Note::waits, type, id, "its public address is not there");
      return false;
    }
    if (!is_guest(guest)) {
      out_.notes.add(Note::waits, type, id, "its guest is in no network that is there");
      return false;
    }
    return true;
  }

  void add_static_nats() {
    constexpr std::string_view type = "staticnatrules";
    std::set<Address> guests;
    each_of(entries_, type, [&](const std::string& id, const api::Json& content) {
      const auto rule = StaticNatRecord::read(content);
      if (!rule) return out_.notes.add(Note::odd, type, id, rule.error().why);
      if (!has_both_sides(type, id, rule->public_address, rule->private_address)) return;
      if (rule->public_address == source_nat_) {
        return out_.notes.add(Note::odd, type, id, "its address is that of source NAT");
      }
      if (!guests.insert(rule->private_address).second) {
        return out_.notes.add(Note::odd, type, id, "its guest already has another address");
      }
      one_to_one_.insert(rule->public_address);
      out_.add("static_nats", id,
               draining({{"public", to_string(rule->public_address)},
                         {"private", to_string(rule->private_address)}}));
    });
  }

  void add_forwards() {
    constexpr std::string_view type = "forwardrules";
    each_of(entries_, type, [&](const std::string& id, const api::Json& content) {
      const auto rule = ForwardRecord::read(content);
      if (!rule) return out_.notes.add(Note::odd, type, id, rule.error().why);
      const EndpointRange& at = rule->public_endpoint;
      if (!has_both_sides(type, id, at.address, rule->private_endpoint.address)) return;
      const std::vector<Prefix> sources =
          Fields{content}.blocks("source_cidr_list").value_or(std::vector<Prefix>{});
      const bool is_for_all = site_.line.role != Role::vpc || means_everywhere(sources);
      if (site_.line.role == Role::vpc && sources.empty() && !rule->sources.empty()) {
        return out_.notes.add(Note::not_applied, type, id, "IPv6 is kept, but not applied yet");
      }
      if (overlaps(rule->protocol, at)) {
        return out_.notes.add(Note::odd, type, id, "its ports already lead elsewhere");
      }
      api::Json body = {{"protocol", to_string(rule->protocol)},
                        {"public", to_string(at)},
                        {"private", to_string(rule->private_endpoint)}};
      if (!is_for_all) body["sources"] = texts_of(sources);
      out_.add("port_forwards", id, draining(std::move(body)));
    });
  }

  // Notes the ports as taken if they are not.
  bool overlaps(Protocol protocol, const EndpointRange& at) {
    auto& ranges = forwarded_[{protocol, at.address}];
    const auto after = ranges.upper_bound(at.ports.last);
    if (after != ranges.begin() && std::prev(after)->second >= at.ports.first) return true;
    ranges.emplace(at.ports.first, at.ports.last);
    return false;
  }

  // --- Firewalls

  static api::Json matches_of(const FirewallRecord& rule) {
    api::Json body = api::Json::object();
    if (rule.protocol) body["protocol"] = to_string(*rule.protocol);
    if (rule.ports) body["ports"] = to_string(*rule.ports);
    if (rule.icmp_type) body["icmp_type"] = *rule.icmp_type;
    if (rule.icmp_code) body["icmp_code"] = *rule.icmp_code;
    if (!means_everywhere(rule.sources)) body["sources"] = texts_of(rule.sources);
    return body;
  }

  void add_firewall() {
    constexpr std::string_view type = "firewallrules";
    const Network* const guest = guest_network();
    const bool allows = guest != nullptr && egress_policy(site_, *guest, entries_).allows;
    each_of(entries_, type, [&](const std::string& id, const api::Json& content) {
      const auto rule = FirewallRecord::read(content);
      if (!rule) return out_.notes.add(Note::odd, type, id, rule.error().why);
      if (rule->is_system) return;  // what it says is the policy of the network
      if (rule->has_other_family) {
        return out_.notes.add(Note::not_applied, type, id, "IPv6 is kept, but not applied yet");
      }
      if (rule->sources.empty()) {
        return out_.notes.add(Note::odd, type, id, "it names nobody that it is for");
      }
      if (!rule->is_egress) return add_ingress(id, *rule);
      if (guest == nullptr) return out_.notes.add(Note::waits, type, id, "no network is there");
      // Where the offering allows by default rules deny, which is what happens without them.
      if (rule->allows_by_default && !allows) return;
      if (rule->allows_by_default != allows) {
        return out_.notes.add(Note::odd, type, id, "it is of another offering than the others");
      }
      add_egress(id, *rule, *guest);
    });
  }

  [[nodiscard]] const Network* guest_network() const {
    const auto found = std::ranges::find(site_.networks, Side::guest, &Network::side);
    return found == site_.networks.end() || site_.line.role == Role::vpc ? nullptr : &*found;
  }

  void add_ingress(const std::string& id, const FirewallRecord& rule) {
    if (rule.public_address) return open(id, Prefix::host(*rule.public_address), rule);
    if (!site_.line.is_routed) {
      return out_.notes.add(Note::odd, "firewallrules", id, "it names no public address");
    }
    // Of the guests' network, where nothing is translated.
    std::vector<Prefix> destinations = rule.destinations;
    const Network* const guest = guest_network();
    if (destinations.empty() && guest != nullptr) {
      destinations.push_back(guest->addresses.front().network);
    }
    for (std::size_t i = 0; i < destinations.size(); ++i) {
      open(i == 0 ? id : id + "." + std::to_string(i), destinations[i], rule);
    }
  }

  void open(const std::string& id, const Prefix& destination, const FirewallRecord& rule) {
    api::Json body = {{"destination", to_string(destination)}};
    body.update(matches_of(rule));
    out_.add("firewall_rules", id, draining(std::move(body)));
  }

  void add_egress(const std::string& id, const FirewallRecord& rule, const Network& guest) {
    api::Json body = {{"interface", guest.nic.name}};
    body.update(matches_of(rule));
    if (!means_everywhere(rule.destinations)) body["destinations"] = texts_of(rule.destinations);
    out_.add("egress_rules", id, draining(std::move(body)));
  }

  // Routers of VPCs and those that translate nothing always answer pings of their own addresses.
  void add_echo() {
    if (site_.line.role != Role::vpc && !site_.line.is_routed) return;
    for (const Network& network : site_.networks) {
      if (network.side != Side::external) continue;
      for (const InterfaceAddress& own : network.addresses) {
        if (one_to_one_.contains(own.address)) continue;
        const std::string address = to_string(own.address);
        out_.add("firewall_rules", "ips." + address,
                 draining({{"destination", address + "/32"},
                           {"protocol", "icmp"},
                           {"icmp_type", echo_request}}));
      }
    }
  }

  void add_tier_denials() {
    for (const Network& network : site_.networks) {
      if (network.side != Side::guest) continue;
      const EgressPolicy policy = egress_policy(site_, network, entries_);
      if (policy.apart.empty()) continue;
      out_.add(
          "egress_rules", "guestnetwork." + network.nic.name,
          draining({{"interface", network.nic.name}, {"destinations", texts_of(policy.apart)}}));
    }
  }

  const Site& site_;
  const Entries& entries_;
  Translation& out_;
  std::optional<Address> source_nat_;
  std::set<Address> one_to_one_;
  // First to last port, by protocol and public address.
  std::map<std::pair<Protocol, Address>, std::map<std::uint16_t, std::uint16_t>> forwarded_;
};

}  // namespace

void add_rules(const Site& site, const Entries& entries, Translation& out) {
  Rules{site, entries, out}.add_all();
}

}  // namespace viaduct::cloudstack
