#pragma once

#include <span>

#include "controlplane/cloudstack_entry/site.h"

// The programs of /opt/cloud/bin that CloudStack's management server and its hosts run in a router.
// Each takes its arguments without its name, says what the server parses, and returns its exit
// status. A wrong call is answered with how it is called, and status 1.
namespace viaduct::cloudstack_entry {

// configuration.cc
int update_config(Site& site, const Arguments& arguments);
int reapply(Site& site, const Arguments& arguments);
int run_aggregate(Site& site, const Arguments& arguments);

// certificates.cc
int set_up_keystore(Site& site, const Arguments& arguments);
int import_certificate(Site& site, const Arguments& arguments);

// interface.cc
int update_interface(Site& site, const Arguments& arguments);

// version.cc
int template_version(Site& site, const Arguments& arguments);
int live_patch(Site& site, const Arguments& arguments);

// usage.cc
int network_usage(Site& site, const Arguments& arguments);
int vpc_usage(Site& site, const Arguments& arguments);

// state.cc
int redundancy_state(Site& site, const Arguments& arguments);
int bump_priority(Site& site, const Arguments& arguments);
int vpn_state(Site& site, const Arguments& arguments);
int balancer_sessions(Site& site, const Arguments& arguments);
int filesystem_writable(Site& site, const Arguments& arguments);
int kubernetes_image(Site& site, const Arguments& arguments);
int manage_service(Site& site, const Arguments& arguments);

// monitoring.cc
int alerts(Site& site, const Arguments& arguments);
int monitor_results(Site& site, const Arguments& arguments);

// diagnostics.cc
int diagnose(Site& site, const Arguments& arguments);
int collect_diagnostics(Site& site, const Arguments& arguments);
int clean_up(Site& site, const Arguments& arguments);

struct EntryPoint {
  std::string_view name;  // of the file in /opt/cloud/bin
  int (*run)(Site&, const Arguments&);
};

[[nodiscard]] std::span<const EntryPoint> entry_points();
// Null if there is none of that name.
[[nodiscard]] const EntryPoint* find_entry_point(std::string_view name);

}  // namespace viaduct::cloudstack_entry
