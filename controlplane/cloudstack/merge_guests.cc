#include <vector>

#include "controlplane/cloudstack/fields.h"
#include "controlplane/cloudstack/mergers.h"
#include "controlplane/cloudstack/records.h"
#include "services/guest/password/check.h"

// Messages that say what guests are served.
namespace viaduct::cloudstack {
namespace {

// Passwords and user data are for the guest that they were made for, not for the next one at its
// address, of which the management server tells all before it starts.
void forget_guest(State& state, const Address& address) {
  const std::string password = entry_id("vmpassword", to_string(address));
  state.entries.erase(password);
  state.passwords.erase(password);
  state.entries.erase(entry_id("vmdata", to_string(address)));
}

// A guest has one address: what was said of its Ethernet address at another one is past.
void leave_elsewhere(State& state, const GuestRecord& guest) {
  std::vector<std::pair<std::string, Address>> gone;
  each_of(state.entries, "dhcpentry", [&](const std::string& id, const api::Json& content) {
    const auto known = GuestRecord::read(content);
    const bool is_it = known && known->mac == guest.mac && known->address != guest.address;
    if (is_it) gone.emplace_back(id, known->address);
  });
  for (const auto& [id, address] : gone) {
    state.entries.erase(id);
    forget_guest(state, address);
  }
}

// The files that guests are served; others may hold secrets.
api::Json served_files(const api::Json& content) {
  api::Json kept = described(content);
  if (!kept.contains("vm_metadata") || kept["vm_metadata"].is_null()) return kept;
  api::Json files = api::Json::array();
  for (const api::Json& file : content["vm_metadata"]) {
    if (file[0] == "userdata" || file[0] == "metadata") files.push_back(file);
  }
  kept["vm_metadata"] = std::move(files);
  return kept;
}

}  // namespace

Result<void> merge_guest(const api::Json& content, State& state, Notes& /*notes*/) {
  const Fields fields{content};
  const GuestRecord guest = TRY(GuestRecord::read(content));
  const std::string id = entry_id("dhcpentry", to_string(guest.address));
  leave_elsewhere(state, guest);
  const auto known = state.entries.find(id);
  if (known != state.entries.end()) {
    const auto before = GuestRecord::read(known->second.content.json());
    if (before && before->mac != guest.mac) forget_guest(state, guest.address);
  }
  if (TRY(fields.flag("remove"))) {
    state.entries.erase(id);
    forget_guest(state, guest.address);
    return {};
  }
  return keep(state.entries, id, described(content, {"remove"}));
}

Result<void> merge_dhcp_configuration(const api::Json& content, State& /*state*/,
                                      Notes& /*notes*/) {
  return each_item(content, "entries", [](const api::Json& item) -> Result<void> {
    TRY(Fields{item}.needed_address("router_ip_address"));
    return {};
  });
}

Result<void> merge_metadata(const api::Json& content, State& state, Notes& /*notes*/) {
  const MetadataRecord record = TRY(MetadataRecord::read(content));
  return keep(state.entries, entry_id("vmdata", to_string(record.address)), served_files(content));
}

Result<void> merge_password(const api::Json& content, State& state, Notes& /*notes*/) {
  const Fields fields{content};
  const Address address = TRY(fields.needed_address("ip_address"));
  const api::Json* const password = fields.find("password");
  if (password == nullptr) return fail(Fault::invalid, "/password", "missing");
  auto secret = api::Codec<password::Secret>::read(*password);
  if (!secret) return fail_within("/password", secret.error());
  if (auto is_line = password::check(*secret); !is_line) {
    return fail_within("/password", is_line.error());
  }
  const std::string id = entry_id("vmpassword", to_string(address));
  state.passwords.insert_or_assign(id, *std::move(secret));
  return keep(state.entries, id, described(content, {"password"}));
}

}  // namespace viaduct::cloudstack
