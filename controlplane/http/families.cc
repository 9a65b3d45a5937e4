#include "controlplane/http/families.h"

namespace viaduct::http {

using api::Json;

double number(const Json& json, const char* name) {
  const auto it = json.is_object() ? json.find(name) : json.end();
  return json.is_object() && it != json.end() && it->is_number() ? it->get<double>() : 0;
}

const Json& member(const Json& json, const char* name) {
  static const Json nothing = Json::object();
  const auto it = json.is_object() ? json.find(name) : json.end();
  return json.is_object() && it != json.end() && it->is_object() ? *it : nothing;
}

}  // namespace viaduct::http
