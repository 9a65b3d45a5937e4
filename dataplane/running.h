#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/record_log.h"
#include "dataplane/document.h"

namespace viaduct {

// The configuration that the data plane runs: as a document, compiled, and remembered on disk. A
// request tells the next one, as a whole or as changes of this one:
//   {"revision":8,"document":{...}}  or  {"revision":8,"base":7,"changes":[...]}
// Not thread-safe.
class RunningConfiguration {
 public:
  RunningConfiguration(std::string log_path, std::uint16_t largest_mtu)
      : log_(log_path), log_path_(std::move(log_path)), largest_mtu_(largest_mtu) {}

  struct Next {
    std::uint64_t revision = 0;
    Document document;
    Configuration compiled;
  };
  // What `request` leads to. Fault::stale if its changes are of another revision than ours. Success
  // is to be followed by accept() or drop().
  Result<Next> read(const api::Json& request);
  // Puts on disk what was read from `request`, whose text is `text`.
  Result<void> remember(const api::Json& request, std::string_view text, const Next& next);
  void accept(Next next);
  void drop() { directory_.rollback(); }

  // What was remembered last, to be accepted or dropped. Fault::not_found if there is nothing.
  Result<Next> recall();
  // Begins the file of what is remembered anew when that has grown long.
  Result<void> tidy();

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
};

}  // namespace viaduct
