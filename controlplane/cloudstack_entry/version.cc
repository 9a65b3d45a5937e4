#include "controlplane/cloudstack_entry/version.h"

#include <thread>

#include "controlplane/cloudstack_entry/boot.h"
#include "controlplane/cloudstack_entry/entry_points.h"
#include "controlplane/digest.h"

namespace viaduct::cloudstack_entry {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view release_file = "/etc/cloudstack-release";
// The third word is the version that the server compares with the least that it works with.
constexpr std::string_view release = "Cloudstack Release 4.22.0 Viaduct " VIADUCT_VERSION;
constexpr std::string_view scripts_file = "cloud-scripts.tgz";
constexpr std::string_view signature_file = "cloud-scripts-signature";

std::string first_line(const std::string& text) {
  return text.substr(0, text.find_first_of("\r\n"));
}

// The server sends its scripts and wants to hear their digest, whether or not we have a use for
// them. The digest outlives them.
std::string signature(Site& site) {
  if (const auto scripts = read_file(site.cached(scripts_file))) {
    std::string digest = sha512(*scripts);
    if (const auto kept = write_file(site.cached(signature_file), digest + "\n"); !kept) {
      log(site, kept.error().where + ": " + kept.error().why);
    }
    return digest;
  }
  const auto kept = read_file(site.cached(signature_file));
  return kept && !kept->empty() ? first_line(*kept) : "none";
}

bool wait_for_boot(const Site& site) {
  const auto deadline = std::chrono::steady_clock::now() + site.boot_patience;
  while (!has_booted(site)) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    std::this_thread::sleep_for(50ms);
  }
  return true;
}

}  // namespace

Version version_of(Site& site) {
  const auto own = read_file(site.path(release_file));
  return {own ? first_line(*own) : std::string{release}, signature(site)};
}

int template_version(Site& site, const Arguments& /*arguments*/) {
  if (!wait_for_boot(site)) return report(site, {Fault::unavailable, "", "has not booted yet"});
  const Version own = version_of(site);
  site.out << own.release << "&" << own.signature << "\n";
  return 0;
}

// Nothing of what was sent is run: the appliance is its own program.
int live_patch(Site& site, const Arguments& /*arguments*/) {
  site.out << "version:" << signature(site) << " \n";
  return 0;
}

}  // namespace viaduct::cloudstack_entry
