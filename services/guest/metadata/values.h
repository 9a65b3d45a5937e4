#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/codec.h"

// What a guest's metadata is made of, and how it is written in JSON.
namespace viaduct::metadata {

constexpr std::size_t most_user_data = std::size_t{1} << 20;  // bytes
constexpr std::size_t most_items = 256;
constexpr std::size_t longest_name = 128;                      // bytes
constexpr std::size_t longest_content = std::size_t{1} << 16;  // bytes

// Bytes that a guest is given as they are; base64 (RFC 4648 4) in JSON.
struct UserData {
  std::string bytes;
  friend bool operator==(const UserData&, const UserData&) = default;
};

// Padding may be missing. Fault::invalid for other characters, Fault::too_large for more than
// most_user_data.
[[nodiscard]] Result<UserData> parse_user_data(std::string_view base64);
[[nodiscard]] std::string to_string(const UserData& data);

// Names and contents, in the order in which they are listed; an object of strings in JSON.
struct Items {
  std::vector<std::pair<std::string, std::string>> all;
  friend bool operator==(const Items&, const Items&) = default;
};

[[nodiscard]] Result<Items> read_items(const api::Json& json);
[[nodiscard]] api::Json write_items(const Items& items);

}  // namespace viaduct::metadata

namespace viaduct::api {

template <>
struct Codec<metadata::UserData> {
  static Result<metadata::UserData> read(const Json& json) {
    if (!json.is_string()) return tl::unexpected<Error>{expected("a string", json)};
    return metadata::parse_user_data(json.get_ref<const std::string&>());
  }
  static Json write(const metadata::UserData& data) { return to_string(data); }
  static Json schema() {
    return {{"type", "string"},
            {"format", "byte"},
            {"maxLength", (metadata::most_user_data + 2) / 3 * 4}};
  }
};

template <>
struct Codec<metadata::Items> {
  static Result<metadata::Items> read(const Json& json) { return metadata::read_items(json); }
  static Json write(const metadata::Items& items) { return metadata::write_items(items); }
  static Json schema() {
    return {
        {"type", "object"},
        {"maxProperties", metadata::most_items},
        {"additionalProperties", {{"type", "string"}, {"maxLength", metadata::longest_content}}}};
  }
};

}  // namespace viaduct::api
