#include <algorithm>
#include <array>
#include <optional>

#include "api/json.h"
#include "controlplane/cloudstack_entry/archive.h"
#include "controlplane/cloudstack_entry/boot.h"
#include "controlplane/cloudstack_entry/delivery.h"
#include "controlplane/cloudstack_entry/entry_points.h"

namespace viaduct::cloudstack_entry {
namespace {

using api::Json;

constexpr std::string_view command_line_file = "cmd_line.json";

// What the type of a message may be. Others are for somebody else: archived, and no failure.
constexpr std::array<std::string_view, 20> types{
    "bgppeers",          "cmdline",         "dhcpconfig",
    "dhcpentry",         "firewallrules",   "forwardrules",
    "guestnetwork",      "ipaliases",       "ips",
    "ipv6firewallrules", "loadbalancer",    "monitorservice",
    "networkacl",        "remoteaccessvpn", "site2sitevpn",
    "staticnatrules",    "staticroutes",    "vmdata",
    "vmpassword",        "vpnuserlist"};

struct Message {
  std::string name;  // of its file
  std::string type;
  Json content;

  [[nodiscard]] bool is_known() const { return std::ranges::find(types, type) != types.end(); }
};

Result<Message> read_message(const Site& site, const std::string& name) {
  const std::string text = TRY(read_file(site.cached(name)));
  auto content = api::parse_json(text);
  if (!content) return fail(Fault::malformed, name, content.error().why);
  const auto type = content->find("type");
  if (!content->is_object() || type == content->end() || !type->is_string()) {
    return fail(Fault::invalid, name, "is no object with a type");
  }
  return Message{name, type->get<std::string>(), *std::move(content)};
}

// The command line of a boot that nobody has processed yet comes before anything else.
Result<std::vector<Message>> read_messages(const Site& site, const std::string& name) {
  std::vector<Message> messages;
  if (name != command_line_file) {
    auto pending = read_message(site, std::string{command_line_file});
    if (pending) {
      messages.push_back(*std::move(pending));
    } else if (pending.error().fault != Fault::not_found) {
      return tl::unexpected<Error>{pending.error()};
    }
  }
  messages.push_back(TRY(read_message(site, name)));
  return messages;
}

// Whether a file that is not there any more was applied before; that of the boot has another name.
bool was_applied(const Site& site, const std::string& name) {
  return is_archived(site, name) || (name == command_line_file && has_booted(site));
}

// The message is in force by now: that it cannot be put away is no failure of the call.
void put_away(Site& site, const Message& message, bool is_kept) {
  const auto wish = message.content.find("delete_from_processed_cache");
  const bool is_dropped = !is_kept || (wish != message.content.end() && *wish == true);
  const auto done =
      is_dropped ? discard(site, message.name) : archive(site, message.name, message.type);
  if (!done) report(site, done.error());
}

Result<void> apply(Site& site, const std::vector<Message>& messages) {
  Json parts = Json::array();
  for (const Message& message : messages) {
    if (message.is_known()) {
      parts.push_back({{"type", message.type}, {"content", message.content}});
    } else {
      log(site, message.name + ": type '" + message.type + "' is passed over");
    }
  }
  if (parts.empty()) return {};
  tell_notes(site, TRY(deliver(site, std::move(parts), Strictness::strict)));
  return {};
}

// The file of an aggregate, if `path` is one in the cache directory.
std::optional<std::string> aggregate_name(std::string_view path) {
  if (!path.starts_with(cache_directory)) return {};
  path.remove_prefix(cache_directory.size());
  if (!path.starts_with('/') || !is_file_name(path.substr(1))) return {};
  return std::string{path.substr(1)};
}

// Whether the configuration itself is at fault, and would be at the next try.
bool is_refusal(Fault fault) {
  return fault == Fault::malformed || fault == Fault::invalid || fault == Fault::conflict ||
         fault == Fault::not_found || fault == Fault::too_large;
}

// The command of an aggregate that a refusal, "FILE: REASON", is about.
std::optional<std::string> command_of(const std::string& why) {
  const std::string file = why.substr(0, why.find(": "));
  if (file.size() == why.size() || !is_file_name(file)) return {};
  return "/opt/cloud/bin/update_config.py " + file;
}

// `aggregate` is the command line that brought all of it.
void tell_failed(Site& site, const std::string& aggregate, const Error& error) {
  const std::string command = command_of(error.why).value_or(aggregate);
  const std::string why = (error.where.empty() ? "" : error.where + ": ") + error.why;
  site.err << "VR config: execution failed: \"" << command
           << "\", check /var/log/cloud.log in VR for details \n"
           << why << "\n";
  log(site, "vr_cfg.sh: " + command + ": " + why);
}

}  // namespace

int update_config(Site& site, const Arguments& arguments) {
  if (arguments.empty() || arguments.size() > 2 || !is_file_name(arguments[0])) {
    return report(site, {Fault::malformed, "", "usage: update_config.py FILE [false]"});
  }
  const std::string& name = arguments[0];
  const auto messages = read_messages(site, name);
  if (!messages) {
    const bool is_done = messages.error().fault == Fault::not_found && was_applied(site, name);
    return is_done ? 0 : report(site, messages.error());
  }
  if (const auto applied = apply(site, *messages); !applied) return report(site, applied.error());
  const bool is_kept = arguments.size() < 2 || arguments[1] != "false";
  for (const Message& message : *messages) put_away(site, message, is_kept);
  return 0;
}

// The document is the state, and always in force: there is nothing to do but to say that it is.
int reapply(Site& site, const Arguments& arguments) {
  if (arguments.size() != 1 || !is_file_name(arguments[0])) {
    return report(site, {Fault::malformed, "", "usage: configure.py FILE"});
  }
  const auto status = site.client.ask({.method = "GET", .path = "/v1/status"});
  return status ? 0 : report(site, status.error());
}

int run_aggregate(Site& site, const Arguments& arguments) {
  const auto name =
      arguments.size() == 2 && arguments[0] == "-c" ? aggregate_name(arguments[1]) : std::nullopt;
  if (!name) {
    return report(site, {Fault::malformed, "", "usage: vr_cfg.sh -c /var/cache/cloud/FILE"});
  }
  const auto text = read_file(site.cached(*name));
  if (!text) return report(site, text.error());
  const std::string itself = "vr_cfg.sh -c " + arguments[1];
  const auto answer = deliver(site, Json::array({{{"aggregate", *text}}}),
                              site.is_strict ? Strictness::strict : Strictness::lenient);
  if (!answer) {
    tell_failed(site, itself, answer.error());
    return site.is_strict || !is_refusal(answer.error().fault) ? 1 : 0;
  }
  tell_notes(site, *answer);
  for (const Error& error : refusals(*answer)) tell_failed(site, itself, error);
  if (const auto done = archive_aggregate(site, *name); !done) report(site, done.error());
  return 0;
}

}  // namespace viaduct::cloudstack_entry
