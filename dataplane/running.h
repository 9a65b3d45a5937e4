#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/record_log.h"
#include "dataplane/document.h"

namespace viaduct {

// The configuration that the data plane runs: as a document, compiled, and remembered on disk. A
// request tells the next one, as a whole, as changes of this one, or as what was held:
//   {"revision":8,"document":{...}}  or  {"revision":8,"base":7,"changes":[...]}
//   or  {"revision":8,"held":true}
// Not thread-safe.
class RunningConfiguration {
 public:
  RunningConfiguration(std::string log_path, std::uint16_t largest_mtu)
      : log_(log_path), log_path_(std::move(log_path)), largest_mtu_(largest_mtu) {}

  struct Next {
    std::uint64_t revision = 0;
    Document document;
    Configuration compiled;
    std::string text;  // of the request
    bool is_whole = false;
  };
  // What `request` leads to. Fault::stale if its changes are of another revision than ours, or what
  // it means is not held. Success is to be followed by accept(), hold() or drop().
  Result<Next> read(const api::Json& request, std::string text);
  // Keeps it until it is asked for, or something else is read.
  void hold(Next next) { held_ = std::move(next); }
  // Puts on disk what it was read from.
  Result<void> remember(const Next& next);
  void accept(Next next);
  void drop();

  // What was remembered last, to be accepted or dropped. Fault::not_found if there is nothing.
  Result<Next> recall();
  // Begins the file of what is remembered anew when that has grown long.
  Result<void> tidy();

  // Whether the document alone compiles to what runs, whichever way led here. Takes as long as
  // compiling all of it; nothing while something is held.
  [[nodiscard]] std::optional<bool> compiles_to_the_same();

  [[nodiscard]] std::uint64_t revision() const { return revision_; }
  [[nodiscard]] const Document& document() const { return document_; }
  [[nodiscard]] const Configuration& compiled() const { return compiled_; }
  // Also of what was read and not accepted yet.
  [[nodiscard]] const Directory& directory() const { return directory_; }

 private:
  [[nodiscard]] Result<Next> compile(std::uint64_t revision, Document document);

  RecordLog log_;
  std::string log_path_;
  std::uint16_t largest_mtu_;
  std::uint64_t revision_ = 0;
  Document document_;
  Configuration compiled_;
  Directory directory_;
  std::optional<Next> held_;
};

}  // namespace viaduct
