#pragma once

#include <string>

#include "base/result.h"
#include "services/guest/dnsmasq/configuration.h"
#include "services/guest/dnsmasq/files.h"

namespace viaduct::dnsmasq {

// Limits of one configuration. Those of a file and of a line are in files.h and lines.h.
inline constexpr unsigned deepest_inclusion = 32;  // conf-file and conf-dir within each other
inline constexpr std::size_t most_lines = 200000;  // of all files together, blank ones not counted

// Reads the file at `path` and what it includes. The first error ends it, with `where` FILE:LINE;
// its fault is not_found if it is about a file that cannot be read. Files of hosts and of DHCP
// options are read at last; what is wrong in them becomes a notice and is left out.
Result<Configuration> read_configuration(const std::string& path, Files& files);

// Adds the names that a file has, in the form of hosts(5), to those of a configuration. What is
// wrong in it becomes a notice.
void add_hosts(const std::string& path, Files& files, Configuration& configuration);

}  // namespace viaduct::dnsmasq
