#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/json.h"
#include "base/net.h"

// How each vocabulary type crosses the wire: read() from JSON, write() to JSON, schema() for
// OpenAPI. A new type needs exactly one specialisation of Text, Names or Codec.
namespace viaduct::api {

// Types that travel as one string.
template <class T>
struct Text;

template <class T>
struct TextOf {
  static std::string print(const T& value) { return to_string(value); }
};
template <>
struct Text<Mac> : TextOf<Mac> {
  static constexpr std::string_view format = "mac-address";
  static constexpr std::string_view example = "02:00:5e:10:00:01";
  static Result<Mac> parse(std::string_view s) { return parse_mac(s); }
};
template <>
struct Text<Address> : TextOf<Address> {
  static constexpr std::string_view format = "ip-address";
  static constexpr std::string_view example = "203.0.113.7";
  static Result<Address> parse(std::string_view s) { return parse_address(s); }
};
template <>
struct Text<Prefix> : TextOf<Prefix> {
  static constexpr std::string_view format = "ip-prefix";
  static constexpr std::string_view example = "198.51.100.0/24";
  static Result<Prefix> parse(std::string_view s) { return parse_prefix(s); }
};
template <>
struct Text<InterfaceAddress> : TextOf<InterfaceAddress> {
  static constexpr std::string_view format = "ip-interface-address";
  static constexpr std::string_view example = "10.1.1.1/24";
  static Result<InterfaceAddress> parse(std::string_view s) { return parse_interface_address(s); }
};
template <>
struct Text<PortRange> : TextOf<PortRange> {
  static constexpr std::string_view format = "port-range";
  static constexpr std::string_view example = "8000-8010";
  static Result<PortRange> parse(std::string_view s) { return parse_port_range(s); }
};
template <>
struct Text<EndpointRange> : TextOf<EndpointRange> {
  static constexpr std::string_view format = "ip-endpoint-range";
  static constexpr std::string_view example = "203.0.113.7:8080";
  static Result<EndpointRange> parse(std::string_view s) { return parse_endpoint_range(s); }
};
template <>
struct Text<Protocol> : TextOf<Protocol> {
  static constexpr std::string_view format = "ip-protocol";
  static constexpr std::string_view example = "tcp";
  static Result<Protocol> parse(std::string_view s) { return parse_protocol(s); }
};

// Enumerations that travel by name: specialise with `static constexpr std::array table` of
// {value, name} pairs.
template <class T>
struct Names;

template <class E>
std::string_view name_of(E value) {
  for (const auto& [known, name] : Names<E>::table) {
    if (known == value) return name;
  }
  return "?";
}

template <class T>
struct Codec;

// Says what we wanted, and of which type is what we got.
inline Error expected(std::string_view what, const Json& got) {
  return {Fault::invalid, "",
          "expected " + std::string{what} + ", got " + std::string{got.type_name()}};
}

// The one word that `json` is. Words are short, and so are the errors that quote them.
inline Result<std::string_view> read_word(const Json& json) {
  constexpr std::size_t longest = 64;
  if (!json.is_string()) return tl::unexpected<Error>{expected("a string", json)};
  const auto& word = json.get_ref<const std::string&>();
  if (word.size() <= longest) return word;
  return fail(Fault::too_large, "", "longer than " + std::to_string(longest) + " bytes");
}

template <class T>
requires requires(std::string_view s) {
  Text<T>::parse(s);
}
struct Codec<T> {
  static Result<T> read(const Json& json) { return Text<T>::parse(TRY(read_word(json))); }
  static Json write(const T& value) { return Text<T>::print(value); }
  static Json schema() {
    return {{"type", "string"}, {"format", Text<T>::format}, {"example", Text<T>::example}};
  }
};

template <class T>
requires requires {
  Names<T>::table;
}
struct Codec<T> {
  static Result<T> read(const Json& json) {
    const std::string_view word = TRY(read_word(json));
    std::string choices;
    for (const auto& [value, name] : Names<T>::table) {
      if (name == word) return value;
      choices += (choices.empty() ? "" : ", ") + std::string{name};
    }
    return fail(Fault::invalid, "", "'" + std::string{word} + "' is not one of " + choices);
  }
  static Json write(T value) { return name_of(value); }
  static Json schema() {
    Json names = Json::array();
    for (const auto& [value, name] : Names<T>::table) names.push_back(name);
    return {{"type", "string"}, {"enum", names}};
  }
};

template <>
struct Codec<bool> {
  static Result<bool> read(const Json& json) {
    if (!json.is_boolean()) return tl::unexpected<Error>{expected("true or false", json)};
    return json.get<bool>();
  }
  static Json write(bool value) { return value; }
  static Json schema() { return {{"type", "boolean"}}; }
};

template <>
struct Codec<std::string> {
  static constexpr std::size_t longest = 1024;
  static Result<std::string> read(const Json& json) {
    if (!json.is_string()) return tl::unexpected<Error>{expected("a string", json)};
    auto text = json.get<std::string>();
    if (text.size() > longest) {
      return fail(Fault::too_large, "", "longer than " + std::to_string(longest) + " bytes");
    }
    if (text.find('\0') != std::string::npos) {
      return fail(Fault::invalid, "", "contains a zero byte");
    }
    return text;
  }
  static Json write(const std::string& value) { return value; }
  static Json schema() { return {{"type", "string"}, {"maxLength", longest}}; }
};

// A whole number within [lowest, highest].
template <std::unsigned_integral T, T lowest, T highest>
struct Ranged {
  T value{};
  constexpr Ranged() = default;
  constexpr Ranged(T v) : value(v) {}  // NOLINT(google-explicit-constructor): it is a number
  constexpr operator T() const { return value; }  // NOLINT(google-explicit-constructor)
  friend constexpr bool operator==(const Ranged&, const Ranged&) = default;
};

template <class T, T lowest, T highest>
struct Codec<Ranged<T, lowest, highest>> {
  static Result<Ranged<T, lowest, highest>> read(const Json& json) {
    if (json.is_number_float()) {
      return fail(Fault::invalid, "", json.dump() + " is not a whole number");
    }
    if (!json.is_number_integer()) {
      return tl::unexpected<Error>{expected("a whole number", json)};
    }
    const bool negative = !json.is_number_unsigned() && json.get<std::int64_t>() < 0;
    const auto number = json.get<std::uint64_t>();
    if (negative || number < lowest || number > highest) {
      return fail(Fault::invalid, "",
                  json.dump() + " is not from " + std::to_string(lowest) + " to " +
                      std::to_string(highest));
    }
    return Ranged<T, lowest, highest>{json.get<T>()};
  }
  static Json write(Ranged<T, lowest, highest> value) { return value.value; }
  static Json schema() { return {{"type", "integer"}, {"minimum", lowest}, {"maximum", highest}}; }
};

template <class T>
struct Codec<std::optional<T>> {
  static Result<std::optional<T>> read(const Json& json) { return TRY(Codec<T>::read(json)); }
  static Json write(const std::optional<T>& value) {
    return value ? Codec<T>::write(*value) : Json{};
  }
  static Json schema() { return Codec<T>::schema(); }
};

template <class T>
struct Codec<std::vector<T>> {
  static constexpr std::size_t most = 10'000;
  static Result<std::vector<T>> read(const Json& json) {
    if (!json.is_array()) return tl::unexpected<Error>{expected("a list", json)};
    if (json.size() > most) {
      return fail(Fault::too_large, "", "more than " + std::to_string(most) + " entries");
    }
    std::vector<T> values;
    values.reserve(json.size());
    for (std::size_t i = 0; i < json.size(); ++i) {
      auto value = Codec<T>::read(json[i]);
      if (!value) return fail_within("/" + std::to_string(i), value.error());
      values.push_back(*std::move(value));
    }
    return values;
  }
  static Json write(const std::vector<T>& values) {
    Json list = Json::array();
    for (const T& value : values) list.push_back(Codec<T>::write(value));
    return list;
  }
  static Json schema() {
    return {{"type", "array"}, {"items", Codec<T>::schema()}, {"maxItems", most}};
  }
};

}  // namespace viaduct::api
