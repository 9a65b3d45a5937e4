#include <algorithm>
#include <vector>

#include "controlplane/cloudstack/command_line.h"
#include "controlplane/cloudstack/fields.h"
#include "controlplane/cloudstack/mergers.h"
#include "controlplane/cloudstack/records.h"

// Messages that say which addresses and networks the router has.
namespace viaduct::cloudstack {
namespace {

constexpr std::string_view type = "ips";
constexpr const char* told_by = "told_by";  // which other message an address came by

void erase_told_by(Entries& entries, std::string_view message) {
  std::vector<std::string> gone;
  each_of(entries, type, [&](const std::string& id, const api::Json& content) {
    if (content.value(told_by, "") == message) gone.push_back(id);
  });
  for (const std::string& id : gone) entries.erase(id);
}

// Where a message does not say by which NIC, it is as before.
void keep_nic(const api::Json& before, api::Json& next) {
  const bool says =
      Fields{next}.find("vif_mac_address") != nullptr || Fields{next}.find("nic_dev_id") != nullptr;
  if (says) return;
  for (const char* name : {"vif_mac_address", "nic_dev_id"}) {
    if (const api::Json* known = Fields{before}.find(name)) next[name] = *known;
  }
}

std::string mask_of(const Prefix& network) {
  constexpr unsigned bits = 32;
  const unsigned length = network.written_length();
  return to_string(Address::v4(Be32::of(length == 0 ? 0 : ~std::uint32_t{0} << (bits - length))));
}

std::string_view kind_of(const CommandLine& line, unsigned device) {
  if (device == line.control_device()) return "control";
  return device == 0 ? "guest" : "public";
}

Result<void> merge_address(const api::Json& item, Entries& entries) {
  const Fields fields{item};
  const Address address = TRY(fields.needed_address("public_ip"));
  const std::string id = entry_id(type, to_string(address));
  if (!TRY(fields.flag("add", true))) {
    entries.erase(id);
    return {};
  }
  TRY(AddressRecord::read(item));
  api::Json content = described(item);
  const auto known = entries.find(id);
  if (known != entries.end()) keep_nic(known->second.content.json(), content);
  return keep(entries, id, std::move(content));
}

Result<void> merge_alias(const api::Json& item, Entries& entries) {
  const Fields fields{item};
  const Address address = TRY(fields.needed_address("ip_address"));
  const std::string id = entry_id(type, to_string(address));
  if (TRY(fields.flag("revoke"))) {
    entries.erase(id);
    return {};
  }
  const std::string mask = TRY(fields.needed_text("netmask"));
  if (const auto length = parse_mask(mask); !length) {
    return fail_within("/netmask", length.error());
  }
  return keep(entries, id,
              {{"public_ip", to_string(address)},
               {"netmask", mask},
               {"nw_type", "guest"},
               {"nic_dev_id", 0},
               {told_by, "ipaliases"}});
}

}  // namespace

Result<void> merge_addresses(const api::Json& content, State& state, Notes& /*notes*/) {
  return each_item(content, "ip_address",
                   [&](const api::Json& item) { return merge_address(item, state.entries); });
}

Result<void> merge_aliases(const api::Json& content, State& state, Notes& /*notes*/) {
  return each_item(content, "aliases",
                   [&](const api::Json& item) { return merge_alias(item, state.entries); });
}

Result<void> merge_command_line(const api::Json& content, State& state, Notes& notes) {
  const api::Json* const all = Fields{content}.find("cmd_line");
  if (all == nullptr) return fail(Fault::invalid, "/cmd_line", "missing");
  const auto line = CommandLine::read(*all);
  if (!line) return fail_within("/cmd_line", line.error());
  erase_told_by(state.entries, "cmdline");
  for (const auto& [device, own] : line->addresses) {
    const std::string_view kind = kind_of(*line, device);
    api::Json address = {{"public_ip", to_string(own.address)},
                         {"netmask", mask_of(own.network)},
                         {"nw_type", kind},
                         {"nic_dev_id", device},
                         {"source_nat", kind == "public"},
                         {told_by, "cmdline"}};
    if (kind == "public" && line->gateway) address["gateway"] = to_string(*line->gateway);
    TRY(keep(state.entries, entry_id(type, to_string(own.address)), std::move(address)));
  }
  return keep(state.entries, "cmdline.vr", {{"cmd_line", kept_keys(*all, notes)}});
}

Result<void> merge_tier(const api::Json& content, State& state, Notes& notes) {
  const Fields fields{content};
  const std::string device = TRY(fields.needed_text("device"));
  const std::string id = entry_id("guestnetwork", device);
  if (!TRY(fields.flag("add", true))) {
    state.entries.erase(id);
    return {};
  }
  const TierRecord tier = TRY(TierRecord::read(content));
  bool is_known = state.entries.contains(id);
  each_of(state.entries, "guestnetwork", [&](const std::string& /*id*/, const api::Json& other) {
    const auto known = TierRecord::read(other);
    is_known |= known && known->mac && known->mac == tier.mac &&
                known->address.address == tier.address.address;
  });
  if (is_known) {
    notes.add(Note::ignored, "guestnetwork", id, "a tier is set once, until it is removed");
    return {};
  }
  return keep(state.entries, id, described(content));
}

}  // namespace viaduct::cloudstack
