#include <CLI/CLI.hpp>
#include <algorithm>
#include <exception>
#include <iostream>
#include <map>

#include "bench/path.h"
#include "bench/peers/peers.h"
#include "bench/reconfigure.h"
#include "bench/report/report.h"
#include "bench/search/search.h"
#include "bench/sessions.h"
#include "bench/wire/device.h"
#include "dataplane/exchange/exchange.h"
#include "dataplane/runtime/eal.h"

namespace viaduct::bench {
namespace {

// Prints an error as a user wants it; the program's exit status.
int conclude(const Result<void>& outcome) {
  if (outcome) return 0;
  const Error& error = outcome.error();
  std::cerr << "viaduct-bench: " << error.where << (error.where.empty() ? "" : ": ") << error.why
            << "\n";
  return error.where.starts_with("--") ? 2 : 1;
}

Result<void> start_dpdk(const Options& options) {
  TRY(runtime::check_cpu());
  if (!pin_to(options.core)) return fail(Fault::invalid, "--core", "there is no such core");
  Settings settings;
  settings.dataplane.main_core = static_cast<std::uint16_t>(options.core);
  settings.dataplane.worker_cores = {static_cast<std::uint16_t>(options.core)};
  settings.dataplane.memory_mb = 64;
  const auto environment = TRY(runtime::start_eal(settings.dataplane));
  if (!environment.huge_pages) {
    std::cerr << "viaduct-bench: there are no huge pages; the figures will be worse for it\n";
  }
  return {};
}

void add_common(CLI::App& command, Options& options) {
  command.add_option("--json", options.json, "write the result to this file");
  command
      .add_option("--core", options.core,
                  "core of the first worker; whoever else has work takes those that follow")
      ->capture_default_str();
  command.add_flag("--quick", options.quick, "two minutes at most: shorter windows, fewer changes");
}

void add_windows(CLI::App& command, Options& options) {
  command.add_option("--windows", options.windows, "how often to measure")
      ->check(CLI::Range(10U, 1000U))
      ->capture_default_str();
}

// An option that is one of a few names, each of which stands for a value.
template <class Value>
CLI::Option& add_choice(CLI::App& command, const std::string& option, Value& value,
                        const std::map<std::string, Value>& values, const std::string& what) {
  std::vector<std::string> names;
  names.reserve(values.size());
  for (const auto& [name, ignored] : values) names.push_back(name);
  const auto take = [&value, values](const std::string& name) { value = values.at(name); };
  return *command.add_option_function<std::string>(option, take, what)->check(CLI::IsMember(names));
}

const std::map<std::string, Kind>& kinds_by_name() {
  static const std::map<std::string, Kind> names{kinds.begin(), kinds.end()};
  return names;
}

// What a router does, and for how many.
template <class What>
void add_case(CLI::App& command, What& what) {
  add_choice(command, "--case", what.kind, kinds_by_name(), "what the router does");
  command.add_option("--sessions", what.sessions, "live sessions")
      ->check(CLI::Range(1U, 8'000'000U))
      ->capture_default_str();
  command.add_option("--rules", what.rules, "firewall rules and egress exceptions")
      ->check(CLI::Range(0U, 100'000U))
      ->capture_default_str();
}

void add_path(CLI::App& app, Options& options, PathOptions& path, std::string& frame) {
  CLI::App& command = *app.add_subcommand("path", "cycles per packet of established conversations");
  add_common(command, options);
  add_windows(command, options);
  add_case(command, path);
  command.get_option("--case")->required();
  command
      .add_option("--frame", frame,
                  "bytes on the wire with the checksum, 1500 (1518 on the wire) or imix")
      ->capture_default_str();
  command.add_option("--workers", path.workers, "workers, each on a core of its own")
      ->check(CLI::Range(1U, static_cast<unsigned>(exchange::Exchange::most_workers)))
      ->capture_default_str();
  add_choice<Via>(command, "--via", path.via, {{"memory", Via::memory}, {"memif", Via::memif}},
                  "where frames come from");
  command
      .add_option("--guard", path.guard,
                  "fail when a packet takes more than this many steps of a fixed loop")
      ->check(CLI::Range(0.001, 1'000'000.0));
  command.add_option("--check-each", path.check_each, "check the frames of every n-th batch")
      ->check(CLI::Range(1U, 1'000'000U))
      ->capture_default_str();
}

CLI::App& add_sessions(CLI::App& app, Options& options, SessionsOptions& sessions) {
  CLI::App& command =
      *app.add_subcommand("sessions", "what a session costs from its first packet to its end");
  add_common(command, options);
  add_windows(command, options);
  command.add_option("--rules", sessions.rules, "firewall rules and egress exceptions")
      ->check(CLI::Range(0U, 100'000U))
      ->capture_default_str();
  command.add_option("--live", sessions.live, "sessions that are there already")
      ->check(CLI::Range(0U, 4'000'000U))
      ->capture_default_str();
  return command;
}

// What a run of the bench starts beside itself; not for people.
CLI::App& add_device(CLI::App& app, Options& options, DeviceOptions& device) {
  CLI::App& command = *app.add_subcommand("device")->group("");
  add_case(command, device);
  command.add_option("--core", options.core)->required();
  command.add_option("--wan", device.wan)->required();
  command.add_option("--lan", device.lan)->required();
  command.add_option("--namespace", device.network_namespace);
  command.add_option("--counters", device.counters)->required();
  return command;
}

CLI::App& add_search(CLI::App& app, Options& options, SearchOptions& search, std::string& frame) {
  CLI::App& command = *app.add_subcommand(
      "search", "greatest rates without loss and with little, between two processes");
  add_common(command, options);
  add_windows(command, options);
  add_case(command, search);
  command
      .add_option("--frame", frame,
                  "bytes on the wire with the checksum, 1500 (1518 on the wire) or imix")
      ->capture_default_str();
  return command;
}

CLI::App& add_peers(CLI::App& app, Options& options, PeersOptions& peers, std::string& frame) {
  CLI::App& command = *app.add_subcommand("peers", "others at the same work in the same run");
  add_common(command, options);
  add_windows(command, options);
  add_choice<Kind>(command, "--case", peers.kind, {{"forward", Kind::forward}, {"nat", Kind::nat}},
                   "what the routers do");
  command
      .add_option("--frame", frame,
                  "bytes on the wire with the checksum, 1500 (1518 on the wire) or imix")
      ->capture_default_str();
  // The kernel's table of connections has its own limit.
  command.add_option("--sessions", peers.sessions, "live sessions")
      ->check(CLI::Range(1U, 60'000U))
      ->capture_default_str();
  command.add_option("--vpp", peers.vpp, "VPP's program, if it is to take part")
      ->check(CLI::ExistingFile);
  return command;
}

CLI::App& add_reconfigure(CLI::App& app, Options& options, ReconfigureOptions& reconfigure) {
  CLI::App& command =
      *app.add_subcommand("reconfigure", "changes of the configuration while packets flow");
  add_common(command, options);
  command.add_option("--rules", reconfigure.rules, "firewall rules that are replaced")
      ->check(CLI::Range(1U, 100'000U))
      ->capture_default_str();
  command
      .add_option("--forwards", reconfigure.forwards, "port forwards that are replaced with them")
      ->check(CLI::Range(1U, 10'000U))
      ->capture_default_str();
  command.add_option("--standing", reconfigure.standing, "port forwards in all")
      ->check(CLI::Range(1U, 100'000U))
      ->capture_default_str();
  command.add_option("--sessions", reconfigure.sessions, "live sessions")
      ->check(CLI::Range(1U, 4'000'000U))
      ->capture_default_str();
  command.add_option("--changes", reconfigure.changes, "how often to change")
      ->check(CLI::Range(1U, 100'000U))
      ->capture_default_str();
  return command;
}

int run(int argc, char** argv) {
  CLI::App app{"Measures Viaduct's packet path."};
  app.require_subcommand(1);
  app.set_version_flag("--version", VIADUCT_VERSION);
  Options options;

  PathOptions path;
  std::string frame = "64";
  add_path(app, options, path, frame);
  SessionsOptions sessions;
  CLI::App& sessions_command = add_sessions(app, options, sessions);
  SearchOptions search;
  CLI::App& search_command = add_search(app, options, search, frame);
  PeersOptions peers;
  CLI::App& peers_command = add_peers(app, options, peers, frame);
  DeviceOptions device;
  CLI::App& device_command = add_device(app, options, device);
  ReconfigureOptions reconfigure;
  const CLI::App& reconfigure_command = add_reconfigure(app, options, reconfigure);

  report::ReportOptions report;
  CLI::App& report_command = *app.add_subcommand("report", "shows results side by side");
  report_command.add_option("files", report.files, "results that --json wrote")->required();
  report_command.add_option("--html", report.html, "write a page with plots to this file");

  const auto all = app.get_subcommands([](const CLI::App* /*any*/) { return true; });
  const auto is_asked_for = [&](const CLI::App* command) { return command->get_name() == argv[1]; };
  if (argc > 1 && *argv[1] != '-' && std::ranges::none_of(all, is_asked_for)) {
    std::cerr << "viaduct-bench: there is no subcommand '" << argv[1] << "', see --help\n";
    return 2;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& problem) {
    return app.exit(problem) == 0 ? 0 : 2;
  }
  if (report_command.parsed()) return conclude(report::run_report(report));
  if (auto lengths = FrameLengths::parse(frame)) {
    path.lengths = *lengths;
    search.lengths = *lengths;
    peers.lengths = *std::move(lengths);
  } else {
    return conclude(tl::unexpected<Error>{lengths.error()});
  }
  if (auto writable = check_output(options); !writable) return conclude(writable);
  if (auto started = start_dpdk(options); !started) return conclude(started);
  if (reconfigure_command.parsed()) return conclude(run_reconfigure(options, reconfigure));
  if (sessions_command.parsed()) return conclude(run_sessions(options, sessions));
  if (search_command.parsed()) return conclude(run_search(options, search));
  if (peers_command.parsed()) return conclude(run_peers(options, peers));
  if (device_command.parsed()) return conclude(run_device(device));
  return conclude(run_path(options, path));
}

}  // namespace
}  // namespace viaduct::bench

int main(int argc, char** argv) {
  try {
    return viaduct::bench::run(argc, argv);
  } catch (const std::exception& exception) {
    std::cerr << "viaduct-bench: " << exception.what() << "\n";
    return 1;
  }
}
