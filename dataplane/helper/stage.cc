#include "dataplane/helper/stage.h"

#include "dataplane/core/burst.h"
#include "dataplane/core/worker.h"

namespace viaduct::helper {
namespace {

using network::Helper;

std::string_view words_for(Helper helper) noexcept {
  switch (helper) {
    case Helper::ftp:
      return "was announced by an FTP session: goes to";
    case Helper::tftp:
      return "was announced by a TFTP session: goes to";
    case Helper::sip:
      return "was announced by a SIP session: goes to";
    case Helper::pptp:
      return "was announced by a PPTP session: goes to";
  }
  return "?";
}

// Whether the network of the guest that the session is for wants this helper.
bool is_wanted(const Opening& opening, Helper helper, const Address& listener) noexcept {
  const auto is_guest = [](const interface::Compiled* interface) {
    return interface != nullptr && interface->role == interface::Role::guest;
  };
  const auto* there = opening.router->compiled->interfaces->on_link(listener);
  if (is_guest(there)) return there->network.has(helper);
  return is_guest(opening.in->config) && opening.in->config->network.has(helper);
}

void let_through(Opening& opening, Helper helper, const Endpoint& listener) noexcept {
  opening.destination_translated |= listener != opening.translated.destination;
  opening.translated.destination = listener;
  opening.announced_by = helper;
  opening.tell(Stage::name, words_for(helper), opening.firewall_rule, listener);
}

// A session that was announced goes on as long as its helper is wanted, and what let the announcing
// session be is as it was.
void judge_again(Opening& opening, Worker& self) noexcept {
  const flow::Line& forward = *opening.revived;
  if (!forward.has(flow::announced)) return;
  const auto session = flow::Table::session_of(self.sessions.id_of(forward));
  const flow::SessionInfo& info = self.sessions.info(session);
  const Endpoint listener = forward.leaves_as().destination;
  const bool is_translated = listener != opening.original.destination;
  const bool stands =
      is_wanted(opening, forward.helper(), listener.address) &&
      !self.has_rule_revoked(info.rule, forward.generation) &&
      !self.has_rule_revoked(info.forward, forward.generation) &&
      (!is_translated || opening.router->compiled->owns(opening.original.destination.address)) &&
      (!opening.destination_translated || opening.translated.destination == listener);
  if (!stands) return;
  opening.firewall_rule = info.rule;
  opening.forward = info.forward;
  let_through(opening, forward.helper(), listener);
}

void judge(Opening& opening, Worker& self) noexcept {
  if (opening.revived != nullptr) return judge_again(opening, self);
  if (self.expectations->count() == 0 || !opening.begins_session || opening.from_host) return;
  const Slot router = opening.router->slot();
  const auto expected = self.expectations->find(router, opening.original, self.now());
  if (!expected) return;
  const Endpoint listener{Address::v4(expected->listener.address), expected->listener.port};
  const bool is_led_elsewhere =
      opening.destination_translated && opening.translated.destination != listener;
  if (is_led_elsewhere || !is_wanted(opening, expected->helper, listener.address)) return;
  if (!self.is_explaining()) {
    const auto taken =
        self.expectations->take(router, opening.original, self.now(), [&](std::uint32_t mapping) {
          if (mapping != 0) self.rooms().share(mapping);
        });
    if (!taken) return;  // it came by another worker's hand meanwhile
    opening.mapping = taken->mapping;
    ++self.helper_totals.opened;
  }
  opening.firewall_rule = expected->rule;
  opening.forward = expected->forward;
  opening.is_helped = expected->opens == Expectation::Opens::signalling;
  if (expected->speak_as != expected->from) {
    opening.speak_as = Address::v4(expected->speak_as);
  }
  let_through(opening, expected->helper, listener);
}

}  // namespace

void Stage::run(Burst& burst, const Snapshot& /*now*/, Worker& self) noexcept {
  burst.each_opening([&](Opening& opening) { judge(opening, self); });
}

}  // namespace viaduct::helper
