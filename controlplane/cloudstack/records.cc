#include "controlplane/cloudstack/records.h"

#include "controlplane/cloudstack/fields.h"
#include "services/guest/metadata/values.h"

namespace viaduct::cloudstack {
namespace {

std::string to_lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

Result<AddressRecord::Side> read_side(const Fields& fields) {
  using Side = AddressRecord::Side;
  if (TRY(fields.flag("is_private_gateway"))) return Side::private_gateway;
  const std::string kind = to_lower(TRY(fields.text("nw_type")));
  if (kind.empty() || kind == "public") return Side::external;
  if (kind == "guest") return Side::guest;
  if (kind == "control") return Side::control;
  return fail(Fault::invalid, "/nw_type", "is none of Public, Guest and Control");
}

Result<InterfaceAddress> read_own(const Fields& fields, std::string_view address,
                                  std::string_view mask) {
  const Address own = TRY(fields.needed_address(address));
  const auto length = parse_mask(TRY(fields.needed_text(mask)));
  if (!length) return fail_within("/" + std::string{mask}, length.error());
  return in_network(own, *length);
}

// "8000:8009", "8000-8009" or "8000".
Result<PortRange> read_range(const Fields& fields, std::string_view name) {
  std::string text = TRY(fields.needed_text(name));
  if (const auto colon = text.find(':'); colon != text.npos) text[colon] = '-';
  const auto range = parse_port_range(text);
  if (!range) return fail_within("/" + std::string{name}, range.error());
  return *range;
}

// [8000, 8009]
Result<std::optional<PortRange>> read_ports(const Fields& fields) {
  constexpr std::uint64_t highest = 0xffff;
  const auto wrong = [] {
    return fail(Fault::invalid, "/src_port_range", "expected two ports, the lower one first");
  };
  const api::Json* const pair = fields.find("src_port_range");
  if (pair == nullptr) return std::optional<PortRange>{};
  if (!pair->is_array()) return wrong();
  if (pair->empty()) return std::optional<PortRange>{};
  const bool is_pair =
      pair->size() == 2 && (*pair)[0].is_number_unsigned() && (*pair)[1].is_number_unsigned();
  if (!is_pair) return wrong();
  const auto first = (*pair)[0].get<std::uint64_t>();
  const auto last = (*pair)[1].get<std::uint64_t>();
  if (first > last || last > highest) return wrong();
  return std::optional{
      PortRange{static_cast<std::uint16_t>(first), static_cast<std::uint16_t>(last)}};
}

Result<std::optional<Protocol>> read_protocol(const Fields& fields) {
  const std::string name = to_lower(TRY(fields.text("protocol")));
  if (name.empty() || name == "all") return std::optional<Protocol>{};
  const auto protocol = parse_protocol(name);
  if (!protocol) return fail_within("/protocol", protocol.error());
  return std::optional{*protocol};
}

Result<std::optional<std::uint64_t>> read_icmp(const Fields& fields, std::string_view name) {
  constexpr std::uint64_t highest = 255;
  const auto number = TRY(fields.number(name));
  if (number && *number > highest) {
    return fail(Fault::invalid, "/" + std::string{name}, "is more than 255");
  }
  return number;
}

Result<void> read_traffic(const Fields& fields, FirewallRecord& rule) {
  rule.protocol = TRY(read_protocol(fields));
  const bool has_ports = rule.protocol == Protocol::tcp || rule.protocol == Protocol::udp;
  if (has_ports) rule.ports = TRY(read_ports(fields));
  if (rule.protocol == Protocol::icmp) {
    rule.icmp_type = TRY(read_icmp(fields, "icmp_type"));
    if (rule.icmp_type) rule.icmp_code = TRY(read_icmp(fields, "icmp_code"));
  }
  return {};
}

Result<void> read_matches(const Fields& fields, FirewallRecord& rule) {
  TRY(read_traffic(fields, rule));
  rule.sources = TRY(fields.blocks("source_cidr_list"));
  rule.destinations = TRY(fields.blocks("dest_cidr_list"));
  const auto sources = TRY(fields.list("source_cidr_list"));
  const auto destinations = TRY(fields.list("dest_cidr_list"));
  rule.has_other_family = (rule.sources.empty() && !sources.empty()) ||
                          (rule.destinations.empty() && !destinations.empty());
  return {};
}

}  // namespace

Result<AddressRecord> AddressRecord::read(const api::Json& item) {
  const Fields fields{item};
  AddressRecord record;
  record.address = TRY(read_own(fields, "public_ip", "netmask"));
  record.side = TRY(read_side(fields));
  record.is_source_nat = TRY(fields.flag("source_nat"));
  record.gateway = TRY(fields.address("gateway"));
  record.mac = TRY(fields.mac("vif_mac_address"));
  record.device = TRY(fields.number("nic_dev_id"));
  record.mtu = TRY(fields.number("mtu"));
  return record;
}

Result<TierRecord> TierRecord::read(const api::Json& content) {
  const Fields fields{content};
  TierRecord record;
  record.device = TRY(fields.needed_text("device"));
  record.mac = TRY(fields.mac("mac_address"));
  const bool has_mask = !TRY(fields.text("router_guest_netmask")).empty();
  record.address =
      TRY(read_own(fields, "router_guest_ip", has_mask ? "router_guest_netmask" : "cidr"));
  record.gateway = TRY(fields.address("router_guest_gateway"));
  record.domain = TRY(fields.text("domain_name"));
  record.mtu = TRY(fields.number("mtu"));
  for (const std::string& text : TRY(fields.list("dns"))) {
    const auto resolver = parse_address(text);
    if (!resolver) return fail_within("/dns", resolver.error());
    if (resolver->is_v4() && resolver->is_unicast()) record.resolvers.push_back(*resolver);
  }
  return record;
}

Result<FirewallRecord> FirewallRecord::read(const api::Json& item) {
  const Fields fields{item};
  FirewallRecord rule;
  rule.is_system = TRY(fields.needed_number("id")) == 0;
  const std::string direction = to_lower(TRY(fields.text("traffic_type")));
  if (direction != "ingress" && direction != "egress") {
    return fail(Fault::invalid, "/traffic_type", "is neither Ingress nor Egress");
  }
  rule.is_egress = direction == "egress";
  rule.allows_by_default = TRY(fields.flag("default_egress_policy"));
  rule.public_address = TRY(fields.address("src_ip"));
  TRY(read_matches(fields, rule));
  return rule;
}

Result<ForwardRecord> ForwardRecord::read(const api::Json& item) {
  const Fields fields{item};
  ForwardRecord rule;
  const auto protocol = TRY(read_protocol(fields));
  if (protocol != Protocol::tcp && protocol != Protocol::udp) {
    return fail(Fault::invalid, "/protocol", "only tcp and udp have ports to forward");
  }
  rule.protocol = *protocol;
  rule.public_endpoint.address = TRY(fields.needed_address("source_ip_address"));
  rule.public_endpoint.ports = TRY(read_range(fields, "source_port_range"));
  rule.private_endpoint.address = TRY(fields.needed_address("destination_ip_address"));
  rule.private_endpoint.ports = TRY(read_range(fields, "destination_port_range"));
  if (rule.public_endpoint.ports.size() != rule.private_endpoint.ports.size()) {
    return fail(Fault::invalid, "/destination_port_range",
                "has not as many ports as source_port_range");
  }
  rule.sources = TRY(fields.list("source_cidr_list"));
  TRY(fields.blocks("source_cidr_list"));
  return rule;
}

Result<StaticNatRecord> StaticNatRecord::read(const api::Json& item) {
  const Fields fields{item};
  StaticNatRecord rule;
  rule.public_address = TRY(fields.needed_address("source_ip_address"));
  rule.private_address = TRY(fields.needed_address("destination_ip_address"));
  return rule;
}

Result<GuestRecord> GuestRecord::read(const api::Json& content) {
  const Fields fields{content};
  GuestRecord record;
  record.name = TRY(fields.text("host_name"));
  const auto mac = TRY(fields.mac("mac_address"));
  if (!mac || mac->is_multicast()) {
    return fail(Fault::invalid, "/mac_address", "is not the address of one station");
  }
  record.mac = *mac;
  record.address = TRY(fields.needed_address("ipv4_address"));
  record.gateway = TRY(fields.address("default_gateway"));
  record.is_default_nic = TRY(fields.flag("default_entry", true));
  record.lease_time = TRY(fields.number("lease_time"));
  return record;
}

Result<MetadataRecord> MetadataRecord::read(const api::Json& content) {
  const Fields fields{content};
  MetadataRecord record;
  record.address = TRY(fields.needed_address("vm_ip_address"));
  const api::Json* const files = fields.find("vm_metadata");
  if (files == nullptr) return record;
  if (!files->is_array()) return fail(Fault::invalid, "/vm_metadata", "expected a list");
  for (std::size_t i = 0; i < files->size(); ++i) {
    const api::Json& file = (*files)[i];
    const std::string where = "/vm_metadata/" + std::to_string(i);
    const bool is_file = file.is_array() && file.size() >= 2 && file[0].is_string() &&
                         file[1].is_string() &&
                         (file.size() == 2 || file[2].is_null() || file[2].is_string());
    if (!is_file) return fail(Fault::invalid, where, "expected folder, name and content");
    const auto& folder = file[0].get_ref<const std::string&>();
    const bool is_null = file.size() == 2 || file[2].is_null();
    const std::string text = is_null ? "" : file[2].get<std::string>();
    if (!is_null && text.empty()) continue;  // the file is deleted
    if (folder == "userdata") {
      const auto data = metadata::parse_user_data(text);
      if (!data) return fail_within(where, data.error());
      record.user_data = text;
    } else if (folder == "metadata") {
      record.items.emplace_back(file[1].get<std::string>(), text);
    }
  }
  return record;
}

}  // namespace viaduct::cloudstack
