#include "services/guest/dhcp/settings.h"

#include <algorithm>

#include "api/collections.h"

namespace viaduct::dhcp {
namespace {

constexpr std::size_t most_ranges = 64;
constexpr std::size_t most_routes = 64;
constexpr std::size_t longest_domain = 253;
constexpr std::size_t longest_label = 63;

auto invalid(std::string where, std::string why) {
  return fail(Fault::invalid, std::move(where), std::move(why));
}

Result<void> check_lease_time(std::uint32_t time) {
  if (time == 0 || time >= shortest_lease) return {};
  return invalid("/lease_time", std::to_string(time) + " is neither 0 nor at least " +
                                    std::to_string(shortest_lease) + " seconds");
}

Result<void> check_station(const std::string& where, const Address& address) {
  if (address.is_v4() && address.is_unicast()) return {};
  return invalid(where, to_string(address) + " is not the IPv4 address of one station");
}

Result<void> check_stations(const std::string& where, const std::vector<Address>& addresses) {
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    TRY(check_station(where + "/" + std::to_string(i), addresses[i]));
  }
  return {};
}

Result<void> check_domain(const std::string& where, const std::string& domain) {
  if (is_domain_name(domain)) return {};
  return invalid(where, "'" + domain + "' is not a domain name");
}

Result<void> check_ranges(const Subnet& subnet) {
  if (subnet.ranges.size() > most_ranges) {
    return invalid("/ranges", "more than " + std::to_string(most_ranges));
  }
  std::uint64_t size = 0;
  for (std::size_t i = 0; i < subnet.ranges.size(); ++i) {
    const AddressRange& range = subnet.ranges[i];
    const std::string where = "/ranges/" + std::to_string(i);
    if (!subnet.subnet.contains(range.first) || !subnet.subnet.contains(range.last)) {
      return invalid(where, to_string(range) + " is not within " + to_string(subnet.subnet));
    }
    for (std::size_t j = 0; j < i; ++j) {
      const AddressRange& other = subnet.ranges[j];
      if (range.first <= other.last && other.first <= range.last) {
        return invalid(where, to_string(range) + " overlaps " + to_string(other));
      }
    }
    size += range.size();
  }
  if (size <= most_range_addresses) return {};
  return invalid("/ranges", "more than " + std::to_string(most_range_addresses) + " addresses");
}

Result<void> check_addresses(const Subnet& subnet) {
  TRY(check_station("/server", subnet.server));
  if (subnet.router) TRY(check_station("/router", *subnet.router));
  if (subnet.next_server) TRY(check_station("/next_server", *subnet.next_server));
  TRY(check_stations("/dns_servers", subnet.dns_servers));
  return check_stations("/ntp_servers", subnet.ntp_servers);
}

Result<void> check_domains(const Subnet& subnet) {
  if (!subnet.domain.empty()) TRY(check_domain("/domain", subnet.domain));
  for (std::size_t i = 0; i < subnet.search.size(); ++i) {
    TRY(check_domain("/search/" + std::to_string(i), subnet.search[i]));
  }
  return {};
}

}  // namespace

bool is_domain_name(std::string_view text) {
  if (text.empty() || text.size() > longest_domain) return false;
  std::size_t label = 0;
  for (const char letter : text) {
    const bool is_in_label = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
                             (letter >= '0' && letter <= '9') || letter == '-' || letter == '_';
    if (letter == '.' && label > 0) {
      label = 0;
    } else if (!is_in_label || ++label > longest_label) {
      return false;
    }
  }
  return label > 0;
}

bool Subnet::is_in_range(const Address& address) const {
  return takes(address) &&
         std::ranges::any_of(ranges, [&](const auto& range) { return range.contains(address); });
}

Result<void> Subnet::check() const {
  if (!subnet.is_v4() || subnet.written_length() < 8 || subnet.written_length() > 30) {
    return invalid("/subnet", to_string(subnet) + " is not an IPv4 subnet from /8 to /30");
  }
  if (routes.size() > most_routes) {
    return invalid("/routes", "more than " + std::to_string(most_routes));
  }
  TRY(check_ranges(*this));
  TRY(check_lease_time(lease_time));
  TRY(check_addresses(*this));
  return check_domains(*this);
}

Result<void> Reservation::check() const {
  if (!mac && !client_id) return invalid("/mac", "needs this or client_id");
  if (mac && (mac->is_multicast() || *mac == Mac{})) {
    return invalid("/mac", to_string(*mac) + " is not the address of one station");
  }
  TRY(check_station("/address", address));
  if (!host_name.empty()) TRY(check_domain("/host_name", host_name));
  if (lease_time) TRY(check_lease_time(*lease_time));
  for (std::size_t i = 0; i < tags.size(); ++i) {
    if (!api::is_id(tags[i])) {
      return invalid("/tags/" + std::to_string(i), "'" + tags[i] + "' is not a tag");
    }
  }
  return {};
}

}  // namespace viaduct::dhcp

VIADUCT_DEFINE_RESOURCE(viaduct::dhcp::Subnet);
VIADUCT_DEFINE_RESOURCE(viaduct::dhcp::Reservation);
