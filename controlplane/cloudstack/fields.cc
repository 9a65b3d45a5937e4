#include "controlplane/cloudstack/fields.h"

#include <bit>
#include <charconv>
#include <limits>

#include "api/codec.h"

namespace viaduct::cloudstack {
namespace {

constexpr std::size_t longest_quote = 64;  // bytes of what was read, in an error

auto invalid(std::string_view name, std::string why) {
  return fail(Fault::invalid, "/" + std::string{name}, std::move(why));
}

std::string in_quotes(std::string_view text) {
  return "'" + std::string{text.substr(0, longest_quote)} + "'";
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  const auto first = text.find_first_not_of(blanks);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

template <class Number>
std::optional<Number> parse_number(std::string_view text) {
  Number number = 0;
  const auto [stop, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_whole = problem == std::errc{} && stop == text.data() + text.size();
  return is_whole ? std::optional{number} : std::nullopt;
}

}  // namespace

Result<void> Fields::check() const {
  if (object_.is_object()) return {};
  return tl::unexpected<Error>{api::expected("an object", object_)};
}

const api::Json* Fields::find(std::string_view name) const {
  if (!object_.is_object()) return nullptr;
  const auto field = object_.find(std::string{name});
  return field == object_.end() || field->is_null() ? nullptr : &*field;
}

Result<std::string> Fields::text(std::string_view name) const {
  const api::Json* const field = find(name);
  if (field == nullptr) return std::string{};
  if (field->is_string()) return field->get<std::string>();
  if (field->is_number() || field->is_boolean()) return field->dump();
  return invalid(name, "expected a string, got " + std::string{field->type_name()});
}

Result<std::string> Fields::needed_text(std::string_view name) const {
  std::string value = TRY(text(name));
  if (value.empty()) return invalid(name, "missing");
  return value;
}

Result<bool> Fields::flag(std::string_view name, bool otherwise) const {
  const std::string value = TRY(text(name));
  if (value.empty()) return otherwise;
  if (value == "true" || value == "1") return true;
  if (value == "false" || value == "0") return false;
  return invalid(name, in_quotes(value) + " is neither true nor false");
}

Result<std::optional<std::uint64_t>> Fields::number(std::string_view name) const {
  const std::string value = TRY(text(name));
  if (value.empty() || value == "-1") return std::optional<std::uint64_t>{};
  if (const auto number = parse_number<std::uint64_t>(value)) return number;
  return invalid(name, in_quotes(value) + " is not a whole number");
}

Result<std::uint64_t> Fields::needed_number(std::string_view name) const {
  const auto value = TRY(number(name));
  if (!value) return invalid(name, "missing");
  return *value;
}

Result<std::optional<Address>> Fields::address(std::string_view name) const {
  const std::string value = TRY(text(name));
  if (value.empty() || value == "null") return std::optional<Address>{};
  const auto address = parse_address(value);
  if (!address || !address->is_v4()) return invalid(name, in_quotes(value) + " is no IPv4 address");
  return std::optional{*address};
}

Result<Address> Fields::needed_address(std::string_view name) const {
  const auto value = TRY(address(name));
  if (!value) return invalid(name, "missing");
  if (!value->is_unicast()) return invalid(name, to_string(*value) + " is no station's address");
  return *value;
}

Result<std::optional<Mac>> Fields::mac(std::string_view name) const {
  std::string value = TRY(text(name));
  if (value.empty()) return std::optional<Mac>{};
  for (char& c : value) c = c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
  const auto mac = parse_mac(value);
  if (!mac) return invalid(name, in_quotes(value) + " is no Ethernet address");
  return std::optional{*mac};
}

Result<std::vector<std::string>> Fields::list(std::string_view name) const {
  const api::Json* const field = find(name);
  if (field == nullptr) return std::vector<std::string>{};
  if (field->is_string()) return split_list(field->get_ref<const std::string&>());
  if (!field->is_array()) return invalid(name, "expected a list");
  std::vector<std::string> all;
  all.reserve(field->size());
  for (const api::Json& item : *field) {
    if (item.is_null()) continue;
    if (!item.is_string()) return invalid(name, "expected a list of strings");
    for (std::string& part : split_list(item.get_ref<const std::string&>())) {
      all.push_back(std::move(part));
    }
  }
  return all;
}

Result<std::vector<Prefix>> Fields::blocks(std::string_view name) const {
  std::vector<Prefix> all;
  const std::vector<std::string> texts = TRY(list(name));
  all.reserve(texts.size());
  for (const std::string& text : texts) {
    const auto block = parse_block(text);
    if (!block) return invalid(name, in_quotes(text) + " is no block of addresses");
    if (block->is_v4()) all.push_back(*block);
  }
  return all;
}

Result<Prefix> parse_block(std::string_view text) {
  const auto slash = text.find('/');
  const Address address = TRY(parse_address(text.substr(0, slash)));
  if (slash == text.npos) return Prefix::host(address);
  const auto length = parse_number<unsigned>(text.substr(slash + 1));
  const unsigned longest = address.is_v4() ? Address::bits - Address::v4_offset : Address::bits;
  if (!length || *length > longest) {
    return fail(Fault::invalid, "", in_quotes(text) + " is no block of addresses");
  }
  return Prefix{address, *length + (address.is_v4() ? Address::v4_offset : 0U)};
}

Result<unsigned> parse_mask(std::string_view text) {
  constexpr unsigned bits = 32;
  constexpr unsigned shortest = 8;
  const auto is_fit = [](unsigned length) { return length >= shortest && length <= bits; };
  if (const auto length = parse_number<unsigned>(text); length && is_fit(*length)) return *length;
  const auto mask = parse_address(text);
  if (mask && mask->is_v4()) {
    const std::uint32_t value = mask->as_v4().host();
    const auto length = static_cast<unsigned>(std::countl_one(value));
    if (is_fit(length) && (length == bits || value << length == 0)) return length;
  }
  return fail(Fault::invalid, "", in_quotes(text) + " is no mask");
}

InterfaceAddress in_network(const Address& address, unsigned length) {
  return {address, Prefix{address, Address::v4_offset + length}};
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const auto comma = text.find(',');
    const std::string_view part = trimmed(text.substr(0, comma));
    if (!part.empty()) parts.emplace_back(part);
    text = comma == text.npos ? std::string_view{} : text.substr(comma + 1);
  }
  return parts;
}

}  // namespace viaduct::cloudstack
