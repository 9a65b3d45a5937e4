#include <pthread.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <iostream>

#include "api/settings.h"
#include "controlplane/http/openapi.h"
#include "controlplane/http/server.h"
#include "controlplane/kernel/namespaces.h"
#include "controlplane/reference.h"
#include "controlplane/supervisor.h"
#include "controlplane/version.h"

namespace viaduct {
namespace {

// The namespaces of the routers, behind Control's interface.
class NamespacedKernel final : public Kernel {
 public:
  explicit NamespacedKernel(std::string prefix) : namespaces_(std::move(prefix)) {}
  Result<void> prepare(const Configuration& configuration) override {
    return namespaces_.prepare(configuration);
  }
  bool is_prepared(const Configuration& configuration) override {
    return namespaces_.is_prepared(configuration);
  }
  Result<void> converge(const Configuration& configuration) override {
    return namespaces_.converge(configuration);
  }

 private:
  kernel::Namespaces namespaces_;
};

// SIGTERM and SIGINT, blocked in every thread and waited for in the main one.
class StopSignals {
 public:
  StopSignals() {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGTERM);
    sigaddset(&signals_, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  }
  void wait() const {
    int signal = 0;
    while (sigwait(&signals_, &signal) != 0) {
    }
  }

 private:
  sigset_t signals_{};
};

Result<void> serve(const std::string& settings_path) {
  const StopSignals stop_signals;
  static_cast<void>(std::signal(SIGPIPE, SIG_IGN));
  // There is nothing to read again: what can change comes in by the API.
  static_cast<void>(std::signal(SIGHUP, SIG_IGN));
  const Settings settings = TRY(read_settings(settings_path));
  Journal journal = TRY(Journal::open(settings.control.journal));
  DataplaneLink dataplane{settings.dataplane.control_socket};
  using namespace std::chrono_literals;
  ProcessLink guest_services{"viaduct-guestd", settings.guest.control_socket, 5s};
  NamespacedKernel kernel{settings.routers.namespace_prefix};
  const Control::Parts parts{journal, dataplane, guest_services, kernel};
  const auto control = TRY(Control::open(parts, {.largest_mtu = settings.dataplane.largest_mtu}));
  http::Server server{*control, parts};
  TRY(server.start(settings.control.socket));
  spdlog::info("viaductd {}: revision {}, listening at {}", version, control->desired()->revision,
               settings.control.socket);
  const Supervisor supervisor{*control};
  stop_signals.wait();
  spdlog::info("stopping");
  server.stop();
  return {};
}

int run(int argc, char** argv) {
  CLI::App app{"The control plane of a Viaduct appliance.", "viaductd"};
  std::string settings_path = "/etc/viaduct/viaduct.ini";
  bool wants_openapi = false;
  bool wants_reference = false;
  bool wants_settings_help = false;
  app.add_option("--settings", settings_path, "boot-time settings")->capture_default_str();
  app.add_flag("--openapi", wants_openapi, "print the OpenAPI document and end");
  app.add_flag("--reference", wants_reference, "print the reference of resources and end");
  app.add_flag("--settings-help", wants_settings_help, "print an example settings file and end");
  app.set_version_flag("--version", std::string{version});
  CLI11_PARSE(app, argc, argv);
  if (wants_openapi) {
    std::cout << http::openapi_text();
    return 0;
  }
  if (wants_reference) {
    std::cout << reference_text();
    return 0;
  }
  if (wants_settings_help) {
    std::cout << settings_help();
    return 0;
  }
  spdlog::set_default_logger(spdlog::stderr_color_mt("viaductd"));
  if (const auto served = serve(settings_path); !served) {
    spdlog::critical("{}", told(served.error()));
    return 1;
  }
  return 0;
}

}  // namespace
}  // namespace viaduct

int main(int argc, char** argv) {
  try {
    return viaduct::run(argc, argv);
  } catch (const std::exception& exception) {
    std::cerr << "viaductd: " << exception.what() << "\n";
    return 1;
  }
}
