#include "controlplane/cli/attributes.h"
#include "controlplane/cli/commands.h"
#include "dataplane/model/described_packet.h"

namespace viaduct::cli {
namespace {

using api::Json;

void add_plain(CLI::App& app, Command& chosen, std::pair<const char*, const char*> name_and_help,
               void (*show)(const Screen&, const Json&)) {
  const std::string name = name_and_help.first;
  auto* command = app.add_subcommand(name, name_and_help.second);
  command->callback([&chosen, name, show] {
    chosen = [name, show](Console& console) -> Result<void> {
      console.print(TRY(console.client.ask({.method = "GET", .path = "/v1/" + name})), show);
      return {};
    };
  });
}

// The same, with the query parameters of GET as options.
void add_query(CLI::App& app, Command& chosen, std::pair<const char*, const char*> name_and_help,
               void (*show)(const Screen&, const Json&)) {
  auto* command = app.add_subcommand(name_and_help.first, name_and_help.second);
  const std::string path = std::string{"/v1/"} + name_and_help.first;
  auto query = std::make_shared<Query>();
  add_parameters(*command, path.c_str(), query);
  command->callback([&chosen, path, query, show] {
    chosen = [path, query, show](Console& console) -> Result<void> {
      const Call call{.method = "GET", .path = path, .query = *query};
      console.print(TRY(console.client.ask(call)), show);
      return {};
    };
  });
}

struct ExplainOptions {
  Json packet = Json::object();
  std::string candidate;
  std::optional<std::uint64_t> revision;
};

Result<Tuple> read_packet(const Json& described) {
  return tuple_of(TRY(api::read<DescribedPacket>(described)));
}

Result<void> explain(Console& console, const ExplainOptions& options) {
  if (const auto read = read_packet(options.packet); !read) {
    return fail(Fault::malformed, read.error().where, read.error().why);
  }
  Json body = {{"packet", options.packet}};
  if (!options.candidate.empty()) {
    const std::string text = TRY(read_file(options.candidate));
    body["candidate"] = TRY(api::parse_json(text));
  }
  if (options.revision) body["revision"] = *options.revision;
  const Call call{.method = "POST", .path = "/v1/explain", .body = body.dump()};
  console.print(TRY(console.client.ask(call)), show_explanation);
  return {};
}

// What a packet must have is an argument of the command; what it may have is an option.
template <class Value>
void add_packet_attribute(CLI::App& command, const std::shared_ptr<ExplainOptions>& options,
                          const api::Field<DescribedPacket, Value>& field) {
  const bool is_required = field.presence == api::Presence::required;
  const std::string name{field.name};
  auto* option = command.add_option_function<std::string>(
      is_required ? argument_name(name) : option_name(name),
      [options, name](const std::string& word) {
        options->packet[name] = read_value(word, api::Codec<Value>::schema());
      },
      std::string{field.meaning});
  option->required(is_required);
  const Json otherwise = api::Codec<Value>::write(DescribedPacket{}.*field.member);
  if (!is_required) option->default_str(readable(otherwise));
}

void add_explain(CLI::App& app, Command& chosen) {
  auto* command = app.add_subcommand("explain", "tell what would become of a packet, and why");
  auto options = std::make_shared<ExplainOptions>();
  api::for_each_field<DescribedPacket>(
      [&](const auto& field) { add_packet_attribute(*command, options, field); });
  command->add_option("--candidate", options->candidate, "judge by the document in this file");
  command->add_option("--revision", options->revision,
                      "judge by this revision; 0 is the empty document");
  command->callback([&chosen, options] {
    chosen = [options](Console& console) { return explain(console, *options); };
  });
}

}  // namespace

void add_runtime_commands(CLI::App& app, Command& chosen) {
  add_plain(app, chosen, {"status", "tell how the appliance is"}, show_status);
  add_plain(app, chosen, {"counters", "show packet, session and usage counters"}, show_counters);
  add_plain(app, chosen, {"services", "show what guests ask of their services"}, show_services);
  add_query(app, chosen, {"sessions", "list live sessions"}, show_sessions);
  add_query(app, chosen, {"leases", "list addresses that DHCP keeps for guests"}, show_leases);
  add_explain(app, chosen);
}

}  // namespace viaduct::cli
