#include "controlplane/cli/commands.h"

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

void add_sessions(CLI::App& app, Command& chosen) {
  auto* command = app.add_subcommand("sessions", "list live sessions");
  auto query = std::make_shared<Query>();
  const auto filter = [&](const char* name, const char* meaning) {
    command->add_option_function<std::string>(
        std::string{"--"} + name,
        [query, name](const std::string& value) { (*query)[name] = value; }, meaning);
  };
  filter("router", "of this router");
  filter("protocol", "of this protocol");
  filter("address", "that mention an address in this prefix");
  filter("limit", "at most so many");
  filter("cursor", "where an earlier list ended");
  command->callback([&chosen, query] {
    chosen = [query](Console& console) -> Result<void> {
      const Call call{.method = "GET", .path = "/v1/sessions", .query = *query};
      console.print(TRY(console.client.ask(call)), show_sessions);
      return {};
    };
  });
}

struct ExplainOptions {
  std::string router;
  std::string interface;
  std::string protocol;
  std::string source;
  std::string destination;
  std::string tcp_flags;
  std::optional<unsigned> icmp_type;
  std::optional<unsigned> icmp_code;
  std::optional<unsigned> ttl;
  std::optional<unsigned> length;
  std::string candidate;
  std::optional<std::uint64_t> revision;
};

Json packet_of(const ExplainOptions& options) {
  Json packet = {{"router", options.router},
                 {"interface", options.interface},
                 {"protocol", options.protocol},
                 {"source", options.source},
                 {"destination", options.destination}};
  if (!options.tcp_flags.empty()) packet["tcp_flags"] = options.tcp_flags;
  if (options.icmp_type) packet["icmp_type"] = *options.icmp_type;
  if (options.icmp_code) packet["icmp_code"] = *options.icmp_code;
  if (options.ttl) packet["ttl"] = *options.ttl;
  if (options.length) packet["length"] = *options.length;
  return packet;
}

Result<void> explain(Console& console, const ExplainOptions& options) {
  Json body = {{"packet", packet_of(options)}};
  if (!options.candidate.empty()) {
    const std::string text = TRY(read_file(options.candidate));
    body["candidate"] = TRY(api::parse_json(text));
  }
  if (options.revision) body["revision"] = *options.revision;
  const Call call{.method = "POST", .path = "/v1/explain", .body = body.dump()};
  console.print(TRY(console.client.ask(call)), show_explanation);
  return {};
}

void add_explain(CLI::App& app, Command& chosen) {
  auto* command = app.add_subcommand("explain", "tell what would become of a packet, and why");
  auto options = std::make_shared<ExplainOptions>();
  command->add_option("ROUTER", options->router, "the router that gets it")->required();
  command->add_option("INTERFACE", options->interface, "where it comes in")->required();
  command->add_option("PROTOCOL", options->protocol, "tcp, udp, icmp or a number")->required();
  command->add_option("SOURCE", options->source, "address:port, or address")->required();
  command->add_option("DESTINATION", options->destination, "address:port, or address")->required();
  command->add_option("--tcp-flags", options->tcp_flags, "such as S or SA; S if left out");
  command->add_option("--icmp-type", options->icmp_type, "8 if left out");
  command->add_option("--icmp-code", options->icmp_code, "0 if left out");
  command->add_option("--ttl", options->ttl, "time to live");
  command->add_option("--length", options->length, "bytes of the IP packet");
  command->add_option("--candidate", options->candidate, "judge by the document in this file");
  command->add_option("--revision", options->revision, "judge by this revision");
  command->callback([&chosen, options] {
    chosen = [options](Console& console) { return explain(console, *options); };
  });
}

}  // namespace

void add_runtime_commands(CLI::App& app, Command& chosen) {
  add_plain(app, chosen, {"status", "tell how the appliance is"}, show_status);
  add_plain(app, chosen, {"counters", "show packet, session and usage counters"}, show_counters);
  add_sessions(app, chosen);
  add_explain(app, chosen);
}

}  // namespace viaduct::cli
