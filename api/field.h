#pragma once

#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "api/codec.h"

// A resource is a struct with three static members: `collection` (its plural in paths and
// documents), `summary` (one sentence), and `fields`. JSON reading and writing, validation, the
// OpenAPI document and the command line's help are all derived from them. A resource may add
// `Result<void> check() const` for rules between its own attributes.
namespace viaduct::api {

enum class Presence : unsigned char { required, optional };

// One attribute of a resource: its wire name, where it lives, what it means, and whether it must
// be given. An optional attribute's default is what a default-constructed resource holds.
template <class Owner, class Value>
struct Field {
  std::string_view name;
  Value Owner::*member;
  std::string_view meaning;
  Presence presence = Presence::required;
};
template <class Owner, class Value>
Field(std::string_view, Value Owner::*, std::string_view) -> Field<Owner, Value>;
template <class Owner, class Value>
Field(std::string_view, Value Owner::*, std::string_view, Presence) -> Field<Owner, Value>;

template <class Resource, class Visit>
void for_each_field(Visit visit) {
  std::apply([&](const auto&... field) { (visit(field), ...); }, Resource::fields);
}

template <class Resource>
bool has_field(std::string_view name) {
  const auto is_named = [name](const auto&... field) { return ((field.name == name) || ...); };
  return std::apply(is_named, Resource::fields);
}

// The resource that `body` describes. Missing, mistyped and unknown attributes are refused, with a
// pointer to the attribute.
template <class Resource>
Result<Resource> read(const Json& body) {
  if (!body.is_object()) return tl::unexpected<Error>{expected("an object", body)};
  Resource resource;
  Result<void> outcome;
  std::size_t known = 0;
  const auto take = [&]<class Value>(const Field<Resource, Value>& field) {
    const auto it = body.find(std::string{field.name});
    if (it == body.end()) {
      if (outcome && field.presence == Presence::required) {
        outcome = fail(Fault::invalid, "/" + std::string{field.name},
                       "missing: " + std::string{field.meaning});
      }
      return;
    }
    ++known;
    auto value = Codec<Value>::read(*it);
    if (value) {
      resource.*field.member = *std::move(value);
    } else if (outcome) {
      outcome = fail_within("/" + std::string{field.name}, value.error());
    }
  };
  for_each_field<Resource>(take);
  if (known != body.size()) {
    for (const auto& [name, value] : body.items()) {
      if (!has_field<Resource>(name)) {
        return fail(Fault::invalid, "/" + pointer_token(name), "unknown attribute");
      }
    }
  }
  if (!outcome) return tl::unexpected<Error>{outcome.error()};
  if constexpr (requires { resource.check(); }) TRY(resource.check());
  return resource;
}

// Attributes that hold their default are left out, so that what was written is what is read.
template <class Resource>
Json write(const Resource& resource) {
  const Resource defaults;
  Json body = Json::object();
  for_each_field<Resource>([&](const auto& field) {
    if (field.presence == Presence::optional && resource.*field.member == defaults.*field.member) {
      return;
    }
    using Value = std::remove_cvref_t<decltype(resource.*field.member)>;
    append(body, std::string{field.name}, Codec<Value>::write(resource.*field.member));
  });
  return body;
}

// The OpenAPI 3 schema of a resource.
template <class Resource>
Json schema() {
  const Resource defaults;
  Json properties = Json::object();
  Json required = Json::array();
  const auto add = [&]<class Value>(const Field<Resource, Value>& field) {
    Json property = Codec<Value>::schema();
    property["description"] = field.meaning;
    if (field.presence == Presence::required) {
      required.push_back(field.name);
    } else if (Json value = Codec<Value>::write(defaults.*field.member); !value.is_null()) {
      property["default"] = std::move(value);
    }
    properties[std::string{field.name}] = std::move(property);
  };
  for_each_field<Resource>(add);
  Json schema = {{"type", "object"},
                 {"description", Resource::summary},
                 {"additionalProperties", false},
                 {"properties", std::move(properties)}};
  if (!required.empty()) schema["required"] = std::move(required);
  return schema;
}

}  // namespace viaduct::api
