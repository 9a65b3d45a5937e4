#include "services/guest/dnsmasq/dhcp.h"
#include "services/guest/dnsmasq/option_data.h"
#include "services/guest/dnsmasq/option_kinds.h"
#include "services/guest/dnsmasq/text.h"

namespace viaduct::dnsmasq {
namespace {

Result<std::uint16_t> number_of(std::string_view word, bool is_ipv6) {
  const std::uint32_t highest = is_ipv6 ? 0xffff : 0xff;
  const auto number = whole_number(word).value_or(0);
  if (number == 0 || number > highest) return not_supported("option number " + shown(word));
  return static_cast<std::uint16_t>(number);
}

Result<void> take_named(std::string_view name, DhcpOption& option) {
  if (option.is_ipv6 && is_digits(name)) {
    option.number = TRY(number_of(name, true));
    return {};
  }
  const auto number = option_number(name, option.is_ipv6);
  if (!number) return bad("no option has the name " + shown(name));
  option.number = *number;
  return {};
}

Result<void> take_encapsulation(DhcpOption::Encapsulation encapsulation, DhcpOption& option) {
  if (!std::holds_alternative<std::monostate>(option.encapsulation)) {
    if (option.encapsulation.index() != encapsulation.index()) {
      return bad("only one of vendor:, encap: and vi-encap: can be given");
    }
    return not_supported("an encapsulation given twice");
  }
  option.encapsulation = std::move(encapsulation);
  return {};
}

// A word before the option: an encapsulation or a tag.
Result<void> take_prefix(std::string_view word, DhcpOption& option) {
  if (const auto vendor = after("vendor:", word)) {
    return take_encapsulation(DhcpOption::Vendor{revealed(*vendor)}, option);
  }
  if (const auto outer = after("encap:", word)) {
    const auto number = static_cast<std::uint8_t>(TRY(number_of(*outer, false)));
    return take_encapsulation(DhcpOption::Encapsulating{number}, option);
  }
  if (const auto enterprise = after("vi-encap:", word)) {
    const auto number = whole_number(*enterprise);
    if (!number) return not_supported("enterprise number " + shown(*enterprise));
    return take_encapsulation(DhcpOption::Enterprise{*number}, option);
  }
  option.tags.push_back(tag_match(tag_name(word).value_or(word)));
  return {};
}

enum class Word : std::uint8_t { prefix, number, name };

// A prefix, or the option itself by its number or its name.
Result<Word> take_word(std::string_view word, DhcpOption& option) {
  if (is_digits(word) || word.empty()) {
    option.number = TRY(number_of(word, false));
    return Word::number;
  }
  const auto name6 = after("option6:", word);
  option.is_ipv6 = name6.has_value();
  if (const auto name = name6 ? name6 : after("option:", word)) {
    TRY(take_named(*name, option));
    return Word::name;
  }
  TRY(take_prefix(word, option));
  return Word::prefix;
}

Result<void> check_encapsulation(const DhcpOption& option) {
  const bool is_enterprise = std::holds_alternative<DhcpOption::Enterprise>(option.encapsulation);
  const bool is_plain = std::holds_alternative<std::monostate>(option.encapsulation);
  if (option.is_ipv6 && !is_plain && !is_enterprise) {
    return bad("unsupported encapsulation for IPv6 option");
  }
  return {};
}

}  // namespace

// [TAG,...][ENCAPSULATION,]OPTION[,VALUE...]
Result<DhcpOption> parse_dhcp_option(std::string_view value) {
  DhcpOption option;
  std::optional<std::string_view> rest{value};
  Word last = Word::prefix;
  while (last == Word::prefix) {
    if (!rest) return bad("no option is given");
    const auto comma = rest->find(',');
    const auto word = trimmed(rest->substr(0, comma));
    rest = comma == std::string_view::npos ? std::nullopt : std::optional{rest->substr(comma + 1)};
    last = TRY(take_word(word, option));
  }
  TRY(check_encapsulation(option));
  if (!rest) return option;
  // A number inside another option is the vendor's; a name still is of what it names.
  const bool is_plain = std::holds_alternative<std::monostate>(option.encapsulation);
  const bool is_known = is_plain || last == Word::name;
  const auto kind = is_known ? option_kind(option.number, option.is_ipv6) : OptionKind{};
  option.data = TRY(option_data(trimmed(*rest), kind, option.is_ipv6));
  return option;
}

Result<DhcpBoot> parse_dhcp_boot(std::string_view value) {
  DhcpBoot boot;
  auto words = split(value, ',');
  auto word = words.begin();
  for (; word != words.end() && tag_name(*word); ++word) {
    boot.tags.push_back(tag_match(*tag_name(*word)));
  }
  if (word == words.end()) return bad("no file is given");
  boot.file = revealed(*word++);
  if (word != words.end()) boot.server_name = revealed(*word++);
  if (word != words.end()) boot.server = revealed(*word++);
  if (word != words.end()) return not_supported("more than three values");
  return boot;
}

Result<DhcpIgnore> parse_dhcp_ignore(std::string_view value) {
  DhcpIgnore ignore;
  for (const auto word : split(value, ',')) {
    // "#known" is how older files write "tag:!known".
    const auto name = tag_name(word).value_or(word);
    ignore.tags.push_back(tag_match(name));
    if (const auto negated = after("#", name)) ignore.tags.back() = {std::string{*negated}, false};
  }
  return ignore;
}

}  // namespace viaduct::dnsmasq
