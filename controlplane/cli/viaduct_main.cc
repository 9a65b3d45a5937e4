#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <iostream>

#include "controlplane/cli/program.h"

int main(int argc, char** argv) {
  static_cast<void>(std::signal(SIGPIPE, SIG_IGN));
  const char* no_colour = std::getenv("NO_COLOR");  // NOLINT(concurrency-mt-unsafe): one thread
  const bool is_terminal = isatty(STDOUT_FILENO) == 1;
  const bool has_colours = is_terminal && (no_colour == nullptr || *no_colour == '\0');
  try {
    return viaduct::cli::run({argv + 1, argv + argc}, std::cout, std::cerr,
                             {is_terminal, has_colours});
  } catch (const std::exception& exception) {
    std::cerr << "viaduct: " << exception.what() << "\n";
    return viaduct::cli::ExitCode::failure;
  }
}
