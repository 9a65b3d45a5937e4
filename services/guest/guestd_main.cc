#include <spdlog/spdlog.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <fstream>
#include <iostream>

#include "services/guest/daemon/alone.h"
#include "services/guest/daemon/daemon.h"
#include "services/guest/dnsmasq/read.h"
#include "services/guest/serving/dhcp_service.h"
#include "services/guest/serving/dns_service.h"
#include "services/guest/serving/from_dnsmasq.h"
#include "services/guest/serving/interfaces.h"

namespace viaduct {
namespace {

// The exit statuses of dnsmasq.
constexpr int bad_configuration = 1;
constexpr int bad_network = 2;
constexpr int unreadable_file = 3;

struct Options {
  std::string settings;
  std::string configuration = "/etc/dnsmasq.conf";
  std::string lease_file = "/var/lib/viaduct/guestd/leases";
  bool is_test = false;
  // What dnsmasq's syntax has no key for; defaults are those of the resources.
  std::uint32_t queries_per_second = dns::Settings{}.queries_per_second;
  std::uint32_t new_clients_per_second = dhcp::Subnet{}.new_clients_per_second;
};

int tell(const Error& error, int status) {
  std::cerr << "viaduct-guestd: " << error.where << (error.where.empty() ? "" : ": ") << error.why
            << "\n";
  return status;
}

// The servers that /etc/resolv.conf and its like name (resolv.conf(5)).
std::vector<dns::Resolver> read_resolvers(const dnsmasq::Configuration& configuration) {
  std::vector<dns::Resolver> resolvers;
  if (configuration.no_resolv) return resolvers;
  auto files = configuration.resolv_files;
  if (files.empty()) files.emplace_back("/etc/resolv.conf");
  for (const std::string& path : files) {
    std::ifstream file{path};
    for (std::string line; std::getline(file, line);) {
      std::istringstream words{line};
      std::string key;
      std::string value;
      if (!(words >> key >> value) || key != "nameserver") continue;
      if (const auto address = parse_address(value)) resolvers.push_back({{*address, 53}});
    }
  }
  return resolvers;
}

Result<Descriptor> question_socket(broker::Sockets& sockets, const Address& resolver,
                                   dns::Transport transport) {
  const bool is_datagram = transport == dns::Transport::udp;
  auto opened = TRY(
      sockets.open({.kind = is_datagram ? broker::Kind::question : broker::Kind::question_stream,
                    .address = resolver}));
  return std::move(opened.sockets.front());
}

// As many as we may have: each question to a resolver has a socket of its own, and when those run
// out, the file of leases cannot be opened either.
void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  static_cast<void>(setrlimit(RLIMIT_NOFILE, &limit));  // everybody may (setrlimit(2))
}

void set_limits(serving::Site& site, const Options& options) {
  site.dns.queries_per_second = options.queries_per_second;
  for (auto& [id, subnet] : site.subnets) {
    subnet.new_clients_per_second = options.new_clients_per_second;
  }
}

// dnsmasq would read its hosts again. What we have read we can no longer reach.
void watch_for_hangups(boost::asio::signal_set& hangups) {
  hangups.async_wait([&](const boost::system::error_code& problem, int) {
    if (problem) return;
    spdlog::warn("SIGHUP: nothing is read again; start anew to serve what has changed");
    watch_for_hangups(hangups);
  });
}

int serve(const dnsmasq::Configuration& configuration, const Options& options) {
  const auto interfaces = serving::interfaces_here();
  if (!interfaces) return tell(interfaces.error(), bad_network);
  auto site = serving::from_dnsmasq(configuration, *interfaces);
  if (!site) return tell(site.error(), bad_configuration);
  set_limits(*site, options);
  for (const auto& resolver : read_resolvers(configuration)) {
    site->dns.resolvers.push_back(resolver);
  }
  boost::asio::io_context loop;
  boost::asio::signal_set signals{loop, SIGINT, SIGTERM};
  signals.async_wait([&](const boost::system::error_code&, int) { loop.stop(); });
  boost::asio::signal_set hangups{loop, SIGHUP};
  watch_for_hangups(hangups);
  const auto lease_file = guestd::settle_alone(options.lease_file);
  if (!lease_file) return tell(lease_file.error(), unreadable_file);
  broker::LocalSockets sockets;
  auto dhcp = serving::DhcpService::open(loop, *lease_file);
  if (!dhcp) return tell(dhcp.error(), unreadable_file);
  if (auto done = (*dhcp)->serve(*site, sockets); !done) return tell(done.error(), bad_network);
  serving::DnsService dns{loop, [&](const Address& resolver, dns::Transport transport) {
                            return question_socket(sockets, resolver, transport);
                          }};
  if (site->has_dns) {
    if (auto done = dns.serve(*site, sockets); !done) return tell(done.error(), bad_network);
  }
  spdlog::info("serves {} interfaces, {} subnets, {} reservations, {} names",
               site->interfaces.size(), site->subnets.size(), site->reservations.size(),
               site->hosts.size());
  loop.run();
  return 0;
}

// Serves the routers of the whole appliance.
int serve_appliance(const std::string& path) {
  const auto settings = read_settings(path);
  if (!settings) return tell(settings.error(), bad_configuration);
  const auto done = guestd::run(*settings);
  return done ? 0 : tell(done.error(), bad_network);
}

int run(int argc, char** argv) {
  CLI::App app{"DHCP, DNS, metadata and passwords for the guests of every router.",
               "viaduct-guestd"};
  Options options;
  app.add_option("--settings", options.settings,
                 "settings of the appliance: serve what viaductd says on the control socket");
  app.add_flag("--test", options.is_test, "check the syntax of the configuration and end");
  app.add_option("-C,--conf-file", options.configuration, "configuration in dnsmasq's syntax")
      ->capture_default_str();
  app.add_option("--leases", options.lease_file, "file that keeps the leases")
      ->capture_default_str();
  app.add_option("--queries-per-second", options.queries_per_second,
                 "DNS queries that are taken of one guest in a second; 0 for no limit")
      ->check(CLI::Range(0, 1'000'000))
      ->capture_default_str();
  app.add_option("--new-clients-per-second", options.new_clients_per_second,
                 "unknown guests that get an address of a range in a second")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  app.set_version_flag("--version", std::string{VIADUCT_VERSION});
  CLI11_PARSE(app, argc, argv);
  raise_descriptor_limit();
  if (!options.settings.empty()) return serve_appliance(options.settings);
  dnsmasq::DiskFiles files;
  auto configuration = dnsmasq::read_configuration(options.configuration, files);
  if (!configuration) {
    std::cerr << configuration.error().where << ": " << configuration.error().why << "\n";
    return configuration.error().fault == Fault::not_found ? unreadable_file : bad_configuration;
  }
  if (!options.is_test && !configuration->no_hosts) {
    dnsmasq::add_hosts("/etc/hosts", files, *configuration);
  }
  for (const auto& notice : configuration->notices) {
    std::cerr << to_string(notice.source) << ": note: " << notice.why << "\n";
  }
  if (!options.is_test) return serve(*configuration, options);
  std::cout << "syntax check OK.\n";
  return 0;
}

}  // namespace
}  // namespace viaduct

int main(int argc, char** argv) {
  try {
    return viaduct::run(argc, argv);
  } catch (const std::exception& exception) {
    std::cerr << "viaduct-guestd: " << exception.what() << "\n";
    return 1;
  }
}
