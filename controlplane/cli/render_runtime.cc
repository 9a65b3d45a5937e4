#include "controlplane/cli/attributes.h"
#include "controlplane/cli/render.h"

namespace viaduct::cli {
namespace {

using api::Json;

std::string at(const Json& json, const std::string& name) {
  return json.is_object() ? readable(json.value(name, Json{})) : "";
}

const Json& part(const Json& json, const std::string& name) {
  static const Json nothing = Json::object();
  const auto it = json.find(name);
  return it != json.end() && it->is_object() ? *it : nothing;
}

void heading(const Screen& screen, const std::string& text) {
  screen.out << "\n" << screen.style.paint(Tone::heading, text) << "\n";
}

// One row per attribute whose value is a number; of drop reasons only those that happened.
void show_numbers(const Screen& screen, const std::string& title, const Json& numbers,
                  bool with_zeros = true) {
  Table table{{title, "count"}};
  for (const auto& [name, value] : numbers.items()) {
    if (value.is_number() && (with_zeros || value != 0)) table.add({name, readable(value)});
  }
  if (table.empty()) return;
  table.print(screen.out, screen.style);
  screen.out << "\n";
}

// "3 of 64512".
std::string show_stock(const Json& ports, const char* protocol) {
  const Json& stock = part(ports, protocol);
  return at(stock, "taken") + " of " + at(stock, "limit");
}

void show_public_ports(const Screen& screen, const Json& addresses) {
  if (addresses.empty()) return;
  Table table{{"ports in use", "tcp", "udp", "icmp"}};
  for (const auto& [address, ports] : addresses.items()) {
    table.add(
        {address, show_stock(ports, "tcp"), show_stock(ports, "udp"), show_stock(ports, "icmp")});
  }
  screen.out << "\n";
  table.print(screen.out, screen.style);
}

void show_router_counters(const Screen& screen, const std::string& id, const Json& router) {
  heading(screen, "router " + id + ", " + at(router, "sessions") + " sessions");
  Table interfaces{{"interface", "rx packets", "rx bytes", "tx packets", "tx bytes", "dropped"}};
  for (const auto& [name, values] : part(router, "interfaces").items()) {
    std::string drops;
    for (const auto& [reason, count] : part(values, "drops").items()) {
      if (count != 0) drops += (drops.empty() ? "" : " ") + reason + "=" + readable(count);
    }
    interfaces.add({name, at(values, "rx_packets"), at(values, "rx_bytes"),
                    at(values, "tx_packets"), at(values, "tx_bytes"), drops});
  }
  if (!interfaces.empty()) interfaces.print(screen.out, screen.style);
  Table addresses{{"public address", "in packets", "in bytes", "out packets", "out bytes"}};
  for (const auto& [address, values] : part(router, "public_addresses").items()) {
    addresses.add({address, at(values, "in_packets"), at(values, "in_bytes"),
                   at(values, "out_packets"), at(values, "out_bytes")});
  }
  if (!addresses.empty()) {
    screen.out << "\n";
    addresses.print(screen.out, screen.style);
  }
  show_public_ports(screen, part(router, "public_ports"));
  if (part(router, "rules").empty()) return;
  screen.out << "\n";
  show_numbers(screen, "rule", part(router, "rules"));
}

}  // namespace

void show_history(const Screen& screen, const Json& answer) {
  Table table{{"revision", "parent", "time", "author", "note"}};
  for (const Json& entry : answer.value("revisions", Json::array())) {
    table.add({at(entry, "revision"), at(entry, "parent"), at(entry, "time"), at(entry, "author"),
               at(entry, "note")});
  }
  table.print(screen.out, screen.style);
}

void show_status(const Screen& screen, const Json& status) {
  Table table{{"part", "state", "detail"}};
  const Json& dataplane = part(status, "dataplane");
  const Json& kernel = part(status, "kernel");
  table.add({"viaductd " + at(status, "version"), "up", "revision " + at(status, "revision")});
  const std::string runs = "revision " + at(dataplane, "revision");
  table.add({"data plane", at(dataplane, "state"),
             at(dataplane, "detail").empty() ? runs : at(dataplane, "detail")});
  const Json& guests = part(status, "guest_services");
  table.add(
      {"guests' services", at(guests, "state"),
       at(guests, "detail").empty() ? "revision " + at(guests, "revision") : at(guests, "detail")});
  table.add({"kernel", at(kernel, "state"), at(kernel, "detail")});
  const Json& confirmation = part(status, "confirmation");
  if (!confirmation.empty()) {
    table.add({"confirmation", "pending",
               "revision " + at(confirmation, "revision") + " goes back to " +
                   at(confirmation, "restore") + " at " + at(confirmation, "deadline")});
  }
  table.print(screen.out, screen.style);
}

void show_sessions(const Screen& screen, const Json& answer) {
  Table table{{"id", "router", "protocol", "state", "source", "destination", "translated source",
               "translated destination", "rule", "helper", "age", "idle", "expires in", "packets",
               "bytes"}};
  for (const Json& session : answer.value("sessions", Json::array())) {
    const auto sum = [&](const char* out, const char* in) {
      return std::to_string(session.value(out, std::uint64_t{0}) +
                            session.value(in, std::uint64_t{0}));
    };
    table.add({at(session, "id"), at(session, "router"), at(session, "protocol"),
               at(session, "state"), at(session, "source"), at(session, "destination"),
               at(session, "translated_source"), at(session, "translated_destination"),
               at(session, "rule"), at(session, "helper"), at(session, "age_s") + "s",
               at(session, "idle_s") + "s", at(session, "expires_s") + "s",
               sum("packets_out", "packets_in"), sum("bytes_out", "bytes_in")});
  }
  if (!table.empty()) table.print(screen.out, screen.style);
  screen.out << at(answer, "live") << " live sessions in all\n";
  const std::string next = at(answer, "next");
  if (!next.empty()) screen.out << "more with --cursor " << next << "\n";
}

// What each worker did, if there are several.
void show_workers(const Screen& screen, const Json& workers) {
  if (workers.size() < 2) return;
  Table table{{"worker", "received", "taken over", "handed over", "sent", "dropped", "sessions"}};
  std::size_t number = 0;
  for (const Json& worker : workers) {
    table.add({std::to_string(number++), at(worker, "received"), at(worker, "taken_over"),
               at(worker, "handed_over"), at(worker, "sent"), at(worker, "dropped"),
               at(worker, "sessions")});
  }
  table.print(screen.out, screen.style);
}

void show_counters(const Screen& screen, const Json& counters) {
  show_numbers(screen, "packets", part(counters, "totals"));
  show_workers(screen, counters.value("workers", Json::array()));
  show_numbers(screen, "dropped for", part(counters, "drops"), /*with_zeros=*/false);
  show_numbers(screen, "sessions", part(counters, "sessions"));
  show_numbers(screen, "helpers", part(counters, "helpers"), /*with_zeros=*/false);
  Table ports{{"port", "state", "detail"}};
  for (const auto& [id, port] : part(counters, "ports").items()) {
    ports.add({id, at(port, "state"), at(port, "detail")});
  }
  if (!ports.empty()) ports.print(screen.out, screen.style);
  for (const auto& [id, router] : part(counters, "routers").items()) {
    show_router_counters(screen, id, router);
  }
  Table stages{{"stage", "packets", "cycles", "cycles per packet"}};
  for (const Json& stage : counters.value("stages", Json::array())) {
    const auto packets = stage.value("packets", std::uint64_t{0});
    const auto cycles = stage.value("cycles", std::uint64_t{0});
    stages.add({at(stage, "name"), at(stage, "packets"), at(stage, "cycles"),
                std::to_string(packets == 0 ? 0 : cycles / packets)});
  }
  if (stages.empty()) return;
  screen.out << "\n";
  stages.print(screen.out, screen.style);
}

void show_explanation(const Screen& screen, const Json& explanation) {
  std::size_t number = 0;
  Table steps{{"", "stage", "decision", "rule"}};
  for (const Json& step : explanation.value("steps", Json::array())) {
    steps.add(
        {std::to_string(++number), at(step, "stage"), at(step, "decision"), at(step, "rule")});
  }
  if (!steps.empty()) steps.print(screen.out, screen.style);
  const std::string verdict = at(explanation, "verdict");
  const bool is_dropped = verdict == "dropped";
  std::string line = verdict;
  if (!at(explanation, "reason").empty()) line += " (" + at(explanation, "reason") + ")";
  if (!at(explanation, "meaning").empty()) line += ": " + at(explanation, "meaning");
  if (!at(explanation, "egress").empty()) line += " by " + at(explanation, "egress");
  if (!is_dropped && !at(explanation, "source").empty()) {
    line += " as " + at(explanation, "source") + " > " + at(explanation, "destination");
  }
  screen.out << screen.style.paint(is_dropped ? Tone::removed : Tone::added, line) << "\n";
  if (!at(explanation, "rule").empty()) {
    screen.out << "decided by " << at(explanation, "rule") << "\n";
  }
}

}  // namespace viaduct::cli
