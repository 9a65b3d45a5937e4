#pragma once

#include <ostream>

#include "controlplane/cli/table.h"
#include "controlplane/document.h"

// viaductd's answers, for people.
namespace viaduct::cli {

struct Screen {
  std::ostream& out;
  Style style;
};

// What is at `path` in the document.
void show_config(const Screen& screen, const api::DocumentPath& path, const api::Json& found);
// The answer to a change or to a dry run.
void show_outcome(const Screen& screen, const api::Json& outcome);
void show_changes(const Screen& screen, const api::Json& changes);
void show_history(const Screen& screen, const api::Json& answer);
void show_status(const Screen& screen, const api::Json& status);
void show_sessions(const Screen& screen, const api::Json& answer);
void show_leases(const Screen& screen, const api::Json& answer);
void show_services(const Screen& screen, const api::Json& counters);
void show_counters(const Screen& screen, const api::Json& counters);
void show_explanation(const Screen& screen, const api::Json& explanation);

}  // namespace viaduct::cli
