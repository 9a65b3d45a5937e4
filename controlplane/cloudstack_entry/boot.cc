#include "controlplane/cloudstack_entry/boot.h"

#include <filesystem>

#include "controlplane/cloudstack_entry/delivery.h"

namespace viaduct::cloudstack_entry {
namespace {

using api::Json;

constexpr std::string_view boot_mark = "boot_up_done";

Result<void> apply_command_line(Site& site) {
  const auto text = read_file(site.cached("cmdline"));
  if (!text && text.error().fault == Fault::not_found) return {};
  if (!text) return tl::unexpected<Error>{text.error()};
  tell_notes(site, TRY(deliver_anew(site, Json::array({{{"cmdline", *text}}}))));
  return {};
}

}  // namespace

int boot(Site& site) {
  if (const auto applied = apply_command_line(site); !applied) {
    return report(site, applied.error());
  }
  const auto marked = write_file(site.cached(boot_mark), "");
  return marked ? 0 : report(site, marked.error());
}

bool has_booted(const Site& site) {
  std::error_code ignored;
  return std::filesystem::exists(site.cached(boot_mark), ignored);
}

}  // namespace viaduct::cloudstack_entry
