#pragma once

#include <chrono>
#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>

#include "base/process.h"
#include "controlplane/cli/client.h"

namespace viaduct::cloudstack_entry {

// Where CloudStack's core and its hosts put files.
constexpr std::string_view cache_directory = "/var/cache/cloud";
constexpr std::uintmax_t largest_file = std::uintmax_t{32} << 20;  // what the API takes, in bytes

// The router that CloudStack configures: its id in the document.
constexpr std::string_view router_id = "vr";

// The appliance as an entry point sees it.
struct Site {
  std::string root;              // before every path of the protocol; empty on an appliance
  std::string router_namespace;  // network namespace of the router
  bool is_strict = false;        // a part of an aggregate that is refused fails all of it
  cli::Client client;            // of viaductd
  std::ostream& out;
  std::ostream& err;
  std::chrono::milliseconds boot_patience = std::chrono::seconds{240};

  [[nodiscard]] std::string path(std::string_view absolute) const {
    return root + std::string{absolute};
  }
  [[nodiscard]] std::string cached(std::string_view name) const {
    return path(cache_directory) + "/" + std::string{name};
  }
};

// Whether `name` names a file in the cache directory itself: no '/', not hidden, not empty, and of
// letters, digits, '.', '-' and '_' only.
[[nodiscard]] bool is_file_name(std::string_view name);

// Whether `text` is one to five decimal digits.
[[nodiscard]] bool is_short_number(std::string_view text);

// The whole file; Fault::not_found if there is none, Fault::too_large beyond largest_file.
Result<std::string> read_file(const std::string& path);
// Replaces a file, readable by its owner only; makes the directories above it.
Result<void> write_file(const std::string& path, std::string_view bytes);

// Adds a line to the log that the core tells operators to look at. What cannot be written there is
// lost.
void log(const Site& site, std::string_view line);

// Says on the error stream what went wrong, and in the log. Returns exit status 1.
int report(Site& site, const Error& error);

}  // namespace viaduct::cloudstack_entry
