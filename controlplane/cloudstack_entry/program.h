#pragma once

#include <map>
#include <ostream>
#include <string>
#include <vector>

// The program viaduct-cloudstack. Called by the name of an entry point, it is that entry point.
namespace viaduct::cloudstack_entry {

using Environment = std::map<std::string, std::string>;

// `words` is the whole command line, the program's name first. Of the environment it uses
// VIADUCT_ROOT (before every path of the protocol), VIADUCT_SETTINGS (the INI file) and, in a
// session, SSH_ORIGINAL_COMMAND. Returns the exit status.
int run(const std::vector<std::string>& words, const Environment& environment, std::ostream& out,
        std::ostream& err);

}  // namespace viaduct::cloudstack_entry
