#include "controlplane/cloudstack/request.h"

#include <set>
#include <utility>

#include "api/error.h"
#include "controlplane/cloudstack/aggregate.h"
#include "controlplane/cloudstack/command_line.h"
#include "controlplane/cloudstack/fields.h"

namespace viaduct::cloudstack {
namespace {

constexpr std::size_t most_parts = 10'000;
constexpr std::size_t most_nics = 1000;

Result<const std::string*> text_of(const api::Json& part, const char* name) {
  const api::Json& text = part.at(name);
  if (text.is_string()) return &text.get_ref<const std::string&>();
  return fail(Fault::invalid, "/" + std::string{name}, "expected a string");
}

Result<Part> read_aggregate(const api::Json& part) {
  const std::string* const text = TRY(text_of(part, "aggregate"));
  auto aggregate = parse_aggregate(*text);
  if (!aggregate) return fail_within("/aggregate", aggregate.error());
  Part read;
  read.messages.reserve(aggregate->steps.size());
  for (Step& step : aggregate->steps) {
    std::string type;
    if (step.content) type = Fields{*step.content}.text("type").value_or("");
    read.messages.push_back(
        {"/aggregate", std::move(step.file), std::move(type), std::move(step.content)});
  }
  read.other_scripts = std::move(aggregate->other_scripts);
  return read;
}

Result<Part> read_command_line(const api::Json& part) {
  const std::string* const text = TRY(text_of(part, "cmdline"));
  auto keys = parse_command_line(*text);
  if (!keys) return fail_within("/cmdline", keys.error());
  return Part{{{"/cmdline", "", "cmdline", api::Json{{"cmd_line", *std::move(keys)}}}}, {}};
}

Result<Part> read_message(const api::Json& part) {
  const std::string* const type = TRY(text_of(part, "type"));
  return Part{{{"/content", "", *type, part.at("content")}}, {}};
}

Result<Part> read_part(const api::Json& part) {
  const auto has = [&](const char* name) { return part.is_object() && part.contains(name); };
  if (has("aggregate") && part.size() == 1) return read_aggregate(part);
  if (has("cmdline") && part.size() == 1) return read_command_line(part);
  if (has("type") && has("content") && part.size() == 2) return read_message(part);
  return fail(Fault::invalid, "",
              "expected an object with type and content, with aggregate, or with cmdline");
}

Result<std::vector<Nic>> read_nics(const api::Json& list) {
  if (!list.is_array()) return tl::unexpected<Error>{api::expected("a list of NICs", list)};
  if (list.size() > most_nics) return fail(Fault::too_large, "", "too many NICs");
  std::vector<Nic> nics;
  nics.reserve(list.size());
  std::set<std::string> names;
  std::set<std::string> devices;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string where = "/" + std::to_string(i);
    auto nic = api::read<Nic>(list[i]);
    if (!nic) return fail_within(where, nic.error());
    if (!names.insert(nic->name).second) {
      return fail(Fault::conflict, where + "/name", "another NIC has this name");
    }
    if (!devices.insert(nic->device.substr(0, nic->device.find(','))).second) {
      return fail(Fault::conflict, where + "/device", "another NIC is this device");
    }
    nics.push_back(*std::move(nic));
  }
  return nics;
}

Result<std::vector<Part>> read_parts(const api::Json& list) {
  if (!list.is_array()) return tl::unexpected<Error>{api::expected("a list of parts", list)};
  if (list.size() > most_parts) return fail(Fault::too_large, "", "too many parts");
  std::vector<Part> parts;
  parts.reserve(list.size());
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string where = "/" + std::to_string(i);
    auto part = read_part(list[i]);
    if (!part) return fail_within(where, part.error());
    for (Message& message : part->messages) message.where.insert(0, "/parts" + where);
    parts.push_back(*std::move(part));
  }
  return parts;
}

Result<bool> read_flag(const api::Json& value) {
  return api::Codec<bool>::read(value);
}

