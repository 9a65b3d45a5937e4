#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <set>

#include "services/guest/dnsmasq/read.h"
#include "services/guest/dnsmasq/text.h"

namespace viaduct::dnsmasq {
namespace {

// Every file is the input, so that it is read as hosts and as options too.
class SameEverywhere final : public Files {
 public:
  explicit SameEverywhere(std::string text) : text_(std::move(text)) {}

  Result<std::string> read(const std::string& /*path*/) override { return text_; }
  Result<std::vector<std::string>> list(const std::string& path) override {
    if (!path.ends_with("directory")) return fail(Fault::not_found, "", "no directory");
    return std::vector<std::string>{"a.conf", "b~", "c"};
  }
  std::string identity(const std::string& path) override { return path; }

 private:
  std::string text_;
};

void insist(bool holds) {
  if (!holds) __builtin_trap();
}

void check_name(const std::string& name) {
  const auto again = domain_name(name);
  insist(again && *again == name);
}

void check_dhcp(const Configuration& configuration) {
  for (const auto& range : configuration.dhcp_ranges) {
    insist(range.source.line > 0);
    insist(range.first <= range.last && range.first.is_v4() == range.last.is_v4());
    if (range.network) insist(range.network->contains(range.first));
    if (range.network) insist(range.network->contains(range.last));
    insist(range.first.is_v4() || range.network);
    if (range.lease_seconds) insist(*range.lease_seconds >= 120);
  }
  std::set<Address> reserved;
  for (const auto& host : configuration.dhcp_hosts) {
    insist(host.source.line > 0);
    if (host.address) insist(host.address->is_v4() && reserved.insert(*host.address).second);
    for (const auto& block : host.addresses6) insist(!block.is_v4());
    if (!host.name.empty()) check_name(host.name);
  }
  for (const auto& option : configuration.dhcp_options) {
    insist(option.source.line > 0 && option.number > 0);
    insist(option.is_ipv6 || option.number <= 255);
    const auto* octets = std::get_if<Octets>(&option.data);
    if (octets != nullptr && !option.is_ipv6) insist(octets->size() <= 255);
    const auto* names = std::get_if<Names>(&option.data);
    if (names != nullptr) std::ranges::for_each(names->list, check_name);
  }
}

void check_dns(const Configuration& configuration) {
  for (const auto& server : configuration.servers) {
    if (server.target == UpstreamServer::Target::address) insist(server.server.port != 0);
    if (server.from) insist(server.from->address.is_v4() == server.server.address.is_v4());
  }
  for (const auto& record : configuration.host_records) {
    std::ranges::for_each(record.names, check_name);
  }
  for (const auto& entry : configuration.hosts) insist(!entry.names.empty());
}

}  // namespace
}  // namespace viaduct::dnsmasq

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {  // NOLINT
  using namespace viaduct::dnsmasq;                                                  // NOLINT
  SameEverywhere files{{data, data + size}};
  const auto configuration = read_configuration("main", files);
  if (!configuration) {
    insist(!configuration.error().where.empty() && !configuration.error().why.empty());
    return 0;
  }
  check_dhcp(*configuration);
  check_dns(*configuration);
  return 0;
}
