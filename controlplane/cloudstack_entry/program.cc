#include "controlplane/cloudstack_entry/program.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>

#include "api/settings.h"
#include "controlplane/cloudstack_entry/boot.h"
#include "controlplane/cloudstack_entry/entry_points.h"
#include "controlplane/cloudstack_entry/session.h"
#include "controlplane/version.h"

namespace viaduct::cloudstack_entry {
namespace {

struct Options {
  std::string root;
  std::string settings = "/etc/viaduct/viaduct.ini";
};

std::string value_of(const Environment& environment, const std::string& name,
                     const std::string& otherwise) {
  const auto found = environment.find(name);
  return found == environment.end() ? otherwise : found->second;
}

template <class Work>
int at_site(const Options& options, std::ostream& out, std::ostream& err, Work work) {
  const auto settings = read_settings(options.settings);
  if (!settings) {
    err << settings.error().where << ": " << settings.error().why << "\n";
    return 1;
  }
  Site site{.root = options.root,
            .router_namespace = settings->routers.namespace_prefix + std::string{router_id},
            .is_strict = settings->cloudstack.aggregate_failure == AggregateFailure::fatal,
            .client = cli::Client{settings->control.socket},
            .out = out,
            .err = err};
  return work(site);
}

// Puts a link to this program into `directory` for each entry point.
int make_links(const std::string& directory, std::ostream& err) {
  std::error_code problem;
  std::filesystem::create_directories(directory, problem);
  const auto itself = std::filesystem::read_symlink("/proc/self/exe", problem);
  for (const auto& entry : entry_points()) {
    const auto link = std::filesystem::path{directory} / entry.name;
    std::filesystem::remove(link, problem);
    std::filesystem::create_symlink(itself, link, problem);
    if (problem) {
      err << link.string() << ": " << problem.message() << "\n";
      return 1;
    }
  }
  return 0;
}

std::string footer() {
  std::string text = "Entry points:";
  for (const auto& entry : entry_points()) text += "\n  " + std::string{entry.name};
  return text;
}

int run_by_own_name(Arguments arguments, Options options, const Environment& environment,
                    std::ostream& out, std::ostream& err) {
  CLI::App app{"The entry points of CloudStack's management server.", "viaduct-cloudstack"};
  std::string directory;
  app.add_option("--root", options.root, "before every path of the protocol");
  app.add_option("--settings", options.settings, "boot-time settings")->capture_default_str();
  app.set_version_flag("--version", std::string{version});
  app.require_subcommand(1);
  const auto* const session =
      app.add_subcommand("session", "serve an SSH session: the forced command of sshd");
  const auto* const boot_up = app.add_subcommand("boot", "apply the command line of the boot");
  auto* const link = app.add_subcommand("link", "put links to the entry points into a directory");
  link->add_option("DIRECTORY", directory)->required();
  auto* const entry = app.add_subcommand("run", "run an entry point: NAME ARGUMENT...");
  entry->prefix_command();
  app.footer(footer());
  try {
    std::ranges::reverse(arguments);  // as CLI11 wants them
    app.parse(std::move(arguments));
  } catch (const CLI::ParseError& problem) {
    return app.exit(problem, out, err) == 0 ? 0 : not_understood;
  }
  if (link->parsed()) return make_links(directory, err);
  return at_site(options, out, err, [&](Site& site) {
    if (boot_up->parsed()) return boot(site);
    if (session->parsed()) {
      return serve_session(site, value_of(environment, "SSH_ORIGINAL_COMMAND", ""));
    }
    Arguments words = entry->remaining();
    const EntryPoint* const found = words.empty() ? nullptr : find_entry_point(words.front());
    if (found == nullptr) {
      err << "which entry point? see --help\n";
      return not_understood;
    }
    words.erase(words.begin());
    return found->run(site, words);
  });
}

}  // namespace

int run(const std::vector<std::string>& words, const Environment& environment, std::ostream& out,
        std::ostream& err) {
  const Options options{value_of(environment, "VIADUCT_ROOT", ""),
                        value_of(environment, "VIADUCT_SETTINGS", Options{}.settings)};
  if (words.empty()) return not_understood;
  Arguments arguments{words.begin() + 1, words.end()};
  const std::string name = std::filesystem::path{words.front()}.filename();
  if (const EntryPoint* const entry = find_entry_point(name)) {
    return at_site(options, out, err, [&](Site& site) { return entry->run(site, arguments); });
  }
  return run_by_own_name(std::move(arguments), options, environment, out, err);
}

}  // namespace viaduct::cloudstack_entry
