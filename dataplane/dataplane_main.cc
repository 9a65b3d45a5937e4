#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <exception>
#include <iostream>

#include "dataplane/runtime/control_server.h"
#include "dataplane/runtime/eal.h"

namespace viaduct {
namespace {

volatile std::sig_atomic_t asked_to_stop = 0;

void stop(int /*signal*/) {
  asked_to_stop = 1;
}

Result<void> serve(const std::string& settings_path) {
  const Settings settings = TRY(read_settings(settings_path));
  TRY(runtime::check_cpu());
  const auto environment = TRY(runtime::start_eal(settings.dataplane));
  const auto engine = TRY(runtime::Engine::start(settings, environment.huge_pages));
  engine->resume();
  const auto server =
      TRY(runtime::ControlServer::listen(settings.dataplane.control_socket, *engine));
  // EAL has its own ideas about signals; ours come last.
  (void)std::signal(SIGTERM, stop);
  (void)std::signal(SIGINT, stop);
  (void)std::signal(SIGHUP, SIG_IGN);  // it would take all sessions with it
  std::string cores;
  for (const auto& core : settings.dataplane.worker_cores) {
    cores += " " + std::to_string(core.value);
  }
  spdlog::info("forwarding on core{}{}, {}; control socket {}",
               settings.dataplane.worker_cores.size() == 1 ? "" : "s", cores,
               environment.huge_pages ? "huge pages" : "no huge pages (slower)",
               settings.dataplane.control_socket);
  using Clock = std::chrono::steady_clock;
  auto next_look = Clock::now();
  while (asked_to_stop == 0) {
    server->accept_within(std::chrono::milliseconds{200});
    if (Clock::now() < next_look) continue;
    engine->attend();
    next_look = Clock::now() + std::chrono::seconds{1};
  }
  spdlog::info("stopping");
  return {};
}

int run(int argc, char** argv) {
  CLI::App app{"The packet path of Viaduct."};
  std::string settings = "/etc/viaduct/viaduct.ini";
  app.add_option("--settings", settings, "boot-time settings")->capture_default_str();
  app.set_version_flag("--version", VIADUCT_VERSION);
  CLI11_PARSE(app, argc, argv);
  spdlog::set_default_logger(spdlog::stderr_color_mt("viaduct-dataplane"));
  const auto served = serve(settings);
  if (served) return 0;
  spdlog::critical("{}: {}", served.error().where, served.error().why);
  return 1;
}

}  // namespace
}  // namespace viaduct

int main(int argc, char** argv) {
  try {
    return viaduct::run(argc, argv);
  } catch (const std::exception& exception) {
    std::cerr << "viaduct-dataplane: " << exception.what() << "\n";
    return 1;
  }
}
