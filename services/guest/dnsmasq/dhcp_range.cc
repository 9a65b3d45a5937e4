#include <algorithm>
#include <bit>
#include <span>

#include "services/guest/dnsmasq/dhcp.h"
#include "services/guest/dnsmasq/text.h"

namespace viaduct::dnsmasq {
namespace {

using Words = std::span<const std::string_view>;

constexpr unsigned shortest_prefix6 = 64;

auto malformed(std::string_view word) {
  return bad("unexpected " + shown(word));
}
auto too_short() {
  return bad("expected FIRST,LAST or FIRST,static");
}

// Whether a word before the addresses is a tag: it has a letter that no address has.
bool is_tag(std::string_view word) {
  constexpr std::string_view of_addresses = "0123456789abcdefABCDEF.: ";
  return word.find_first_not_of(of_addresses) != std::string_view::npos;
}

Result<void> take_tags(Words& words, DhcpRange& range) {
  for (; words.size() > 1 && is_tag(words.front()); words = words.subspan(1)) {
    const auto word = words.front();
    if (const auto tag = after("tag:", word)) {
      range.tags.push_back(tag_match(*tag));
    } else if (range.set_tag) {
      return bad("only one tag can be set");
    } else {
      range.set_tag = revealed(tag_name(word).value_or(word));
    }
  }
  return {};
}

// What ends either kind of range.
Result<void> take_lease(Words words, DhcpRange& range) {
  if (words.empty() || (words.size() == 1 && words.front().empty())) return {};
  if (words.size() > 1) return malformed(words[1]);
  range.is_deprecated = words.front() == "deprecated";
  if (range.is_deprecated) return {};
  const auto seconds = lease_seconds(words.front());
  if (!seconds) return malformed(words.front());
  range.lease_seconds = std::max(*seconds, shortest_lease);
  return {};
}

void put_in_order(DhcpRange& range) {
  if (range.last < range.first) std::swap(range.first, range.last);
}

Result<unsigned> mask_length(Address mask) {
  const std::uint32_t bits = mask.as_v4().host();
  const auto length = static_cast<unsigned>(std::countl_one(bits));
  if (std::popcount(bits) != static_cast<int>(length)) {
    return not_supported("netmask " + to_string(mask) + " has holes");
  }
  return length;
}

// FIRST,LAST|static[,NETMASK[,BROADCAST]][,LEASE]
Result<DhcpRange> take_ipv4(Words words, DhcpRange range) {
  range.last = range.first;
  if (words.front() == "proxy") return not_supported("proxy DHCP");
  if (words.front() != "static") {
    const auto last = ipv4(words.front());
    if (!last) return malformed(words.front());
    range.last = *last;
    range.is_dynamic = true;
  }
  words = words.subspan(1);
  const auto is_address = [&] {
    return !words.empty() && words.front().find('.') != std::string_view::npos;
  };
  if (is_address()) {
    const auto mask = ipv4(words.front());
    if (!mask) return malformed(words.front());
    range.network = Prefix{range.first, Address::v4_offset + TRY(mask_length(*mask))};
    if (!range.network->contains(range.last)) {
      return bad("inconsistent range: " + to_string(range.last) + " is not in " +
                 to_string(*range.network));
    }
    words = words.subspan(1);
    if (is_address()) {
      range.broadcast = ipv4(words.front());
      if (!range.broadcast) return malformed(words.front());
      words = words.subspan(1);
    }
  }
  TRY(take_lease(words, range));
  put_in_order(range);
  return range;
}

// Whether the word is a mode of IPv6 ranges, which is then set.
bool take_mode(std::string_view word, DhcpRange& range) {
  auto& advertisement = range.advertisement;
  if (word == "static") {
    range.is_dynamic = false;
  } else if (word == "ra-only") {
    advertisement.only = true;
  } else if (word == "slaac") {
    advertisement.slaac = true;
  } else if (word == "ra-stateless") {
    advertisement.stateless = true;
  } else if (word == "ra-names") {
    advertisement.names = true;
  } else if (word == "ra-advrouter") {
    advertisement.router_address = true;
  } else if (word == "off-link") {
    advertisement.off_link = true;
  } else if (const auto interface = after("constructor:", word)) {
    range.constructor = revealed(*interface);
  } else {
    return false;
  }
  return true;
}

Result<void> check_ipv6(const DhcpRange& range) {
  const auto& advertisement = range.advertisement;
  const bool advertises = advertisement.only || advertisement.slaac || advertisement.stateless ||
                          advertisement.names || advertisement.router_address;
  const unsigned length = range.network->length();
  if (length < shortest_prefix6) return bad("prefix length must be at least 64");
  if (advertises && length != shortest_prefix6) {
    return bad("prefix length must be exactly 64 where the router is advertised");
  }
  if (!range.network->contains(range.last)) {
    return bad("inconsistent range: " + to_string(range.last) + " is not in " +
               to_string(*range.network));
  }
  if (range.constructor && range.network->base() != Address{}) {
    return bad("prefix must be zero with 'constructor:'");
  }
  return {};
}

// FIRST[,LAST][,MODE...][,PREFIX LENGTH][,LEASE]
Result<DhcpRange> take_ipv6(Words words, DhcpRange range) {
  range.last = range.first;
  range.is_dynamic = true;
  if (const auto last = address(words.front())) {
    if (last->is_v4()) return malformed(words.front());
    range.last = *last;
    words = words.subspan(1);
  }
  while (!words.empty() && take_mode(words.front(), range)) words = words.subspan(1);
  if (range.advertisement.only || range.advertisement.stateless) range.is_dynamic = false;

  unsigned length = shortest_prefix6;
  if (!words.empty() && (words.front().empty() || is_digits(words.front()))) {
    const auto number = whole_number(words.front()).value_or(0);
    if (number <= Address::bits) {
      length = number;
      words = words.subspan(1);
    }
  }
  TRY(take_lease(words, range));
  range.network = Prefix{range.first, length};
  TRY(check_ipv6(range));
  put_in_order(range);
  return range;
}

}  // namespace

Result<DhcpRange> parse_dhcp_range(std::string_view value) {
  const auto all = split(value, ',');
  Words words{all};
  DhcpRange range;
  TRY(take_tags(words, range));
  const auto first = address(words.front());
  if (!first) return malformed(words.front());
  if (words.size() < 2) return too_short();
  range.first = *first;
  const bool is_mapped = first->is_v4() && words.front().find(':') != std::string_view::npos;
  if (is_mapped) return not_supported("an IPv4 address written as an IPv6 one");
  return first->is_v4() ? take_ipv4(words.subspan(1), std::move(range))
                        : take_ipv6(words.subspan(1), std::move(range));
}

}  // namespace viaduct::dnsmasq
