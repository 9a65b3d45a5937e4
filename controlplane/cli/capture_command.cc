#include <cerrno>
#include <fstream>
#include <system_error>

#include "controlplane/cli/commands.h"

namespace viaduct::cli {
namespace {

struct CaptureOptions {
  std::string file = "-";
  Query query;
};

Result<void> capture(Console& console, const CaptureOptions& options) {
  std::ofstream file;
  std::ostream* out = &console.screen.out;
  if (options.file != "-") {
    file.open(options.file, std::ios::binary);
    if (!file) return fail(Fault::not_found, options.file, std::generic_category().message(errno));
    out = &file;
  }
  return console.client.stream({.method = "GET", .path = "/v1/capture", .query = options.query},
                               [&](std::string_view piece) {
                                 out->write(piece.data(), static_cast<long>(piece.size()));
                                 out->flush();
                                 return out->good();
                               });
}

}  // namespace

void add_capture_command(CLI::App& app, Command& chosen) {
  auto* command = app.add_subcommand("capture", "record packets as a pcap file");
  auto options = std::make_shared<CaptureOptions>();
  const auto parameter = [&](const char* flags, const char* name, const char* meaning) {
    command->add_option_function<std::string>(
        flags, [options, name](const std::string& value) { options->query[name] = value; },
        meaning);
  };
  parameter("FILTER", "filter", "a tcpdump expression; every packet if left out");
  parameter("--router", "router", "of this router");
  parameter("--interface", "interface", "on this interface");
  parameter("--packets", "packets", "end after so many");
  parameter("--seconds", "seconds", "end after so long");
  parameter("--snap-length", "snap_length", "bytes kept of each packet");
  command->add_option("-w,--write", options->file, "the file; - is standard output")
      ->capture_default_str();
  command->callback([&chosen, options] {
    chosen = [options](Console& console) { return capture(console, *options); };
  });
}

}  // namespace viaduct::cli
