#include "bench/wire/pair.h"

#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <thread>

#include "base/interrupt.h"

namespace viaduct::bench {
namespace {

using namespace std::chrono_literals;

// Memory for millions of sessions is touched before the first packet.
constexpr auto start_patience = 60s;

std::string memif(unsigned id, std::string_view role, const std::string& socket) {
  // A device's name serves only once in a process.
  static unsigned number = 0;
  return "net_memif" + std::to_string(number++) + ",role=" + std::string{role} +
         ",id=" + std::to_string(id) + ",socket=" + socket + ",socket-abstract=no";
}

}  // namespace

Result<void> take_core_beside(const Options& options) {
  const auto cores = static_cast<unsigned>(sysconf(_SC_NPROCESSORS_ONLN));
  if (cores < 2) return fail(Fault::unavailable, "", "two processes need two cores");
  if (!pin_to((options.core + 1) % cores)) {
    return fail(Fault::unavailable, "", "the core beside the device's may not be used");
  }
  return {};
}

Wires memif_wires(const PrivateDirectory& directory) {
  const std::string socket = directory.file("memif");
  return {.device = {memif(0, "server", socket), memif(1, "server", socket), ""},
          .generator = {memif(0, "client", socket), memif(1, "client", socket), ""}};
}

Result<Viaduct> Viaduct::start(const Case& measured, const Ports::Plan& ports, unsigned core,
                               const PrivateDirectory& directory) {
  const std::string file = directory.file("counters");
  auto counters = TRY(SharedCounters::open(file, true));
  // By its path, since what starts it in our place is another program for a moment.
  std::error_code problem;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", problem);
  Arguments program{self.string(), "device",
                    "--case",      std::string{name_of(measured.kind())},
                    "--sessions",  std::to_string(measured.conversations()),
                    "--rules",     std::to_string(measured.rules()),
                    "--core",      std::to_string(core),
                    "--wan",       ports.wan,
                    "--lan",       ports.lan,
                    "--counters",  file};
  if (!ports.network_namespace.empty()) {
    program.insert(program.end(), {"--namespace", ports.network_namespace});
  }
  Viaduct viaduct{TRY(Process::start(program, directory.file("viaduct.log"))), std::move(counters)};
  const auto deadline = std::chrono::steady_clock::now() + start_patience;
  while (viaduct.counters().is_ready == 0) {
    TRY(viaduct.check());
    TRY(check_interrupts());
    if (std::chrono::steady_clock::now() > deadline) {
      return fail(Fault::unavailable, "", "the device under test does not begin to forward");
    }
    std::this_thread::sleep_for(1ms);
  }
  return viaduct;
}

Result<void> Viaduct::check() {
  if (process_.is_running()) return {};
  return fail(Fault::failed, "", "the device under test has ended: " + process_.last_words());
}

Result<Pair> Pair::make(const Options& options, const Case& measured, const FrameLengths& lengths,
                        Progress& progress) {
  auto directory = TRY(PrivateDirectory::make());
  const Wires wires = memif_wires(directory);
  auto viaduct = TRY(Viaduct::start(measured, wires.device, options.core, directory));
  auto ports = TRY(Ports::open(wires.generator));
  TRY(ports->wait_for_link());
  auto generator = TRY(Generator::make(measured, {.wires = ports->wires(),
                                                  .buffers = ports->buffers(),
                                                  .lengths = lengths,
                                                  .burst_seconds = wires.burst_seconds}));
  TRY(generator->open(progress));
  return Pair{std::move(directory), std::move(viaduct), std::move(ports), std::move(generator)};
}

}  // namespace viaduct::bench