Result<void> replace_nics(const std::vector<Nic>& nics, Entries& entries) {
  std::vector<std::string> gone;
  each_of(entries, "nic",
          [&](const std::string& id, const api::Json& /*content*/) { gone.push_back(id); });
  for (const Nic& nic : nics) std::erase(gone, "nic." + nic.name);
  for (const std::string& id : gone) entries.erase(id);
  for (const Nic& nic : nics) {
    Entry entry{Content{api::write(nic)}};
    const auto known = entries.find("nic." + nic.name);
    if (known != entries.end() && known->second == entry) continue;
    entries.insert_or_assign("nic." + nic.name, std::move(entry));
  }
  return api::check_size(entries.size());
}

// The NICs are what the machine has, whoever said what.
void forget(State& state) {
  Entries nics;
  each_of(state.entries, "nic", [&](const std::string& id, const api::Json& content) {
    nics.insert_or_assign(id, {Content{content}});
  });
  state = {std::move(nics), {}};
}

Result<void> merge_one(const Message& message, State& state, Notes& notes) {
  // As when it came by itself, a file of a type that nobody knows is for somebody else.
  if (!message.name.empty() && !message.type.empty() && !is_known_type(message.type)) {
    notes.add(Note::ignored, "aggregate", message.name,
              "its type is none that means anything here");
    return {};
  }
  Result<void> outcome;
  if (!message.content) {
    outcome = tl::unexpected<Error>{message.content.error()};
  } else {
    outcome = merge_message(message.type, *message.content, state, notes);
  }
  if (outcome) return {};
  Error error = outcome.error();
  if (!message.name.empty()) error.why.insert(0, message.name + ": ");
  return fail_within(message.where, std::move(error));
}

}  // namespace

Result<Request> read_request(const api::Json& body) {
  if (!body.is_object()) return tl::unexpected<Error>{api::expected("an object", body)};
  Request request;
  for (const auto& [name, value] : body.items()) {
    const std::string where = "/" + api::pointer_token(name);
    Result<void> outcome;
    const auto take = [&](auto read, auto& into) {
      if (read) {
        into = *std::move(read);
      } else {
        outcome = fail_within(where, read.error());
      }
    };
    if (name == "strict") {
      take(read_flag(value), request.is_strict);
    } else if (name == "reset") {
      take(read_flag(value), request.is_reset);
    } else if (name == "nics") {
      take(read_nics(value), request.nics);
    } else if (name == "parts") {
      take(read_parts(value), request.parts);
    } else {
      outcome = fail(Fault::invalid, where, "unknown attribute");
    }
    if (!outcome) return tl::unexpected<Error>{outcome.error()};
  }
  return request;
}

Result<Outcome> merge(const Request& request, State& state) {
  Outcome outcome;
  if (request.is_reset) forget(state);
  if (request.nics) TRY(replace_nics(*request.nics, state.entries));
  outcome.refused.resize(request.parts.size());
  for (std::size_t i = 0; i < request.parts.size(); ++i) {
    const Part& part = request.parts[i];
    for (const Message& message : part.messages) {
      const Result<void> merged = merge_one(message, state, outcome.notes);
      if (merged) continue;
      if (request.is_strict) return tl::unexpected<Error>{merged.error()};
      outcome.refused[i].push_back(merged.error());
    }
    for (const std::string& script : part.other_scripts) {
      outcome.notes.add(Note::ignored, "aggregate", script, "scripts are not run here");
    }
  }
  return outcome;
}

api::Json Outcome::to_json() const {
  api::Json parts = api::Json::array();
  for (const auto& errors : refused) {
    api::Json list = api::Json::array();
    for (const Error& error : errors) list.push_back(api::write_error(error));
    parts.push_back({{"errors", std::move(list)}});
  }
  return {{"parts", std::move(parts)}, {"notes", notes.to_json()}};
}

}  // namespace viaduct::cloudstack
