#include "api/json.h"
#include "dataplane/document.h"

namespace {

using viaduct::Document;
namespace api = viaduct::api;

// Why it is refused, or nothing.
std::string judged(const Document& document) {
  viaduct::Directory directory;
  const auto compiled = viaduct::compile(document, directory);
  return compiled ? "" : compiled.error().where + ": " + compiled.error().why;
}

}  // namespace

// Whatever arrives is refused with a reason that can be told, or means the same when it is written
// and read again, and is judged the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {  // NOLINT
  const auto body = api::parse_json({reinterpret_cast<const char*>(data), size});
  if (!body) {
    if (body.error().why.empty() || api::Json(body.error().why).dump().empty()) __builtin_trap();
    return 0;
  }
  const auto document = viaduct::read_document(*body);
  if (!document) {
    if (document.error().why.empty()) __builtin_trap();
    return 0;
  }
  const auto again = viaduct::read_document(viaduct::write_document(*document));
  if (!again || *again != *document) __builtin_trap();
  if (judged(*document) != judged(*again)) __builtin_trap();
  return 0;
}
