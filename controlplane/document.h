#pragma once

#include <tuple>

#include "api/resource.h"
#include "controlplane/cloudstack/entry.h"
#include "dataplane/document.h"
#include "services/guest/document.h"

namespace viaduct {

// One router with all that an operator can ask of it.
using ApplianceRouter = api::Joined<Router, guest::Services>;

// Everything an operator can ask for. A plain value: copied, edited, journalled; each process is
// told its part.
struct ApplianceDocument {
  api::Named<interface::Port> ports;
  api::Named<ApplianceRouter> routers;
  api::Named<cloudstack::Entry> cloudstack_entries;
  static constexpr std::tuple own{&ApplianceDocument::ports,
                                  &ApplianceDocument::cloudstack_entries};
  friend bool operator==(const ApplianceDocument&, const ApplianceDocument&) = default;
};

api::Json write_document(const ApplianceDocument& document);

// The document and its parts, which are derived from it.
struct Documents {
  ApplianceDocument whole;
  Document packet_path;
  guest::Document guests;
};

// The parts of `whole`. What is the same as in `before` is shared with it, and costs nothing.
Documents derive(ApplianceDocument whole, const Documents& before = {});

// Whether the guest services of each router fit together; `where` points into the document. What is
// the same as `before`, which fits, is not looked at again.
Result<void> check(const guest::Document& guests, const guest::Document& before = {});

}  // namespace viaduct

VIADUCT_DECLARE_DOCUMENT(viaduct::ApplianceDocument);
