#pragma once

#include <ostream>
#include <string>
#include <vector>

namespace viaduct::cli {

enum ExitCode : int { ok = 0, failure = 1, usage = 2, invalid = 3, conflict = 4 };

// What `out` leads to.
struct Terminal {
  bool is_one = false;
  bool has_colours = false;
};

// The whole `viaduct` command: arguments without the program's name, to an exit code.
int run(std::vector<std::string> arguments, std::ostream& out, std::ostream& err,
        Terminal terminal = {});

}  // namespace viaduct::cli
