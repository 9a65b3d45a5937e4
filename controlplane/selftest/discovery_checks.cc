#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "base/private_directory.h"
#include "base/process.h"
#include "controlplane/selftest/check.h"

// What another program says of the same router: coturn's natdiscovery, by RFC 5780.
namespace viaduct::selftest {
namespace {

using namespace std::chrono_literals;

constexpr const char* server_program = "/usr/bin/turnserver";
constexpr const char* client_program = "/usr/bin/turnutils_natdiscovery";
constexpr auto patience = 30s;

std::string content(const std::string& file) {
  std::ifstream stream{file};
  std::ostringstream all;
  all << stream.rdbuf();
  return all.str();
}

// What it prints when it is asked for one behaviour ("-m", "-f"), against a STUN server of its own.
Result<std::string> discover(Trial& trial, const char* behaviour) {
  const auto directory = TRY(PrivateDirectory::make());
  const auto said = [&](const char* name) { return directory.file(name); };
  const auto server = TRY(Process::start(
      inside_namespace(trial.lab().internet(),
                       {server_program, "-n", "--stun-only", "--no-auth", "--no-tls", "--no-dtls",
                        "--no-cli", "-L", to_string(plan::program_servers[0]), "-L",
                        to_string(plan::program_servers[1]), "--log-file", said("server.log"),
                        "--simple-log", "--pidfile", said("pid"), "--userdb", said("userdb")}),
      said("server.out")));
  const auto deadline = std::chrono::steady_clock::now() + patience;
  std::error_code nothing_there;
  for (;;) {
    std::filesystem::remove(said("client.out"), nothing_there);
    Process client = TRY(Process::start(
        inside_namespace(trial.lab().guests(),
                         {client_program, behaviour, to_string(plan::program_servers[0])}),
        said("client.out")));
    while (client.is_running() && std::chrono::steady_clock::now() < deadline) {
      TRY(trial.wait(20ms));
    }
    const std::string text = content(said("client.out"));
    // Until the server listens, nothing answers the first question.
    if (text.find("RFC 5780 response") != text.npos) return text;
    if (std::chrono::steady_clock::now() > deadline) {
      return fail(Fault::unavailable, server_program, "does not answer natdiscovery");
    }
  }
}

// The line of its verdict: "NAT with Endpoint Independent Mapping!".
std::string verdict(const std::string& text, const std::string& subject) {
  std::istringstream lines{text};
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("NAT with") && line.find(subject) != line.npos) {
      return line.substr(9, line.size() - 10);
    }
  }
  return "no verdict";
}

Result<Seen> classify(Trial& trial, const Terms& terms, const char* behaviour,
                      const std::string& expected) {
  TRY(trial.set(terms));
  const std::string subject = expected.substr(expected.rfind(' ') + 1);
  const std::string said = verdict(TRY(discover(trial, behaviour)), subject);
  return Seen{said, said == expected};
}

constexpr const char* independent = "endpoint-independent";
constexpr const char* by_address = "address-dependent";
constexpr const char* by_endpoint = "address-and-port-dependent";

Result<Seen> maps_independently(Trial& trial) {
  return classify(trial, {.mapping = independent}, "-m", "Endpoint Independent Mapping");
}
Result<Seen> maps_by_address(Trial& trial) {
  return classify(trial, {.mapping = by_address}, "-m", "Address Dependent Mapping");
}
Result<Seen> maps_by_endpoint(Trial& trial) {
  return classify(trial, {.mapping = by_endpoint}, "-m", "Address and Port Dependent Mapping");
}
Result<Seen> filters_independently(Trial& trial) {
  return classify(trial, {.filtering = independent}, "-f", "Endpoint Independent Filtering");
}
Result<Seen> filters_by_address(Trial& trial) {
  return classify(trial, {.filtering = by_address}, "-f", "Address Dependent Filtering");
}
Result<Seen> filters_by_endpoint(Trial& trial) {
  return classify(trial, {.filtering = by_endpoint}, "-f", "Address and Port Dependent Filtering");
}

constexpr std::array checks{
    Check{"RFC 5780", "natdiscovery", "mapping set to endpoint-independent", maps_independently},
    Check{"RFC 5780", "natdiscovery", "mapping set to address-dependent", maps_by_address},
    Check{"RFC 5780", "natdiscovery", "mapping set to address-and-port-dependent",
          maps_by_endpoint},
    Check{"RFC 5780", "natdiscovery", "filtering set to endpoint-independent",
          filters_independently},
    Check{"RFC 5780", "natdiscovery", "filtering set to address-dependent", filters_by_address},
    Check{"RFC 5780", "natdiscovery", "filtering set to address-and-port-dependent",
          filters_by_endpoint},
};

}  // namespace

std::span<const Check> discovery_checks() {
  if (access(server_program, X_OK) != 0 || access(client_program, X_OK) != 0) return {};
  return checks;
}

}  // namespace viaduct::selftest
