#include <unistd.h>

#include <csignal>
#include <iostream>
#include <string_view>

#include "controlplane/cloudstack_entry/program.h"

namespace {

viaduct::cloudstack_entry::Environment read_environment() {
  viaduct::cloudstack_entry::Environment environment;
  for (char** each = environ; *each != nullptr; ++each) {
    const std::string_view line{*each};
    const auto equals = line.find('=');
    if (equals != std::string_view::npos) {
      environment.emplace(line.substr(0, equals), line.substr(equals + 1));
    }
  }
  return environment;
}

}  // namespace

int main(int argc, char** argv) {
  static_cast<void>(std::signal(SIGPIPE, SIG_IGN));
  std::cout << std::unitbuf;  // both streams become one at the other end
  try {
    return viaduct::cloudstack_entry::run({argv, argv + argc}, read_environment(), std::cout,
                                          std::cerr);
  } catch (const std::exception& exception) {
    std::cerr << "viaduct-cloudstack: " << exception.what() << "\n";
    return 1;
  }
}
