#include "controlplane/cloudstack_entry/entry_points.h"

#include <algorithm>
#include <array>

namespace viaduct::cloudstack_entry {
namespace {

constexpr std::array table{
    EntryPoint{"bumpup_priority.sh", bump_priority},
    EntryPoint{"checkbatchs2svpn.sh", vpn_state},
    EntryPoint{"checkrouter.sh", redundancy_state},
    EntryPoint{"cleanup.sh", clean_up},
    EntryPoint{"cks_iso.sh", kubernetes_image},
    EntryPoint{"configure.py", reapply},
    EntryPoint{"diagnostics.py", diagnose},
    EntryPoint{"filesystem_writable_check.py", filesystem_writable},
    EntryPoint{"getRouterAlerts.sh", alerts},
    EntryPoint{"getRouterMonitorResults.sh", monitor_results},
    EntryPoint{"get_diagnostics_files.py", collect_diagnostics},
    EntryPoint{"get_haproxy_stats.sh", balancer_sessions},
    EntryPoint{"get_template_version.sh", template_version},
    EntryPoint{"keystore-cert-import", import_certificate},
    EntryPoint{"keystore-setup", set_up_keystore},
    EntryPoint{"manage_service.sh", manage_service},
    EntryPoint{"netusage.sh", network_usage},
    EntryPoint{"patch-sysvms.sh", live_patch},
    EntryPoint{"update_config.py", update_config},
    EntryPoint{"update_interface_config.sh", update_interface},
    EntryPoint{"vpc_netusage.sh", vpc_usage},
    EntryPoint{"vr_cfg.sh", run_aggregate},
};

}  // namespace

std::span<const EntryPoint> entry_points() {
  return table;
}

const EntryPoint* find_entry_point(std::string_view name) {
  const auto* const found = std::ranges::find(table, name, &EntryPoint::name);
  return found == table.end() ? nullptr : found;
}

}  // namespace viaduct::cloudstack_entry
