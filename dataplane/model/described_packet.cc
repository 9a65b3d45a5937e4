#include "dataplane/model/described_packet.h"

namespace viaduct {
namespace {

bool has_ports(Protocol protocol) {
  return protocol == Protocol::tcp || protocol == Protocol::udp;
}

Result<Endpoint> endpoint_of(Protocol protocol, const std::string& text, std::string_view where) {
  Endpoint endpoint;
  if (has_ports(protocol)) {
    const auto parsed = parse_endpoint(text);
    if (!parsed) return fail_within(where, parsed.error());
    endpoint = *parsed;
  } else {
    const auto parsed = parse_address(text);
    if (!parsed) return fail_within(where, parsed.error());
    endpoint.address = *parsed;
  }
  if (!endpoint.address.is_v4()) {
    return fail(Fault::invalid, std::string{where}, "only IPv4 is forwarded");
  }
  return endpoint;
}

}  // namespace

Result<void> DescribedPacket::check() const {
  if (tcp_flags.find_first_not_of(tcp_flag_letters) != tcp_flags.npos) {
    return fail(Fault::invalid, "/tcp_flags",
                "'" + tcp_flags + "' is not made of the letters " + std::string{tcp_flag_letters});
  }
  const unsigned type = icmp_type.value;
  const bool is_error = type == 3 || type == 11 || type == 12;
  if (protocol == Protocol::icmp && is_error) {
    return fail(Fault::invalid, "/icmp_type",
                "an error is about another packet, which cannot be described");
  }
  return {};
}

Result<Tuple> tuple_of(const DescribedPacket& packet) {
  return Tuple{packet.protocol, TRY(endpoint_of(packet.protocol, packet.source, "/source")),
               TRY(endpoint_of(packet.protocol, packet.destination, "/destination"))};
}

}  // namespace viaduct
