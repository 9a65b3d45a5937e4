#include "controlplane/cloudstack_entry/delivery.h"

#include "api/error.h"

namespace viaduct::cloudstack_entry {
namespace {

using api::Json;

constexpr std::string_view nics_file = "/etc/viaduct/nics.json";

std::string text_of(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

std::string text_at(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found == object.end() || found->is_null() ? "" : text_of(*found);
}

// "forwardrules: waits for its NIC (forwardrules.a, forwardrules.b)"
std::string text_of_note(const Json& note) {
  if (!note.is_object()) return text_of(note);
  std::string about;
  for (const Json& each : note.value("about", Json::array())) {
    about += (about.empty() ? "" : ", ") + text_of(each);
  }
  return text_at(note, "type") + ": " + text_at(note, "why") +
         (about.empty() ? "" : " (" + about + ")");
}

Result<void> add_nics(const Site& site, Json& body) {
  const std::string path = site.path(nics_file);
  const auto text = read_file(path);
  if (!text && text.error().fault == Fault::not_found) return {};
  if (!text) return tl::unexpected<Error>{text.error()};
  auto nics = api::parse_json(*text);
  if (!nics) return fail(Fault::invalid, path, nics.error().why);
  body["nics"] = *std::move(nics);
  return {};
}

Result<Json> post(Site& site, Json body) {
  TRY(add_nics(site, body));
  Json answer =
      TRY(site.client.ask({.method = "POST",
                           .path = "/v1/cloudstack",
                           .body = body.dump(-1, ' ', false, Json::error_handler_t::replace)}));
  for (const Json& note : answer.value("notes", Json::array())) log(site, text_of_note(note));
  return answer;
}

}  // namespace

Result<Json> deliver(Site& site, Json parts, Strictness strictness) {
  return post(site, {{"strict", strictness == Strictness::strict}, {"parts", std::move(parts)}});
}

Result<Json> deliver_anew(Site& site, Json parts) {
  return post(site, {{"strict", true}, {"reset", true}, {"parts", std::move(parts)}});
}

void tell_notes(Site& site, const Json& answer) {
  for (const Json& note : answer.value("notes", Json::array())) {
    site.out << text_of_note(note) << "\n";
  }
}

std::vector<Error> refusals(const Json& answer) {
  std::vector<Error> refused;
  for (const Json& part : answer.value("parts", Json::array())) {
    for (const Json& error : part.value("errors", Json::array())) {
      refused.push_back(api::read_error(error));
    }
  }
  return refused;
}

Result<Json> delivered(Site& site) {
  const Json answer = TRY(site.client.ask({.method = "GET", .path = "/v1/cloudstack"}));
  Json contents = Json::object();
  const Json entries = answer.value("entries", Json::object());
  for (const auto& [id, entry] : entries.items()) {
    api::append(contents, id, entry.value("content", Json::object()));
  }
  return contents;
}

}  // namespace viaduct::cloudstack_entry
