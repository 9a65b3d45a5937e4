#include "bench/conversations.h"

#include <rte_mbuf.h>

#include <algorithm>
#include <random>

namespace viaduct::bench {
namespace {

constexpr std::uint64_t seed = 20'260'101;

tl::unexpected<Error> wrong(std::uint32_t number, const std::string& what) {
  return fail(Fault::invalid, "conversation " + std::to_string(number / 2),
              (number % 2 == 0 ? "its opening direction: " : "its answers: ") + what);
}

}  // namespace

Result<Conversations> Conversations::make(const Case& measured, const RouterPorts& ports) {
  Directory directory;
  const Configuration configuration = TRY(compile(measured.document(), directory));
  return Conversations{measured, ports, Protocol::udp, take_snapshot(configuration, ports, 1)};
}

Conversations::Conversations(const Case& measured, const RouterPorts& ports, Protocol protocol,
                             std::shared_ptr<const Snapshot> router)
    : case_(measured),
      ports_(ports),
      protocol_(protocol),
      router_(std::move(router)),
      guests_(&interface_of(*router_, true)),
      outside_(&interface_of(*router_, false)),
      sketches_(2 * std::size_t{measured.conversations()}) {}

void Conversations::write(rte_mbuf& mbuf, const Sketch& sketch, std::uint16_t length,
                          TcpFlags flags) const {
  write_frame(mbuf, sketch, length, sketch.from_guest ? *guests_ : *outside_, flags);
}

void Conversations::write_shortest(rte_mbuf& mbuf, const Sketch& sketch, TcpFlags flags) const {
  static const FrameLengths shortest = FrameLengths::parse("64").value();
  write(mbuf, sketch, shortest.of(0), flags);
}

Sketch Conversations::opening(std::uint32_t conversation) const {
  const auto first = case_.opening(conversation, protocol_);
  return Sketch::of(first.tuple, 2 * conversation, first.from_guest);
}

void Conversations::write_opening(rte_mbuf& mbuf, std::uint32_t conversation) {
  Sketch& sketch = sketches_[std::size_t{2} * conversation];
  sketch = opening(conversation);
  write_shortest(mbuf, sketch, TcpFlags::syn);
}

Result<std::uint32_t> Conversations::learn(const rte_mbuf& mbuf, PortId port) {
  const std::uint32_t number = number_in(mbuf);
  if (number >= sketches_.size() || number % 2 != 0) return wrong(number, "is no first frame");
  const Tuple translated = tuple_in(mbuf);
  if (!case_.fits(number / 2, translated)) {
    return wrong(number, "leaves as " + to_string(translated));
  }
  sketches_[number + 1] = Sketch::of(translated.reversed(), number + 1, port == ports_.lan);
  return number / 2;
}

bool Conversations::is_known(std::uint32_t conversation) const {
  const std::uint32_t answers = 2 * conversation + 1;
  return sketches_[answers].number == answers;
}

Result<void> Conversations::check(const rte_mbuf& mbuf, PortId port) const {
  const std::uint32_t number = number_in(mbuf);
  if (number >= sketches_.size()) return wrong(number, "its payload is another");
  if (const std::string what = complaint_about(mbuf); !what.empty()) return wrong(number, what);
  const Sketch& opposite = sketches_[number ^ 1U];
  const Tuple leaves = tuple_in(mbuf);
  const Tuple should = opposite.tuple().reversed();
  if (leaves != should) {
    return wrong(number, "leaves as " + to_string(leaves) + " instead of " + to_string(should));
  }
  if (port != (opposite.from_guest ? ports_.lan : ports_.wan)) {
    return wrong(number, "leaves by the wrong port");
  }
  const Address next_hop = port == ports_.lan ? leaves.destination.address : Case::gateway();
  if (const Hop hop = hop_of(mbuf); hop != Hop{router_mac(port), mac_of(next_hop)}) {
    return wrong(number, "leaves from " + to_string(hop.from) + " to " + to_string(hop.to));
  }
  return {};
}

std::vector<Sketch> Conversations::entering(PortId port) const {
  std::vector<Sketch> all;
  for (std::uint32_t number = 0; number < sketches_.size(); ++number) {
    const Sketch& sketch = sketches_[number];
    if (is_known(number / 2) && sketch.from_guest == (port == ports_.lan)) all.push_back(sketch);
  }
  std::mt19937_64 random{seed};  // NOLINT(cert-msc51-cpp): runs are to be alike
  std::ranges::shuffle(all, random);
  return all;
}

}  // namespace viaduct::bench
