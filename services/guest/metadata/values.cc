#include "services/guest/metadata/values.h"

#include <algorithm>
#include <cstdint>
#include <set>

#include "services/guest/web/message.h"

namespace viaduct::metadata {
namespace {

constexpr std::string_view user_data = "user-data";  // a file that is no item

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// Graphic ASCII but '/', which parts paths, and '?', which ends them.
bool is_name(std::string_view name) {
  const auto is_of_name = [](char c) { return c > ' ' && c <= '~' && c != '/' && c != '?'; };
  return !name.empty() && name.size() <= longest_name && std::ranges::all_of(name, is_of_name);
}

Result<void> check_item(std::string_view name, const api::Json& content) {
  if (!is_name(name)) {
    return fail(Fault::invalid, "",
                "a name is 1 to " + std::to_string(longest_name) +
                    " printable ASCII characters without blanks, '/' and '?'");
  }
  if (web::to_lower(name) == user_data) {
    return fail(Fault::invalid, "", "is where the guest finds its user data");
  }
  if (!content.is_string()) return tl::unexpected<Error>{api::expected("a string", content)};
  if (content.get_ref<const std::string&>().size() > longest_content) {
    return fail(Fault::too_large, "", "longer than " + std::to_string(longest_content) + " bytes");
  }
  return {};
}

}  // namespace

Result<UserData> parse_user_data(std::string_view base64) {
  if (base64.size() > (most_user_data + 2) / 3 * 4) {
    return fail(Fault::too_large, "", "more than " + std::to_string(most_user_data) + " bytes");
  }
  std::string_view digits = base64;
  if (base64.size() % 4 == 0 && digits.ends_with('=')) digits.remove_suffix(1);
  if (base64.size() % 4 == 0 && digits.ends_with('=')) digits.remove_suffix(1);
  if (digits.size() % 4 == 1) return fail(Fault::invalid, "", "is not whole base64");
  UserData data;
  data.bytes.reserve(digits.size() / 4 * 3 + 2);
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const char digit : digits) {
    const auto value = alphabet.find(digit);
    if (value == std::string_view::npos) return fail(Fault::invalid, "", "is not base64");
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    data.bytes.push_back(static_cast<char>(bits >> count & 0xff));
  }
  if (data.bytes.size() > most_user_data) {
    return fail(Fault::too_large, "", "more than " + std::to_string(most_user_data) + " bytes");
  }
  return data;
}

std::string to_string(const UserData& data) {
  std::string text;
  text.reserve((data.bytes.size() + 2) / 3 * 4);
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const char c : data.bytes) {
    bits = bits << 8 | static_cast<std::uint8_t>(c);
    for (count += 8; count >= 6; count -= 6) text += alphabet[bits >> (count - 6) & 0x3f];
  }
  if (count != 0) text += alphabet[bits << (6 - count) & 0x3f];
  while (text.size() % 4 != 0) text += '=';
  return text;
}

Result<Items> read_items(const api::Json& json) {
  if (!json.is_object()) return tl::unexpected<Error>{api::expected("an object of strings", json)};
  if (json.size() > most_items) {
    return fail(Fault::too_large, "", "more than " + std::to_string(most_items) + " items");
  }
  Items items;
  std::set<std::string> known;
  for (const auto& [name, content] : json.items()) {
    const std::string where = "/" + api::pointer_token(name);
    const auto outcome = check_item(name, content);
    if (!outcome) return fail_within(where, outcome.error());
    if (!known.insert(web::to_lower(name)).second) {
      return fail(Fault::conflict, where, "differs from another name in case alone");
    }
    items.all.emplace_back(name, content.get<std::string>());
  }
  return items;
}

api::Json write_items(const Items& items) {
  api::Json json = api::Json::object();
  for (const auto& [name, content] : items.all) api::append(json, name, content);
  return json;
}

}  // namespace viaduct::metadata
