#include "controlplane/cli/commands.h"
#include "controlplane/cli/table.h"
#include "controlplane/cloudstack/adapter.h"
#include "controlplane/cloudstack/databags.h"

namespace viaduct::cli {
namespace {

// How many resources of each kind the databags become.
api::Json count_resources(const ApplianceDocument& document) {
  api::Json counts = api::Json::object();
  const auto router = document.routers.find("vr");
  if (router == document.routers.end()) return counts;
  ApplianceRouter::for_each_type([&]<class R>() {
    const std::size_t size = router->second.of<R>().size();
    if (size != 0) counts[std::string{R::collection}] = size;
  });
  return counts;
}

api::Json report_of(const cloudstack::Outcome& outcome, const ApplianceDocument& document) {
  api::Json report = outcome.to_json();
  api::Json refused = api::Json::array();
  for (const api::Json& part : report["parts"]) {
    for (const api::Json& error : part["errors"]) refused.push_back(error);
  }
  return {{"carried_over", count_resources(document)},
          {"notes", report["notes"]},
          {"refused", std::move(refused)}};
}

void show(const Screen& screen, const api::Json& report) {
  Table carried{{"becomes", "how many"}};
  for (const auto& [collection, count] : report["carried_over"].items()) {
    carried.add({collection, count.dump()});
  }
  carried.print(screen.out, screen.style);
  Table notes{{"of", "how many", "note", "why"}};
  for (const api::Json& note : report["notes"]) {
    notes.add({note["type"], note["count"].dump(), note["note"], note["why"]});
  }
  for (const api::Json& error : report["refused"]) {
    notes.add({"", "1", "refused", error.value("where", "") + ": " + error.value("why", "")});
  }
  screen.out << "\n";
  notes.print(screen.out, screen.style);
}

Result<void> import_cloudstack(const Console& console, const std::string& directory) {
  const auto request = TRY(cloudstack::read_databags(directory));
  ApplianceDocument document;
  const auto outcome = TRY(cloudstack::apply(request, document));
  console.print(report_of(outcome, document), show);
  return {};
}

}  // namespace

void add_import_command(CLI::App& app, Command& chosen) {
  CLI::App& command =
      *app.add_subcommand("import", "tell what of another product's configuration carries over");
  command.require_subcommand(1);
  CLI::App& cloudstack =
      *command.add_subcommand("cloudstack", "the databags of a stock CloudStack router");
  auto directory = std::make_shared<std::string>();
  cloudstack.add_option("directory", *directory, "a copy of its /etc/cloudstack")->required();
  cloudstack.callback([&chosen, directory] {
    chosen = [directory](Console& console) { return import_cloudstack(console, *directory); };
  });
}

}  // namespace viaduct::cli
