#include "dataplane/document.h"

namespace viaduct {

Result<Document> read_document(const api::Json& body) {
  return api::read_document<Document>(body);
}

api::Json write_document(const Document& document) {
  return api::write_document(document);
}

}  // namespace viaduct

VIADUCT_DEFINE_DOCUMENT(viaduct::Document);
