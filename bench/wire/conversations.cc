#include "bench/wire/conversations.h"

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

Result<Conversations> Conversations::make(const Case& measured, const Wires& wires) {
  Directory directory;
  return Conversations{measured, wires, TRY(compile(measured.document(), directory))};
}

Conversations::Conversations(const Case& measured, const Wires& wires,
                             const Configuration& configuration)
    : case_(measured),
      wires_(wires),
      router_(std::make_unique<const Snapshot>(
          1, configuration,
          [&](const auto& /*router*/, const interface::Compiled& interface) {
            return Snapshot::Attachment{interface.port == Case::lan ? wires.lan : wires.wan, false};
          },
          [](const auto& /*router*/, const Address& /*address*/) { return UsageIndex{0}; })),
      sketches_(2 * std::size_t{measured.conversations()}) {}

const InterfaceView& Conversations::view_of(PortId port) const {
  const RouterView& router = *router_->routers().front();
  const bool is_guests = port == wires_.lan;
  return router.view_of(*router.compiled->interfaces->find(is_guests ? Case::guest_interface
                                                                     : Case::public_interface));
}

void Conversations::write(rte_mbuf& mbuf, const Sketch& sketch, std::uint16_t length) const {
  write_frame(mbuf, sketch, length, view_of(sketch.from_guest ? wires_.lan : wires_.wan));
}

void Conversations::write_opening(rte_mbuf& mbuf, std::uint32_t conversation) {
  static const FrameLengths shortest = FrameLengths::parse("64").value();
  const auto opening = case_.opening(conversation, Protocol::udp);
  Sketch& sketch = sketches_[std::size_t{2} * conversation];
  sketch = Sketch::of(opening.tuple, 2 * conversation, opening.from_guest);
  write(mbuf, sketch, shortest.of(0));
}

Result<std::uint32_t> Conversations::learn(const rte_mbuf& mbuf, PortId port) {
  const std::uint32_t number = number_in(mbuf);
  if (number >= sketches_.size() || number % 2 != 0) return wrong(number, "is no first frame");
  const Tuple translated = tuple_in(mbuf);
  if (!case_.fits(number / 2, translated)) {
    return wrong(number, "leaves as " + to_string(translated));
  }
  sketches_[number + 1] = Sketch::of(translated.reversed(), number + 1, port == wires_.lan);
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
  if (port != (opposite.from_guest ? wires_.lan : wires_.wan)) {
    return wrong(number, "leaves by the wrong port");
  }
  return {};
}

std::vector<Sketch> Conversations::entering(PortId port) const {
  std::vector<Sketch> all;
  std::ranges::copy_if(sketches_, std::back_inserter(all), [&](const Sketch& sketch) {
    return sketch.from_guest == (port == wires_.lan);
  });
  std::mt19937_64 random{seed};  // NOLINT(cert-msc51-cpp): runs are to be alike
  std::ranges::shuffle(all, random);
  return all;
}

}  // namespace viaduct::bench
