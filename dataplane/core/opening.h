#pragma once

#include <optional>
#include <string_view>

#include "base/net.h"
#include "dataplane/core/packet.h"
#include "dataplane/core/reason.h"
#include "dataplane/model/on_remove.h"
#include "dataplane/model/service.h"
#include "dataplane/model/traffic.h"
#include "dataplane/network/network.h"

namespace viaduct {

// What one stage decided, kept for `explain`. Plain values: nothing is allocated on the worker.
struct Step {
  std::string_view stage;
  std::string_view decision;
  std::optional<Endpoint> endpoint;
  Slot rule = 0;
};

// What became of an explained packet.
enum class Fate : std::uint8_t { undecided, forwarded, dropped, delivered, answered };

// The record of one explained packet. What does not fit is left out.
class Trace {
 public:
  Fate fate = Fate::undecided;
  std::optional<Reason> reason;  // why it was dropped
  Slot egress = 0;
  Slot rule = 0;
  Tuple leaves_as;
  std::optional<std::uint8_t> elsewhere;  // the worker that has to be asked instead

  void add(const Step& step) noexcept {
    if (count_ < steps_.size()) steps_[count_++] = step;
  }
  [[nodiscard]] std::span<const Step> steps() const { return {steps_.data(), count_}; }

 private:
  std::array<Step, 24> steps_{};
  std::size_t count_ = 0;
};

// A packet that policy must judge: the first of a session, one whose session was judged in an older
// generation, or one that belongs to none. The stages fill in what becomes of it.
struct Opening {
  Packet* packet = nullptr;
  const RouterView* router = nullptr;
  const InterfaceView* in = nullptr;  // by which the session's forward direction comes in
  const InterfaceView* out = nullptr;
  Tuple original;    // the forward direction as it arrives
  Tuple translated;  // and as it leaves
  TrafficFacts facts;
  Address next_hop;
  Address speak_as;               // of the source's public addresses, that which is awaited
  Address way_back;               // next hop of answers; unspecified if it is not by `in`
  std::uint64_t reply_hash = 0;   // of the key of answers; Settle's own
  Slot rule = 0;                  // the latest that decided
  Slot forward = 0;               // port forward that translated it
  Slot firewall_rule = 0;         // that let it in
  std::uint32_t mapping = 0;      // source NAT mapping taken for it
  flow::Line* revived = nullptr;  // forward line of the live session that is judged again
  Trace* trace = nullptr;
  bool to_host = false;  // the destination is the router itself
  bool from_host = false;
  bool destination_translated = false;
  bool source_translated = false;
  bool firewall_drains = false;
  bool egress_drains = false;
  bool nat_drains = false;
  bool begins_session = true;     // false: TCP without SYN, or an answer to no question
  bool keeps_no_session = false;  // forwarded, but each packet on its own
  bool is_awaited = false;        // let in without a firewall rule, since a guest waits for it
  bool permits_peer = false;      // others may come in by its mapping, from where it goes
  // Another session announced this one, which that helper looked into.
  std::optional<network::Helper> announced_by;
  bool is_helped = false;  // which is to look into this one, too
  bool drained = false;    // no longer allowed, but its session may run out

  void tell(std::string_view stage, std::string_view decision, Slot by = 0,
            std::optional<Endpoint> endpoint = std::nullopt) noexcept {
    if (by != 0) rule = by;
    if (trace != nullptr) trace->add({stage, decision, endpoint, by});
  }
};

}  // namespace viaduct
