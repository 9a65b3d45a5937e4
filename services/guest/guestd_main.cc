#include <CLI/CLI.hpp>
#include <iostream>

#include "services/guest/dnsmasq/read.h"

namespace viaduct {
namespace {

// The exit status of dnsmasq.
constexpr int bad_configuration = 1;
constexpr int unreadable_file = 3;

int check_syntax(const std::string& path) {
  dnsmasq::DiskFiles files;
  const auto configuration = dnsmasq::read_configuration(path, files);
  if (!configuration) {
    std::cerr << configuration.error().where << ": " << configuration.error().why << "\n";
    return configuration.error().fault == Fault::not_found ? unreadable_file : bad_configuration;
  }
  for (const auto& notice : configuration->notices) {
    std::cerr << to_string(notice.source) << ": note: " << notice.why << "\n";
  }
  std::cout << "syntax check OK.\n";
  return 0;
}

int run(int argc, char** argv) {
  CLI::App app{"DHCP, DNS, metadata and passwords for the guests of every router.",
               "viaduct-guestd"};
  std::string path = "/etc/dnsmasq.conf";
  bool is_test = false;
  app.add_flag("--test", is_test, "check the syntax of the configuration and end")->required();
  app.add_option("-C,--conf-file", path, "configuration in dnsmasq's syntax")
      ->capture_default_str();
  app.set_version_flag("--version", std::string{VIADUCT_VERSION});
  CLI11_PARSE(app, argc, argv);
  return check_syntax(path);
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
