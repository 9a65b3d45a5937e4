#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "bench/peers/peer.h"
#include "bench/peers/vpp_runtime.h"

// VPP by the commands of its documentation, as one process that forwards on its main thread: it
// takes no two threads on one core, and has one.
namespace viaduct::bench {
namespace {

class VppPeer final : public Peer {
 public:
  // `control` is the program that asks it, with its arguments.
  VppPeer(Process process, Arguments control)
      : process_(std::move(process)), control_(std::move(control)) {}

  Result<void> check() override {
    if (process_.is_running()) return {};
    return fail(Fault::failed, "", "vpp has ended: " + process_.last_words());
  }
  void begin() override { (void)ask({"clear", "runtime"}); }
  std::optional<PacketCycles> cycles() override {
    const auto said = ask({"show", "runtime"});
    if (!said || said->status != 0) return std::nullopt;
    return cycles_in(said->out, "memif-input");
  }

 private:
  Result<Finished> ask(const Arguments& command) {
    Arguments program = control_;
    program.insert(program.end(), command.begin(), command.end());
    return run_and_listen(program, std::chrono::seconds{2});
  }

  Process process_;
  Arguments control_;
};

// Its name of the memif with this id.
std::string_view interface_named(std::string_view port) {
  return port == Case::wan ? "memif1/0" : "memif1/1";
}

// The case's router on VPP's command line.
std::string commands_for(const Contest& contest, const Configuration& compiled) {
  const Document document = contest.measured.document();
  const Router& router = document.routers.begin()->second;
  std::ostringstream lines;
  lines << "create memif socket id 1 filename " << contest.directory.file("memif")
        << "\ncreate interface memif id 0 socket-id 1 master\n"
           "create interface memif id 1 socket-id 1 master\n";
  for (const auto& [id, interface] : router.of<interface::Interface>()) {
    const std::string_view name = interface_named(interface.port);
    const Mac& mac = compiled.routers.front()->interfaces->find(id)->mac;
    lines << "set interface mac address " << name << " " << to_string(mac)
          << "\nset interface state " << name << " up\n";
    for (const auto& address : interface.addresses) {
      lines << "set interface ip address " << name << " " << to_string(address) << "\n";
    }
  }
  for (const auto& [id, route] : router.of<route::Route>()) {
    lines << "ip route add " << to_string(route.prefix) << " via " << to_string(route.via) << " "
          << interface_named(Case::wan) << "\n";
  }
  for (const auto& [id, rule] : router.of<source_nat::Rule>()) {
    lines << "nat44 plugin enable sessions "
          << std::max(65'536U, 2 * contest.measured.conversations()) << "\nnat44 add address "
          << to_string(rule.addresses.front()) << " - " << to_string(rule.addresses.back())
          << "\nset interface nat44 in " << interface_named(Case::lan) << " out "
          << interface_named(Case::wan) << "\nset nat timeout udp 7200\n";
  }
  return lines.str();
}

std::string settings_for(const Contest& contest, const std::string& commands) {
  const auto file = [&](const char* name) { return contest.directory.file(name); };
  std::ostringstream text;
  text << "unix { nodaemon nosyslog runtime-dir " << file("vpp") << " cli-listen " << file("cli")
       << " exec " << commands << " }\ncpu { main-core " << contest.core
       << " }\nmemory { main-heap-size 1G }\nbuffers { buffers-per-numa 16384 }\n"
       << "api-segment { prefix bench" << getpid() << " }\nsocksvr { socket-name " << file("api")
       << " }\nstatseg { socket-name " << file("stats")
       << " }\nplugins { plugin default { disable } plugin memif_plugin.so { enable }"
       << " plugin nat_plugin.so { enable } }\n";
  return text.str();
}

Result<void> write_file(const std::string& path, const std::string& text) {
  std::ofstream file{path};
  file << text;
  if (!file.flush()) return fail(Fault::unavailable, path, "cannot be written");
  return {};
}

}  // namespace

Result<std::unique_ptr<Peer>> start_vpp(const Contest& contest, const std::string& program) {
  Directory directory;
  const Configuration compiled = TRY(compile(contest.measured.document(), directory));
  const std::string commands = contest.directory.file("commands");
  const std::string settings = contest.directory.file("startup.conf");
  TRY(write_file(commands, commands_for(contest, compiled)));
  TRY(write_file(settings, settings_for(contest, commands)));
  auto process = TRY(Process::start({program, "-c", settings}, contest.directory.file("vpp.log")));
  const std::string control = std::filesystem::path{program}.replace_filename("vppctl");
  return std::make_unique<VppPeer>(std::move(process),
                                   Arguments{control, "-s", contest.directory.file("cli")});
}

}  // namespace viaduct::bench
