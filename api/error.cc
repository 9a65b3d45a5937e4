#include "api/error.h"

namespace viaduct::api {

Json write_error(const Error& error) {
  return {{"fault", name_of(error.fault)}, {"where", error.where}, {"why", error.why}};
}

Error read_error(const Json& json) {
  const auto text = [&](const char* name) {
    const auto it = json.is_object() ? json.find(name) : json.end();
    return json.is_object() && it != json.end() && it->is_string() ? it->get<std::string>() : "";
  };
  const auto fault = Codec<Fault>::read(text("fault"));
  return {fault.value_or(Fault::failed), text("where"), text("why")};
}

}  // namespace viaduct::api
