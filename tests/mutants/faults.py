"""Faults that the tests have to notice: each is one edit of one source file."""

import dataclasses
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[2]


@dataclasses.dataclass(frozen=True)
class Fault:
    name: str
    file: str
    text: str         # occurs exactly once
    replacement: str

    def planted_in(self, source):
        """The source with the fault in it."""
        found = source.count(self.text)
        if found != 1:
            raise LookupError(f"{self.name}: its text occurs {found} times in {self.file}")
        return source.replace(self.text, self.replacement)


FAULTS = [
    # Checksums and headers
    Fault("hop-without-checksum", "dataplane/flow/session.cc",
          "hops == 0 ? Change{} : change(Be16::of(0x0100), Be16::of(0x0000))", "Change{}"),
    Fault("icmp-checksum-of-addresses", "dataplane/flow/session.cc",
          "(key.protocol() == Protocol::icmp ? ports : addresses + ports)", "(addresses + ports)"),
    Fault("ports-swapped", "dataplane/flow/session.cc",
          "destination_port = Be16::of(out.destination.port);",
          "destination_port = Be16::of(out.source.port);"),
    Fault("no-hop-taken", "dataplane/flow/rewrite.cc",
          "ip.time_to_live - (line.has(ages) ? 1 : 0)", "ip.time_to_live - 0"),
    Fault("mss-at-odd-place", "dataplane/flow/mss.cc", "if (at % 2 != 0) {", "if (at == 0) {"),
    Fault("inner-checksum-of-error", "dataplane/icmp/stage.cc",
          "  ip.hdr_checksum = addresses.applied_to(Be16::raw(ip.hdr_checksum)).bits();\n", ""),
    Fault("outer-checksum-of-error", "dataplane/icmp/stage.cc",
          "  icmp.icmp_cksum = static_cast<std::uint16_t>(~rte_raw_cksum(&icmp, length));\n",
          "  (void)length;\n"),
    # Sessions
    Fault("stale-generation", "dataplane/flow/settle.cc",
          "  forward.generation = reply.generation = self.epoch();\n", ""),
    Fault("cut-session-stays", "dataplane/core/worker.cc",
          "  close(session);\n  ++session_totals.cut;",
          "  (void)session;\n  ++session_totals.cut;"),
    Fault("timeouts-doubled", "dataplane/core/worker.cc",
          "if (idle < timeout_of", "if (idle / 2 < timeout_of"),
    Fault("opens-from-behind", "dataplane/flow/find.cc",
          "      opens_from_behind(packet, self.sessions, id)) {",
          "      (opens_from_behind(packet, self.sessions, id) && false)) {"),
    Fault("rule-taken-back-unnoticed", "dataplane/flow/find.cc",
          "if (!line.has(let_in) || !self.has_any_rule_revoked(line.generation)) return false;",
          "return false;"),
    Fault("rule-not-noted-yet-unnoticed", "dataplane/core/worker.cc",
          "if (noted_portions_ == noting_->portions()) noting_ = nullptr;", "noting_ = nullptr;"),
    Fault("newer-while-noting", "dataplane/core/worker.cc",
          "if (!is_noting()) follow(snapshots.latest(index));", "follow(snapshots.latest(index));"),
    Fault("inexact-reset-ends", "dataplane/flow/reset.cc",
          "return ahead < window ? Reset::is_inexact", "return ahead < window ? Reset::ends_it"),
    Fault("blind-reset-passes", "dataplane/flow/find.cc",
          "return reset != Reset::is_blind;", "return true;"),
    Fault("closed-session-reused-at-once", "dataplane/flow/table.cc",
          "infos_[session].opened = std::exchange(resting_, session);",
          "infos_[session].opened = std::exchange(free_, session); resting_ = none;"),
    Fault("guest-never-discharged", "dataplane/flow/limits.cc",
          "if (line->has(counted)) self.guests->remove(", "if (false) self.guests->remove("),
    Fault("half-open-off-by-one", "dataplane/flow/half_open.cc",
          "if (row->count >= limit) {", "if (row->count > limit) {"),
    # Translation
    Fault("leaked-port", "dataplane/source_nat/mappings.cc",
          "  ports.give_back(m.place & 3, m.public_port);\n", ""),
    Fault("missing-hairpin", "dataplane/source_nat/stage.cc",
          "return {table.hairpin_address(opening.in->slot())};", "return {};"),
    Fault("host-ports-to-guests", "dataplane/source_nat/source_nat.cc",
          "    reserve(Protocol::tcp, punt::host_ports);\n", ""),
    Fault("parity-turned-round", "dataplane/source_nat/port_choice.cc",
          "Parity::even : Parity::odd", "Parity::odd : Parity::even"),
    Fault("blocks-never-claimed", "dataplane/source_nat/public_ports.cc",
          "owner == guest || block == 0", "true"),
    Fault("stranger-may-enter", "dataplane/source_nat/stage.cc",
          "return came_in ||", "return true ||"),
    Fault("permit-of-a-refused-session-stays", "dataplane/flow/settle.cc",
          "  mark(self.sessions.forward(session), permits, opening.permits_peer);\n",
          ""),
    Fault("forward-before-static-nat", "dataplane/port_forward/stage.cc",
          "    if (opening.destination_translated) return;\n", ""),
    Fault("static-nat-inwards-only", "dataplane/static_nat/stage.cc",
          "  if (opening.out->config->role == interface::Role::external) return true;\n", ""),
    # Policy
    Fault("firewall-off", "dataplane/firewall/stage.cc",
          "return self.refuse(opening, Reason::denied_inbound);", "return;"),
    Fault("egress-off", "dataplane/egress/stage.cc",
          "if (!verdict.allowed) return self.refuse(opening, Reason::denied_egress);", ""),
    Fault("spoofed-source", "dataplane/route/stage.cc",
          "    return back && back->interface == opening.in->config &&", "    return true ||"),
    Fault("packets-of-ended-sessions-leave", "dataplane/flow/settle.cc",
          "if (self.sessions.has_closed()) drop_ended",
          "if (self.sessions.has_closed() && false) drop_ended"),
    Fault("reset-handshake-is-not-half-open", "dataplane/flow/session.cc",
          "  return (reply.tcp() & tcp_syn) == 0 ||",
          "  return ((forward.tcp() & tcp_rst) == 0 && (reply.tcp() & tcp_syn) == 0) ||"),
    Fault("last-rule-wins", "dataplane/model/classifier.cc",
          "lowest = std::min(lowest, *number);", "lowest = *number;"),
    Fault("source-list-ignored", "dataplane/model/classifier.cc",
          "if (matches(row.traffic, packet) && is_listed(listed, source)) return row.number;",
          "if (matches(row.traffic, packet) && (is_listed(listed, source) || true)) return row.number;"),
    Fault("usage-in-wrong-direction", "dataplane/flow/settle.cc",
          "mark(forward, counts_inbound, !outbound);", "mark(forward, counts_inbound, outbound);"),
    # What comes in, and how it leaves
    Fault("overlap-passes", "dataplane/fragment/table.cc",
          "if (overlaps || ends_before) return refused = Reason::fragment_overlap;",
          "(void)overlaps;\n    (void)ends_before;"),
    Fault("held-fragments-for-ever", "dataplane/fragment/table.cc",
          "self.now() - one.since < patience", "true"),
    Fault("error-about-an-error", "dataplane/icmp/errors.cc",
          "return !may_be_error && !packet.for_all",
          "return !(may_be_error && false) && !packet.for_all"),
    Fault("mtu-ignored", "dataplane/icmp/errors.h",
          "const bool fits = packet.ip_length <= mtu || may_be_fragmented(packet);",
          "const bool fits = mtu != 0;"),
    Fault("arp-believes-anybody", "dataplane/neighbour/arp.cc",
          "return bound != nullptr && *bound != message.sender_mac;",
          "return bound != nullptr && false;"),
    Fault("silent-neighbour-asked-for-ever", "dataplane/neighbour/neighbours.cc",
          "if (neighbour.questions < most_questions) return ask(self, id);",
          "return ask(self, id);"),
    Fault("answers-claimed-by-all", "dataplane/exchange/exchange.cc",
          "if (owner != nobody) return owner == worker;", "if (owner != nobody) return true;"),
    # Helpers
    Fault("media-for-another-call", "dataplane/helper/announce.cc",
          "        each.call == call && each.from != address",
          "        call != 0 && each.from != address"),
    Fault("registration-not-kept", "dataplane/core/worker.cc",
          " || forward.is_kept(now_)) continue;", ") continue;"),
    Fault("call-not-translated", "dataplane/flow/rewrite.cc",
          "      if (line.destination_port != line.key.destination_port) {",
          "      if (line.destination_port == line.key.destination_port) {"),
    # Control plane
    Fault("overlapping-networks", "dataplane/interface/interface.cc",
          "return a.network.overlaps(b.network) && (", "return false && ("),
    Fault("two-owners-of-an-address", "dataplane/document.cc",
          "if (owners.insert({wire, address}, router.get())) continue;",
          "(void)owners.insert({wire, address}, router.get()); continue;"),
    Fault("plan-forgets-removals", "controlplane/plan.cc",
          "add(Kind::remove, path + id, api::write(*before), {});", ""),
]
