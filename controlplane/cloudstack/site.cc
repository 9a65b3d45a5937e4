#include "controlplane/cloudstack/site.h"

#include <algorithm>
#include <map>

#include "controlplane/cloudstack/fields.h"

namespace viaduct::cloudstack {
namespace {

std::vector<Nic> read_nics(const Entries& entries) {
  std::vector<Nic> nics;
  each_of(entries, "nic", [&](const std::string& /*id*/, const api::Json& content) {
    if (auto nic = api::read<Nic>(content)) nics.push_back(*std::move(nic));
  });
  return nics;
}

std::optional<CommandLine> read_line(const Entries& entries) {
  const auto entry = entries.find("cmdline.vr");
  if (entry == entries.end()) return std::nullopt;
  const api::Json* const keys = Fields{entry->second.content.json()}.find("cmd_line");
  if (keys == nullptr) return std::nullopt;
  auto line = CommandLine::read(*keys);
  return line ? std::optional{*std::move(line)} : std::nullopt;
}

// Puts networks together, address by address.
class Surveyor {
 public:
  Surveyor(const Entries& entries, CommandLine line, Notes& notes)
      : entries_(entries), nics_(read_nics(entries)), line_(std::move(line)), notes_(notes) {}

  Site run() {
    take_addresses();
    take_tiers();
    take_virtual_gateway();
    Site site{std::move(line_), {}};
    for (auto& [number, network] : networks_) {
      if (!network.addresses.empty()) site.networks.push_back(std::move(network));
    }
    return site;
  }

 private:
  using RecordSide = AddressRecord::Side;

  void take_addresses() {
    std::vector<std::pair<std::string, AddressRecord>> records;
    each_of(entries_, "ips", [&](const std::string& id, const api::Json& content) {
      auto record = AddressRecord::read(content);
      if (record) {
        records.emplace_back(id, *std::move(record));
      } else {
        notes_.add(Note::odd, "ips", id, record.error().why);
      }
    });
    // The address of source NAT is the primary one of its NIC, and the number decides else.
    std::ranges::sort(records, {}, [](const auto& each) {
      return std::tuple{!each.second.is_source_nat, each.second.address.address};
    });
    for (const auto& [id, record] : records) take_address(id, record);
  }

  void take_address(const std::string& id, const AddressRecord& record) {
    if (record.side == RecordSide::control) return;  // stays with the kernel
    if (record.side == RecordSide::private_gateway) {
      return notes_.add(Note::not_applied, "ips", id,
                        "private gateways are kept, but not applied yet: nothing goes there");
    }
    const Nic* const nic = find_nic(record.mac, record.device);
    if (nic == nullptr) return notes_.add(Note::waits, "ips", id, "its NIC is not there");
    Network* const network =
        network_on(*nic, record.side == RecordSide::guest ? Side::guest : Side::external);
    if (network == nullptr) {
      return notes_.add(Note::odd, "ips", id, "its NIC leads to a network of another kind");
    }
    if (!add(*network, record.address)) {
      return notes_.add(Note::odd, "ips", id,
                        "its network overlaps another one, or is not one that it can be in");
    }
    if (record.is_source_nat && !network->source_nat) {
      network->source_nat = record.address.address;
    }
    if (!network->gateway) network->gateway = record.gateway;
    if (record.mtu) network->mtu = record.mtu;
  }

  void take_tiers() {
    each_of(entries_, "guestnetwork", [&](const std::string& id, const api::Json& content) {
      const auto tier = TierRecord::read(content);
      if (!tier) return notes_.add(Note::odd, "guestnetwork", id, tier.error().why);
      const auto number = device_number(tier->device);
      const Nic* const nic =
          find_nic(tier->mac, number ? std::optional<std::uint64_t>{*number} : std::nullopt);
      if (nic == nullptr) {
        return notes_.add(Note::waits, "guestnetwork", id, "its NIC is not there");
      }
      Network* const network = network_on(*nic, Side::guest);
      if (network == nullptr || !add(*network, tier->address)) {
        return notes_.add(Note::odd, "guestnetwork", id,
                          "its network overlaps another one, or is not one that it can be in");
      }
      network->mtu = tier->mtu;
      network->domain = tier->domain.empty() ? line_.domain : tier->domain;
      network->resolvers = tier->resolvers;
      network->gateway = tier->gateway;
      if (line_.is_redundant && tier->gateway) put_first(*network, *tier->gateway);
    });
  }

