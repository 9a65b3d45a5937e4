#include "controlplane/http/metrics.h"

#include "controlplane/http/families.h"
#include "controlplane/http/guest_metrics.h"
#include "controlplane/version.h"

namespace viaduct::http {
namespace {

using api::Json;
void add_own(Families& families, const Status& status) {
  const auto seconds = [](std::int64_t us) { return static_cast<double>(us) / 1e6; };
  families.gauge("viaduct_build_info", "The release of viaductd.", 1,
                 {{"version", std::string{version}}});
  families.gauge("viaduct_start_time_seconds", "When viaductd started, in Unix time.",
                 static_cast<double>(status.started_at.time_since_epoch().count()));
  families.gauge("viaduct_revision", "The current revision of the document.",
                 static_cast<double>(status.revision));
  families.gauge("viaduct_dataplane_up", "Whether the data plane answers.",
                 status.dataplane.is_up ? 1 : 0);
  families.gauge("viaduct_guestd_up", "Whether viaduct-guestd answers.",
                 status.guest_services.is_up ? 1 : 0);
  families.gauge("viaduct_dataplane_revision", "The revision that the data plane runs.",
                 static_cast<double>(status.dataplane.revision));
  families.gauge("viaduct_kernel_up", "Whether the routers' namespaces are as they should be.",
                 status.kernel_problem.empty() ? 1 : 0);
  for (const auto& [outcome, count] : {std::pair{"accepted", status.accepted},  //
                                       std::pair{"refused", status.refused}}) {
    families.counter("viaduct_changes_total", "Changes of the document that were asked for.",
                     static_cast<double>(count), {{"outcome", outcome}});
  }
  families.counter("viaduct_journal_failures_total", "Changes that did not reach the disk.",
                   static_cast<double>(status.journal_failures));
  const Timing& timing = status.last_change;
  for (const auto& [step, us] :
       {std::pair{"validate", timing.validate}, std::pair{"plan", timing.plan},
        std::pair{"journal", timing.journal}, std::pair{"apply", timing.apply},
        std::pair{"kernel", timing.kernel}}) {
    families.gauge("viaduct_last_change_seconds", "How long each step of the last change took.",
                   seconds(us), {{"step", step}});
  }
}

void add_totals(Families& families, const Json& counters) {
  const Json& totals = member(counters, "totals");
  for (const char* way :
       {"received", "generated", "taken_over", "sent", "dropped", "consumed", "handed_over"}) {
    families.counter("viaduct_packets_total",
                     "Packets; received + generated + taken_over = sent + dropped + consumed + "
                     "handed_over + held.",
                     number(totals, way), {{"way", way}});
  }
  std::size_t index = 0;
  for (const Json& worker : member(counters, "workers")) {
    const std::string name = std::to_string(index++);
    for (const char* way : {"received", "sent", "dropped", "handed_over", "taken_over"}) {
      families.counter("viaduct_worker_packets_total", "Packets, by worker.", number(worker, way),
                       {{"worker", name}, {"way", way}});
    }
    families.gauge("viaduct_worker_sessions", "Live sessions, by worker.",
                   number(worker, "sessions"), {{"worker", name}});
  }
  families.gauge("viaduct_packets_held", "Packets that wait for a neighbour's address.",
                 number(totals, "held"));
  for (const auto& [reason, count] : member(counters, "drops").items()) {
    families.counter("viaduct_drops_total", "Packets dropped, by reason.", count.get<double>(),
                     {{"reason", reason}});
  }
  const Json& sessions = member(counters, "sessions");
  families.gauge("viaduct_sessions", "Live sessions.", number(sessions, "live"));
  families.gauge("viaduct_sessions_limit", "Most live sessions.", number(sessions, "limit"));
  families.gauge("viaduct_sessions_most_of_a_guest",
                 "Live sessions of the guest that has the most, whosever it is.",
                 number(sessions, "most_of_a_guest"));
  for (const char* event : {"opened", "expired", "cut", "evicted"}) {
    families.counter("viaduct_session_events_total",
                     "Sessions opened, expired, cut by a change, and evicted half-open by others.",
                     number(sessions, event), {{"event", event}});
  }
  const Json& helpers = member(counters, "helpers");
  families.gauge("viaduct_expected_sessions",
                 "Sessions that helpers read the announcement of, and that did not come yet.",
                 number(helpers, "expected"));
  for (const char* event : {"announced", "opened", "rewritten"}) {
    families.counter("viaduct_helper_events_total",
                     "Sessions that helpers read the announcement of, those that came of it, and "
                     "packets that were rewritten.",
                     number(helpers, event), {{"event", event}});
  }
  const Json& buffers = member(counters, "buffers");
  families.gauge("viaduct_packet_buffers", "Packet buffers.", number(buffers, "total"));
  families.gauge("viaduct_packet_buffers_free", "Packet buffers that are free.",
                 number(buffers, "free"));
  families.gauge("viaduct_generation", "The configuration generation that packets are judged by.",
                 number(counters, "generation"));
}

// Calls visit(router, interface, its counters) for each interface.
template <class Visit>
void for_each_interface(const Json& counters, Visit visit) {
  for (const auto& [router, of_router] : member(counters, "routers").items()) {
    for (const auto& [interface, values] : member(of_router, "interfaces").items()) {
      visit(router, interface, values);
    }
  }
}

void add_routers(Families& families, const Json& counters) {
  for (const auto& [router, values] : member(counters, "routers").items()) {
    families.gauge("viaduct_router_sessions", "Live sessions of a router.",
                   number(values, "sessions"), {{"router", router}});
  }
  for_each_interface(counters, [&](const auto& router, const auto& interface, const Json& values) {
    for (const char* way : {"rx", "tx"}) {
      families.counter("viaduct_interface_packets_total", "Packets on a router's interface.",
                       number(values, (std::string{way} + "_packets").c_str()),
                       {{"router", router}, {"interface", interface}, {"direction", way}});
    }
  });
  for_each_interface(counters, [&](const auto& router, const auto& interface, const Json& values) {
    for (const char* way : {"rx", "tx"}) {
      families.counter("viaduct_interface_bytes_total", "Bytes on a router's interface.",
                       number(values, (std::string{way} + "_bytes").c_str()),
                       {{"router", router}, {"interface", interface}, {"direction", way}});
    }
  });
  for_each_interface(counters, [&](const auto& router, const auto& interface, const Json& values) {
    for (const auto& [reason, count] : member(values, "drops").items()) {
      families.counter("viaduct_interface_drops_total", "Packets dropped, by interface and reason.",
                       count.template get<double>(),
                       {{"router", router}, {"interface", interface}, {"reason", reason}});
    }
  });
}

// Calls visit(router, collection, rule, hits) for each rule.
template <class Visit>
void for_each_rule(const Json& counters, Visit visit) {
  for (const auto& [router, of_router] : member(counters, "routers").items()) {
    for (const auto& [path, hits] : member(of_router, "rules").items()) {
      const auto slash = path.find('/');
      visit(router, path.substr(0, slash), path.substr(slash + 1), hits.template get<double>());
    }
  }
}

void add_usage(Families& families, const Json& counters, const std::string& unit) {
  for (const auto& [router, of_router] : member(counters, "routers").items()) {
    for (const auto& [address, values] : member(of_router, "public_addresses").items()) {
      for (const char* way : {"in", "out"}) {
        families.counter("viaduct_address_" + unit + "_total",
                         "Usage of a public address, in " + unit + ".",
                         number(values, (std::string{way} + "_" + unit).c_str()),
                         {{"router", router}, {"address", address}, {"direction", way}});
      }
    }
  }
}

void add_public_ports(Families& families, const Json& counters, const char* what,
                      const std::string& help) {
  for (const auto& [router, of_router] : member(counters, "routers").items()) {
    for (const auto& [address, protocols] : member(of_router, "public_ports").items()) {
      for (const auto& [protocol, ports] : protocols.items()) {
        families.gauge(std::string{"viaduct_public_ports_"} + what, help, number(ports, what),
                       {{"router", router}, {"address", address}, {"protocol", protocol}});
      }
    }
  }
}

void add_rules(Families& families, const Json& counters) {
  for_each_rule(
      counters, [&](const auto& router, const auto& collection, const auto& rule, double hits) {
        families.counter("viaduct_rule_hits_total", "How often a rule decided.", hits,
                         {{"router", router}, {"collection", collection}, {"rule", rule}});
      });
}

void add_invariants(Families& families, const Status& status, const UsageWatch::Reading& reading) {
  const auto add = [&](const std::string& invariant, double violations) {
    families.counter("viaduct_invariant_violations_total",
                     "Violations of what must always hold; anything but 0 is a defect.", violations,
                     {{"invariant", invariant}});
  };
  for (const auto& [invariant, violations] : member(reading.counters, "invariants").items()) {
    add(invariant, violations.get<double>());
  }
  add("usage_never_runs_backwards", static_cast<double>(reading.backwards));
  add("refused_changes_leave_nothing", static_cast<double>(status.refusals_left_behind));
}

void add_engine(Families& families, const Json& counters) {
  for (const auto& [port, values] : member(counters, "ports").items()) {
    families.gauge("viaduct_port_up", "Whether a port's device is open.",
                   values.value("state", "") == "up" ? 1 : 0, {{"port", port}});
  }
  const Json stages = counters.value("stages", Json::array());
  for (const Json& stage : stages) {
    families.counter("viaduct_stage_packets_total",
                     "Packets of measured bursts, one in 16, in a stage.", number(stage, "packets"),
                     {{"stage", stage.value("name", "")}});
  }
  for (const Json& stage : stages) {
    families.counter("viaduct_stage_cycles_total",
                     "Processor cycles of measured bursts in a stage.", number(stage, "cycles"),
                     {{"stage", stage.value("name", "")}});
  }
}

}  // namespace

std::string write_metrics(const Status& status, const UsageWatch::Reading& reading,
                          const Json& guest_services) {
  Families families;
  const Json& counters = reading.counters;
  add_own(families, status);
  if (!counters.empty()) {
    add_totals(families, counters);
    add_routers(families, counters);
    add_rules(families, counters);
    add_usage(families, counters, "packets");
    add_usage(families, counters, "bytes");
    add_public_ports(families, counters, "taken", "Ports of a public address that guests have.");
    add_public_ports(families, counters, "limit",
                     "Ports of a public address that guests may have.");
    add_engine(families, counters);
  }
  add_guest_services(families, guest_services);
  add_invariants(families, status, reading);
  return families.text();
}

}  // namespace viaduct::http
