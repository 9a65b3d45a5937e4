#include "services/guest/serving/dnsmasq_options.h"

#include <algorithm>

#include "services/guest/dhcp/encoding.h"

namespace viaduct::serving {
namespace {

using dnsmasq::DhcpOption;
using dnsmasq::Source;

// Tags that dnsmasq sets by itself, and that none of our clients is given.
bool is_built_in(const std::string& tag) {
  return tag == "known-othernet" || tag == "bootp" || tag == "dhcpv6";
}

// The one tag that a client of the subnet must have besides; empty if it need not have any. Nothing
// if clients of the subnet never have what is wanted.
Result<std::optional<std::string>> tag_left(const Source& source,
                                            const std::vector<dnsmasq::TagMatch>& wanted,
                                            const SubnetTags& tags) {
  const auto is_never = [&](const dnsmasq::TagMatch& match) {
    return (match.is_set ? tags.of_none : tags.of_all).contains(match.tag);
  };
  if (std::ranges::any_of(wanted, is_never)) return std::optional<std::string>{};
  std::string left;
  for (const auto& [tag, is_set] : wanted) {
    if (is_built_in(tag)) return unsupported(source, "the tag '" + tag + "'");
    if ((is_set ? tags.of_all : tags.of_none).contains(tag)) continue;
    if (!is_set) return unsupported(source, "an option for clients without a tag");
    if (!left.empty()) return unsupported(source, "an option for clients with two tags");
    left = tag;
  }
  return std::optional{left};
}

// 0.0.0.0 stands for the server itself.
std::vector<Address> addresses_of(const std::vector<Address>& said, const Address& server) {
  std::vector<Address> addresses = said;
  std::ranges::replace(addresses, Address::v4({}), server);
  return addresses;
}

struct Encode {
  const Address& server;
  dhcp::Bytes operator()(const std::monostate& /*withheld*/) const { return {}; }
  dhcp::Bytes operator()(const std::vector<Address>& addresses) const {
    return dhcp::encode_addresses(addresses_of(addresses, server));
  }
  dhcp::Bytes operator()(const dnsmasq::Names& names) const {
    return dhcp::encode_search(names.list);
  }
  dhcp::Bytes operator()(const std::vector<dnsmasq::ClasslessRoute>& said) const {
    std::vector<dhcp::Route> routes;
    routes.reserve(said.size());
    for (const auto& [destination, router] : said) routes.push_back({destination, router});
    return dhcp::encode_routes(routes);
  }
  dhcp::Bytes operator()(const std::string& text) const { return {text.begin(), text.end()}; }
  dhcp::Bytes operator()(const dnsmasq::Octets& octets) const { return octets; }
};

constexpr std::size_t longest_option = 255;
constexpr auto vendor_options = static_cast<dhcp::Code>(43);  // RFC 2132 8.4

// The option that holds this one, as far as it was said before.
dhcp::Option& holder_in(dhcp::Subnet& subnet, dhcp::Code code, const std::string& tag) {
  const auto same = std::ranges::find_if(subnet.options, [&](const dhcp::Option& option) {
    return option.code == code && option.tag == tag;
  });
  if (same != subnet.options.end()) return *same;
  return subnet.options.emplace_back(dhcp::Option{.code = code, .tag = tag});
}

// Clients of whose vendor class this is a part have the tag that is returned.
std::string tag_of_vendor(dhcp::Subnet& subnet, const std::string& vendor_class) {
  std::string tag = "vendor-" + dhcp::to_hex(dhcp::bytes_of(vendor_class));
  dhcp::Match match{.tag = tag, .code = dhcp::Code::vendor_class};
  match.value.assign(vendor_class.begin(), vendor_class.end());
  if (std::ranges::find(subnet.matches, match) == subnet.matches.end()) {
    subnet.matches.push_back(std::move(match));
  }
  return tag;
}

// An option inside of another one.
Result<void> add_inner_option(dhcp::Subnet& subnet, std::string tag, const DhcpOption& said,
                              const dhcp::Bytes& value) {
  if (std::holds_alternative<DhcpOption::Enterprise>(said.encapsulation)) {
    return unsupported(said.source, "an option of an enterprise");
  }
  dhcp::Code code = vendor_options;
  if (const auto* outer = std::get_if<DhcpOption::Encapsulating>(&said.encapsulation)) {
    code = static_cast<dhcp::Code>(outer->option);
  }
  const auto* vendor = std::get_if<DhcpOption::Vendor>(&said.encapsulation);
  if (vendor != nullptr && !vendor->vendor_class.empty()) {
    if (!tag.empty()) return unsupported(said.source, "a vendor's option for clients with a tag");
    tag = tag_of_vendor(subnet, vendor->vendor_class);
  }
  dhcp::Option& holder = holder_in(subnet, code, tag);
  holder.is_forced |= said.is_forced;
  holder.value.push_back(static_cast<std::uint8_t>(said.number));
  holder.value.push_back(static_cast<std::uint8_t>(value.size()));
  dhcp::append(holder.value, value);
  if (holder.value.size() <= longest_option) return {};
  return unsupported(said.source, "an option of so many bytes");
}

Result<void> add_option(dhcp::Subnet& subnet, const SubnetTags& tags, const DhcpOption& said) {
  if (said.is_ipv6) return unsupported(said.source, "DHCPv6");
  const auto tag = TRY(tag_left(said.source, said.tags, tags));
  if (!tag) return {};
  dhcp::Bytes value = std::visit(Encode{subnet.server}, said.data);
  if (value.size() > longest_option) {
    return unsupported(said.source, "an option of so many bytes");
  }
  if (!std::holds_alternative<std::monostate>(said.encapsulation)) {
    return add_inner_option(subnet, *tag, said, value);
  }
  dhcp::Option option{.code = static_cast<dhcp::Code>(said.number),
                      .tag = *tag,
                      .is_forced = said.is_forced,
                      .value = std::move(value)};
  // The last one that is said counts.
  std::erase_if(subnet.options, [&](const dhcp::Option& other) {
    return other.code == option.code && other.tag == option.tag;
  });
  subnet.options.push_back(std::move(option));
  return {};
}

Result<void> add_boot(dhcp::Subnet& subnet, const SubnetTags& tags, const dnsmasq::DhcpBoot& boot) {
  const auto tag = TRY(tag_left(boot.source, boot.tags, tags));
  if (!tag) return {};
  if (!tag->empty()) {
    if (!boot.server_name.empty() || !boot.server.empty()) {
      return unsupported(boot.source, "a boot server for clients with a tag");
    }
    subnet.tagged_boot_files.push_back({*tag, boot.file});
    return {};
  }
  subnet.boot_file = boot.file;
  subnet.boot_server_name = boot.server_name;
  if (boot.server.empty()) return {};
  const auto server = parse_address(boot.server);
  if (!server) return unsupported(boot.source, "a boot server by its name");
  subnet.next_server = *server;
  return {};
}

}  // namespace

Result<void> add_options(dhcp::Subnet& subnet, const SubnetTags& tags,
                         const dnsmasq::Configuration& configuration) {
  for (const auto& option : configuration.dhcp_options) TRY(add_option(subnet, tags, option));
  for (const auto& boot : configuration.dhcp_boots) TRY(add_boot(subnet, tags, boot));
  return {};
}

}  // namespace viaduct::serving
