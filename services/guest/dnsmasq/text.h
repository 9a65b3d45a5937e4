#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/net.h"
#include "base/result.h"
#include "services/guest/dnsmasq/configuration.h"

// The small words of dnsmasq's syntax. Errors have no `where`: whoever knows the line adds it.
namespace viaduct::dnsmasq {

// Inside quotes these separate nothing, and nothing is a number or an address. Until a value is put
// to use, both are told by control characters, which lines do not hold otherwise.
inline constexpr std::string_view quotable = ",:.#";
inline constexpr char quote_mark = 5;  // before a text that was in quotes
char concealed(char separator);        // REQUIRES: it is one of `quotable`
std::string revealed(std::string_view text);

std::string_view trimmed(std::string_view text);
// The pieces between separators, trimmed; one empty piece if the text is empty.
std::vector<std::string_view> split(std::string_view text, char separator);
// What follows a prefix, or nothing if the text does not begin with it.
std::optional<std::string_view> after(std::string_view prefix, std::string_view text);

bool is_digits(std::string_view text);  // at least one, and nothing else
// Digits only; a number too large for 32 bits is the largest that fits.
std::optional<std::uint32_t> whole_number(std::string_view text);
std::optional<Address> address(std::string_view text);
std::optional<Address> ipv4(std::string_view text);
// Seconds, minutes, hours, days or weeks ("45m"), or "infinite"; the unit alone stands for zero.
std::optional<std::uint32_t> lease_seconds(std::string_view text);

TagMatch tag_match(std::string_view text);
// What stands behind tag:, set: or the older net:, or nothing if none of them does.
std::optional<std::string_view> tag_name(std::string_view text);

// A domain name in its ASCII form (RFC 5891), without a trailing dot: labels of 1 to 63 octets, 253
// altogether (RFC 1035 2.3.4). Letters other than ASCII are taken as UTF-8.
Result<std::string> domain_name(std::string_view text);

tl::unexpected<Error> bad(std::string why);
// What dnsmasq takes and we do not.
tl::unexpected<Error> not_supported(std::string why);

// 'text', revealed, with a dot for each control character.
std::string shown(std::string_view text);

}  // namespace viaduct::dnsmasq
