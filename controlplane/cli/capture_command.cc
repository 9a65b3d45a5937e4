#include <cerrno>
#include <fstream>
#include <system_error>

#include "controlplane/cli/commands.h"

namespace viaduct::cli {
namespace {

// Where a capture goes: a file, made anew when the first piece comes, or standard output.
class Target {
 public:
  Target(std::string path, std::ostream& standard) : path_(std::move(path)), out_(&standard) {}

  bool write(std::string_view piece) {
    errno = 0;
    if (path_ != "-" && !file_.is_open()) {
      file_.open(path_, std::ios::binary);
      out_ = &file_;
    }
    out_->write(piece.data(), static_cast<long>(piece.size()));
    out_->flush();
    if (!out_->good()) problem_ = errno == 0 ? EIO : errno;
    return out_->good();
  }
  // A reader that has seen enough is no failure.
  [[nodiscard]] Result<void> outcome() const {
    if (problem_ == 0 || problem_ == EPIPE) return {};
    return fail(Fault::failed, path_, std::generic_category().message(problem_));
  }

 private:
  std::string path_;
  std::ofstream file_;
  std::ostream* out_;
  int problem_ = 0;
};

Result<void> capture(Console& console, const std::string& file, const Query& query) {
  if (file == "-" && console.is_terminal) {
    return fail(Fault::malformed, "",
                "a capture is nothing to read on a terminal; say -w FILE or use a pipe");
  }
  Target target{file, console.screen.out};
  TRY(console.client.stream({.method = "GET", .path = "/v1/capture", .query = query},
                            [&](std::string_view piece) { return target.write(piece); }));
  return target.outcome();
}

}  // namespace

void add_capture_command(CLI::App& app, Command& chosen) {
  auto* command = app.add_subcommand("capture", "record packets as a pcap file");
  auto query = std::make_shared<Query>();
  auto file = std::make_shared<std::string>("-");
  add_parameters(*command, "/v1/capture", query, "filter");
  command->add_option("-w,--write", *file, "the file; - is standard output")->capture_default_str();
  command->callback([&chosen, query, file] {
    chosen = [query, file](Console& console) { return capture(console, *file, *query); };
  });
}

}  // namespace viaduct::cli
