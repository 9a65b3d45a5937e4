#include <cstddef>
#include <cstdint>

#include "tests/fuzz_input.h"
#include "tests/world.h"

// Fragments of a few datagrams in whatever order and shape. An input is a row of steps, each
//   which   one byte: its low two bits choose the datagram, the next one from where; the highest
//           lets time pass
//   begin   one byte, in units of eight bytes of payload
//   length  one byte, likewise; its highest bit says that it is the last one
namespace viaduct::test {
namespace {

constexpr std::size_t unit = 8;
constexpr std::size_t most_units = 96;

class Fuzz {
 public:
  void step(FuzzInput& input) {
    const std::uint8_t which = input.byte();
    if ((which & 0x80) != 0) check(router_.waits(which & 7));
    const std::size_t begin = input.byte() % most_units * unit;
    const std::uint8_t length = input.byte();
    const std::size_t end = begin + (1 + (length & 0x1f)) * unit;
    const std::size_t whole = (length & 0x80) != 0 ? end : most_units * unit + 256;
    const auto identification = static_cast<std::uint16_t>(1 + which % 4);
    // The last one ends with its datagram.
    check(router_.sends(draft(which)
                            .length(20 + whole)
                            .may_be_fragmented()
                            .datagram(identification)
                            .part(begin, end)));
  }
  void end() {
    check(router_.waits(10));
    insist(router_.worker().fragments.held() == 0, "fragments are held for ever");
  }

 private:
  static Draft draft(std::uint8_t which) {
    return (which & 4) != 0 ? udp("198.51.100.9:53 > 203.0.113.2:40000")
                            : udp("10.1.1.11:40000 > 198.51.100.9:53");
  }

  // Payloads are the same in all datagrams, so that what leaves can be held against what was sent.
  void check(const std::string& told) {
    insist(router_.imbalance().empty(), router_.imbalance() + " after: " + told);
    insist(router_.worker().held() <= 64 * 16, "too many are held");
    for (const Wire::Frame& frame : router_.left()) {
      const Reading reading = read_frame(frame.bytes);
      if (reading.type != 0x0800 || reading.payload[9] != 17) continue;
      insist(complaint(reading.payload).empty() || told.find("checksum") != told.npos, told);
      const std::size_t offset =
          ((std::size_t{reading.payload[6]} << 8 | reading.payload[7]) & 0x1fff) * unit;
      // After the UDP header come the numbers from 0 on.
      for (std::size_t at = 20; at < reading.payload.size(); ++at) {
        const std::size_t place = offset + at - 20;
        insist(place < unit || reading.payload[at] == static_cast<std::uint8_t>(place - unit),
               "a payload has changed: " + told);
      }
    }
  }

  World router_{64};
};

}  // namespace
}  // namespace viaduct::test

// Nothing crashes, every fragment is accounted for, none is held for longer than it may, and what
// leaves has the bytes of its place.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {  // NOLINT
  viaduct::test::FuzzInput input{{data, size}};
  viaduct::test::Fuzz fuzz;
  for (int steps = 0; steps < 128 && !input.rest.empty(); ++steps) fuzz.step(input);
  fuzz.end();
  return 0;
}
