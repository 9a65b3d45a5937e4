#include <fcntl.h>
#include <unistd.h>

#include "base/errno_text.h"
#include "controlplane/cloudstack_entry/entry_points.h"

namespace viaduct::cloudstack_entry {
namespace {

int wrong_call(Site& site, const char* usage) {
  return report(site, {Fault::malformed, "", std::string{"usage: "} + usage});
}

}  // namespace

// VRRP does not run in this appliance, which is what FAULT means.
int redundancy_state(Site& site, const Arguments& /*arguments*/) {
  site.out << "Status: FAULT\n";
  return 0;
}

int bump_priority(Site& /*site*/, const Arguments& /*arguments*/) {
  return 0;
}

// There are no security associations in this appliance.
int vpn_state(Site& site, const Arguments& arguments) {
  for (const std::string& peer : arguments) {
    site.out << peer << ":11:IPsec SA not found;Site-to-site VPN have not connected&";
  }
  return 0;
}

// Nothing is balanced by this appliance: no server is up, and none has sessions.
int balancer_sessions(Site& site, const Arguments& arguments) {
  if (arguments.size() != 2) return wrong_call(site, "get_haproxy_stats.sh ADDRESS PORT");
  site.out << 0;
  return 0;
}

int filesystem_writable(Site& site, const Arguments& /*arguments*/) {
  const std::string probe = site.cached(".writable");
  const Descriptor file{open(probe.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR)};
  if (file.get() < 0) return report(site, {Fault::failed, probe, errno_text()});
  (void)unlink(probe.c_str());
  return 0;
}

// The image of a Kubernetes release is not served to guests, so there is nothing to hide, either.
int kubernetes_image(Site& site, const Arguments& arguments) {
  if (arguments.size() != 1 || (arguments[0] != "true" && arguments[0] != "false")) {
    return wrong_call(site, "cks_iso.sh true|false");
  }
  if (arguments[0] == "false") return 0;
  return report(site, {Fault::unavailable, "/cks-iso", "this appliance does not serve the image"});
}

// Services follow the document. That they run is all that can be asked for.
int manage_service(Site& site, const Arguments& arguments) {
  if (arguments.size() != 2) return wrong_call(site, "manage_service.sh start|restart SERVICE");
  if (arguments[0] != "start" && arguments[0] != "restart") {
    return report(site, {Fault::invalid, arguments[1],
                         "cannot be asked to " + arguments[0] + ": it follows the configuration"});
  }
  const auto status = site.client.ask({.method = "GET", .path = "/v1/status"});
  if (!status) return report(site, status.error());
  if (status->value("applied", false)) return 0;
  return report(site, {Fault::unavailable, arguments[1], "the data plane is away"});
}

}  // namespace viaduct::cloudstack_entry