  // That of an isolated network; tiers name their own.
  void take_virtual_gateway() {
    if (!line_.is_redundant || !line_.virtual_gateway) return;
    const auto guest = networks_.find(0);
    if (guest == networks_.end() || guest->second.side != Side::guest) return;
    put_first(guest->second, *line_.virtual_gateway);
    guest->second.gateway = line_.virtual_gateway;
  }

  // The address that both of a pair are known by, if it is one of the network's.
  static void put_first(Network& network, const Address& address) {
    if (!network.takes(address)) return;
    const auto around = std::ranges::find_if(
        network.addresses, [&](const auto& own) { return own.network.contains(address); });
    const InterfaceAddress first{address, around->network};
    network.addresses.insert(network.addresses.begin(), first);
  }

  const Nic* find_nic(const std::optional<Mac>& mac, const std::optional<std::uint64_t>& number) {
    const auto by_mac = std::ranges::find_if(nics_, [&](const Nic& nic) { return nic.mac == mac; });
    if (by_mac != nics_.end()) return &*by_mac;
    const auto by_number = std::ranges::find_if(
        nics_, [&](const Nic& nic) { return number && device_number(nic.name) == *number; });
    return by_number == nics_.end() ? nullptr : &*by_number;
  }

  // nullptr if the NIC already leads to another kind of network.
  Network* network_on(const Nic& nic, Side side) {
    const unsigned number = device_number(nic.name).value_or(0);
    const auto [place, is_new] = networks_.try_emplace(number);
    Network& network = place->second;
    if (is_new) {
      network = {.nic = nic, .number = number, .side = side, .domain = line_.domain};
      network.mtu = side == Side::guest ? line_.guest_mtu : line_.public_mtu;
      if (side == Side::guest) network.resolvers = line_.resolvers;
    }
    return network.side == side ? &network : nullptr;
  }

  bool add(Network& network, const InterfaceAddress& own) {
    const auto overlaps = [&](const auto& taken) {
      const auto& [prefix, number] = taken;
      return prefix.overlaps(own.network) && (prefix != own.network || number != network.number);
    };
    if (own.network.sets_aside(own.address)) return false;
    if (std::ranges::any_of(taken_, overlaps)) return false;
    const std::pair mine{own.network, network.number};
    if (std::ranges::find(taken_, mine) == taken_.end()) taken_.push_back(mine);
    if (!network.owns(own.address)) network.addresses.push_back(own);
    return true;
  }

  const Entries& entries_;
  std::vector<Nic> nics_;
  CommandLine line_;
  Notes& notes_;
  std::map<unsigned, Network> networks_;  // by the number of the NIC
  std::vector<std::pair<Prefix, unsigned>> taken_;
};

}  // namespace

bool Network::is_on_link(const Address& address) const {
  return std::ranges::any_of(addresses,
                             [&](const auto& own) { return own.network.contains(address); });
}

bool Network::owns(const Address& address) const {
  return std::ranges::find(addresses, address, &InterfaceAddress::address) != addresses.end();
}

bool Network::takes(const Address& address) const {
  return is_on_link(address) && !owns(address) &&
         std::ranges::none_of(addresses,
                              [&](const auto& own) { return own.network.sets_aside(address); });
}

const Network* Site::find(Side side, const Address& address) const {
  const auto found = std::ranges::find_if(networks, [&](const Network& network) {
    return network.side == side && network.is_on_link(address);
  });
  return found == networks.end() ? nullptr : &*found;
}

const Network* Site::uplink() const {
  const auto found = std::ranges::find(networks, Side::external, &Network::side);
  return found == networks.end() ? nullptr : &*found;
}

std::uint64_t Site::mtu_of(const Network& network) const {
  constexpr std::uint64_t smallest = 576;
  constexpr std::uint64_t usual = 1500;
  return std::clamp<std::uint64_t>(network.mtu.value_or(usual), smallest, largest_mtu);
}

std::optional<Site> survey(const Entries& entries, Notes& notes) {
  auto line = read_line(entries);
  if (!line) {
    notes.add(Note::waits, "cmdline", "cmdline.vr", "there is no command line of a router yet");
    return std::nullopt;
  }
  if (line->is_redundant) {
    notes.add(Note::not_applied, "cmdline", "cmdline.vr",
              line->is_first_of_pair
                  ? "redundancy is not applied yet: this router acts as the primary all the time"
                  : "redundancy is not applied yet: this router stays a backup without addresses");
    if (!line->is_first_of_pair) return Site{*std::move(line), {}};
  }
  return Surveyor{entries, *std::move(line), notes}.run();
}

}  // namespace viaduct::cloudstack
