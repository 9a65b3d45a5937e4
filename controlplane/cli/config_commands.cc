#include "controlplane/cli/attributes.h"
#include "controlplane/cli/commands.h"

namespace viaduct::cli {
namespace {

using api::Json;

std::string url_of(const api::DocumentPath& path) {
  return "/v1/config" + api::pointer_to(path);
}

Result<void> change(Console& console, Call call, const ChangeOptions& options) {
  options.apply_to(call);
  console.print(TRY(console.client.ask(call)), show_outcome);
  return {};
}

void add_show(CLI::App& app, Command& chosen) {
  auto* command = app.add_subcommand("show", "show the configuration, or a part of it");
  auto path = std::make_shared<std::string>();
  command->add_option("PATH", *path, "such as routers/red/port_forwards; everything if left out");
  command->callback([&chosen, path] {
    chosen = [path](Console& console) -> Result<void> {
      const api::DocumentPath place = api::split_path(*path);
      const Json found = TRY(console.client.ask({.method = "GET", .path = url_of(place)}));
      if (console.wants_json) {
        console.screen.out << found.dump(2) << "\n";
      } else {
        show_config(console.screen, place, found);
      }
      return {};
    };
  });
}

struct SetOptions {
  std::string path;
  std::vector<std::string> attributes;
  std::string file;
  ChangeOptions change;
};

Result<Call> set_call(const SetOptions& options) {
  const api::DocumentPath place = api::split_path(options.path);
  if (!options.file.empty()) {
    return Call{.method = "PUT", .path = url_of(place), .body = TRY(read_file(options.file))};
  }
  const Json schema = TRY(api::schema_at<ApplianceDocument>(place));
  auto attributes = read_attributes(options.attributes, schema);
  if (!attributes) return fail_within(api::pointer_to(place), attributes.error());
  return Call{
      .method = "PATCH", .path = "/v1/config", .body = nest(place, *std::move(attributes)).dump()};
}

void add_set(CLI::App& app, Command& chosen) {
  auto* command = app.add_subcommand("set", "make a resource, or change attributes of one");
  auto options = std::make_shared<SetOptions>();
  command->add_option("PATH", options->path, "such as routers/red/port_forwards/web")->required();
  command->add_option("ATTRIBUTES", options->attributes,
                      "attribute=value ...; attribute= takes one away");
  command->add_option("-f,--file", options->file,
                      "replace the whole resource by the JSON in this file; - is standard input");
  options->change.add_to(*command);
  command->footer("Resources and their attributes:\n\n" + attributes_help());
  command->callback([&chosen, options] {
    chosen = [options](Console& console) -> Result<void> {
      return change(console, TRY(set_call(*options)), options->change);
    };
  });
}

void add_delete(CLI::App& app, Command& chosen) {
  auto* command = app.add_subcommand("delete", "remove a resource or a router");
  auto options = std::make_shared<SetOptions>();
  command->add_option("PATH", options->path, "such as routers/red/port_forwards/web")->required();
  options->change.add_to(*command);
  command->callback([&chosen, options] {
    chosen = [options](Console& console) {
      const Call call{.method = "DELETE", .path = url_of(api::split_path(options->path))};
      return change(console, call, options->change);
    };
  });
}

// apply and diff: the whole document from a file.
void add_whole(CLI::App& app, Command& chosen, bool is_diff) {
  auto* command = is_diff ? app.add_subcommand("diff", "tell what applying a document would change")
                          : app.add_subcommand("apply", "make a document the configuration");
  auto options = std::make_shared<SetOptions>();
  command->add_option("FILE", options->file, "the document as JSON; - is standard input")
      ->required();
  if (is_diff) {
    options->change.is_dry_run = true;
  } else {
    options->change.add_to(*command);
  }
  command->callback([&chosen, options] {
    chosen = [options](Console& console) -> Result<void> {
      return change(console,
                    {.method = "PUT", .path = "/v1/config", .body = TRY(read_file(options->file))},
                    options->change);
    };
  });
}

}  // namespace

void add_config_commands(CLI::App& app, Command& chosen) {
  add_show(app, chosen);
  add_set(app, chosen);
  add_delete(app, chosen);
  add_whole(app, chosen, /*is_diff=*/false);
  add_whole(app, chosen, /*is_diff=*/true);
}

}  // namespace viaduct::cli
