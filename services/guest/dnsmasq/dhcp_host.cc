#include <algorithm>

#include "services/guest/dnsmasq/dhcp.h"
#include "services/guest/dnsmasq/hexadecimal.h"
#include "services/guest/dnsmasq/text.h"

namespace viaduct::dnsmasq {
namespace {

Result<MacPattern> mac_pattern(std::string_view word) {
  std::string_view digits = word;
  if (const auto dash = word.find('-'); dash != std::string_view::npos) {
    const auto type = TRY(plain_hex_octets(word.substr(0, dash)));
    if (type.size() != 1 || type.front() != 1) {
      return not_supported("hardware addresses other than Ethernet's: " + shown(word));
    }
    digits = word.substr(dash + 1);
  }
  const auto octets = TRY(hex_octets(digits));
  MacPattern pattern;
  if (octets.size() != pattern.address.bytes.size()) {
    return not_supported("hardware addresses other than Ethernet's: " + shown(word));
  }
  for (std::size_t i = 0; i < octets.size(); ++i) {
    if (octets[i]) {
      pattern.address.bytes[i] = *octets[i];
    } else {
      pattern.wildcards = static_cast<std::uint8_t>(pattern.wildcards | 1U << i);
    }
  }
  return pattern;
}

// [ADDRESS] or [ADDRESS/LENGTH]
Result<Prefix> bracketed(std::string_view word) {
  const auto inside = word.substr(1, word.size() - 2);
  const auto slash = std::min(inside.find('/'), inside.size());
  const auto base = address(inside.substr(0, slash));
  if (!base || base->is_v4()) return bad("bad IPv6 address " + shown(word));
  const auto written = inside.substr(std::min(slash + 1, inside.size()));
  if (written.empty()) return Prefix::host(*base);
  const auto length = whole_number(written);
  if (!length || *length > Address::bits) return bad("bad IPv6 prefix " + shown(word));
  if (*length == 0) return not_supported("a block of every IPv6 address");
  const Prefix block{*base, *length};
  if (block.base() != *base) return bad("bad IPv6 prefix " + shown(word) + ": host bits are set");
  return block;
}

Result<void> take_client_id(std::string_view id, DhcpHost& host) {
  if (id == "*") {
    host.ignores_client_id = true;
  } else if (id.empty()) {
    return not_supported("an empty client identifier");
  } else if (id.find(':') != std::string_view::npos) {
    host.client_id = TRY(plain_hex_octets(id));
  } else {
    const std::string plain = revealed(id);
    host.client_id.emplace(plain.begin(), plain.end());
  }
  return {};
}

// A host's own name, with or without its domain (RFC 952, RFC 1123 2.1, and '_').
Result<std::string> host_name(std::string_view word) {
  constexpr std::string_view first =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  std::string name = TRY(domain_name(word));
  const std::string_view label = std::string_view{name}.substr(0, name.find('.'));
  const bool is_name = first.find(label.front()) != std::string_view::npos &&
                       std::ranges::all_of(label, [&](char c) {
                         return c == '-' || c == '_' || first.find(c) != std::string_view::npos;
                       });
  if (!is_name) return bad("bad host name " + shown(word));
  return name;
}

bool is_client_id(std::string_view word) {
  return word.size() > 2 && (word[0] == 'i' || word[0] == 'I') &&
         (word[1] == 'd' || word[1] == 'D') && word[2] == ':';
}

// A word with a colon says by it what it is.
Result<void> take_marked(std::string_view word, DhcpHost& host) {
  if (word.starts_with('[') && word.ends_with(']')) {
    host.addresses6.push_back(TRY(bracketed(word)));
  } else if (is_client_id(word)) {
    TRY(take_client_id(word.substr(3), host));
  } else if (const auto tag = after("tag:", word)) {
    host.tags.push_back(tag_match(*tag));
  } else if (const auto set = tag_name(word)) {
    host.set_tags.push_back(revealed(*set));
  } else {
    host.macs.push_back(TRY(mac_pattern(word)));
  }
  return {};
}

Result<void> take_word(std::string_view word, DhcpHost& host) {
  if (word.find(':') != std::string_view::npos) return take_marked(word, host);
  if (const auto reserved = ipv4(word)) {
    host.address = *reserved;
  } else if (word == "ignore") {
    host.is_ignored = true;
  } else if (word == "infinite") {
    host.lease_seconds = infinite_lease;
  } else if (const auto seconds = lease_seconds(word); seconds && is_digits(word.substr(0, 1))) {
    host.lease_seconds = std::max(*seconds, shortest_lease);
  } else {
    host.name = TRY(host_name(word));
  }
  return {};
}

}  // namespace

Result<DhcpHost> parse_dhcp_host(std::string_view value) {
  DhcpHost host;
  for (const auto word : split(value, ',')) {
    if (!word.empty()) TRY(take_word(word, host));
  }
  return host;
}

}  // namespace viaduct::dnsmasq
