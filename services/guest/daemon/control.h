#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "services/guest/daemon/guest_services.h"

namespace viaduct::guestd {

// What viaductd and the command line ask of guestd: a JSON object for a question, one for the
// answer, {"ok":true, ...} or {"ok":false,"error":{...}} (api/error.h).
//
//   {"op":"hello"}                               started_at (Unix seconds), revision, version
//   {"op":"apply","revision":7,"document":{...}} serves this (services/guest/document.h)
//   {"op":"apply","revision":8,"base":7,         the same with these changes of revision 7;
//    "changes":[{"path":"/routers/red/dns_hosts/web1","after":{...}}]}
//                                                Fault::stale if that is not what is served
//          with "secrets":{"/routers/red/passwords/web1":"..."} if passwords are told;
//          those of resources that are not there are passed over
//   {"op":"leases"}                              perhaps of one "router", or "interface" of it
//   {"op":"counters"}
class Control {
 public:
  // REQUIRES: `services` outlives it.
  explicit Control(GuestServices& services);

  // Calls answer() once, now or later. A question that cannot be understood changes nothing.
  using Answer = std::function<void(const std::string& text)>;
  void ask(std::string_view question, const Answer& answer);

 private:
  [[nodiscard]] Result<api::Json> answer_at_once(const std::string& operation,
                                                 const api::Json& question) const;
  Result<Update> read_update(api::Json& question) const;

  GuestServices& services_;
  std::int64_t started_at_;
};

}  // namespace viaduct::guestd
