#include "services/guest/dhcp/served_subnet.h"

#include <algorithm>
#include <utility>

#include "services/guest/dhcp/encoding.h"

namespace viaduct::dhcp {
namespace {

bool is_default(const Route& route) {
  return route.destination.written_length() == 0;
}

}  // namespace

ServedSubnet::ServedSubnet(Subnet settings)
    : unused(settings.ranges),
      lapsed(settings.ranges),
      kept(settings.ranges),
      settings_(std::move(settings)) {
  prepare_routes();
  if (settings_.router) {
    prepare(Code::router, encode_addresses({*settings_.router}), Audience::default_interfaces);
  }
  prepare(Code::domain_name_servers, encode_addresses(settings_.dns_servers),
          Audience::default_interfaces);
  const ByteView domain = bytes_of(settings_.domain);
  prepare(Code::domain_name, {domain.begin(), domain.end()}, Audience::default_interfaces);
  prepare(Code::domain_search, encode_search(settings_.search), Audience::default_interfaces);
  if (settings_.mtu) {
    Bytes mtu;
    append16(mtu, *settings_.mtu);
    prepare(Code::interface_mtu, std::move(mtu), Audience::all);
  }
  prepare(Code::broadcast_address, encode_addresses({settings_.subnet.last()}), Audience::all);
  prepare(Code::ntp_servers, encode_addresses(settings_.ntp_servers), Audience::all);
}

void ServedSubnet::prepare(Code code, Bytes value, Audience audience) {
  if (!value.empty()) options_.push_back({code, std::move(value), audience});
}

void ServedSubnet::prepare_routes() {
  std::vector<Route> all = settings_.routes;
  std::vector<Route> specific = all;
  std::erase_if(specific, is_default);
  // A client that takes these routes ignores the router option (RFC 3442), so the default one is
  // among them.
  if (!all.empty() && specific.size() == all.size() && settings_.router) {
    all.push_back({Prefix{Address::v4({}), Address::v4_offset}, *settings_.router});
  }
  for (const Code code : {Code::classless_routes, Code::microsoft_routes}) {
    prepare(code, encode_routes(all), Audience::default_interfaces);
    prepare(code, encode_routes(specific), Audience::other_interfaces);
  }
}

bool ServedSubnet::admits_new_client(Time now) {
  if (now != second_) {
    second_ = now;
    new_clients_ = 0;
  }
  return new_clients_++ < settings_.new_clients_per_second;
}

}  // namespace viaduct::dhcp
