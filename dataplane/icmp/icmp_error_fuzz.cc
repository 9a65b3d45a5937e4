#include <cstddef>
#include <cstdint>

#include "tests/fuzz_input.h"
#include "tests/world.h"

// ICMP errors that quote whatever they like. An input is a row of errors, each
//   kind    one byte: its low two bits choose type and code, the next the session that the quote
//           begins as a packet of, the next one the side that complains
//   edits   one byte: how many bytes of the quote are changed, eight at most
//   quoted  one byte: how much of it there is
//   and for each edit a place and a value
namespace viaduct::test {
namespace {

struct Kind {
  std::uint8_t type;
  std::uint8_t code;
};
constexpr std::array<Kind, 4> kinds{{{3, 1}, {3, 4}, {11, 0}, {12, 0}}};

class Fuzz {
 public:
  Fuzz() {
    for (const Draft& draft : outward_) (void)router_.sends(draft);
  }

  void step(FuzzInput& input) {
    const std::uint8_t control = input.byte();
    const Kind& kind = kinds[control & 3];
    const Draft& quoted = ((control & 16) != 0 ? inward_ : outward_as_seen_)[(control >> 2) % 3];
    const bool from_guest = (control & 16) != 0;
    const std::uint8_t edits = input.byte() % 9;
    const std::size_t length = 8 + input.byte() % 64;
    Draft error = icmp(from_guest ? "10.1.1.11 > 198.51.100.9" : "192.0.2.77 > 203.0.113.2",
                       kind.type, kind.code);
    error.about(quoted, length);
    constexpr std::size_t quote = 28;  // where it begins in the packet
    for (int i = 0; i < edits; ++i) {
      const std::size_t at = quote + input.byte() % length;
      const std::uint8_t value = input.byte();
      if (at < error.ip_packet().size()) error.quoted_byte(at - quote, value);
    }
    check(router_.sends(error), edits == 0);
  }

 private:
  void check(const std::string& told, bool is_sound) {
    insist(router_.imbalance().empty(), router_.imbalance() + " after: " + told);
    insist(router_.sessions() == outward_.size(),
           "an error has ended or opened a session: " + told);
    for (const Wire::Frame& frame : router_.left()) {
      const Reading reading = read_frame(frame.bytes);
      if (reading.type != 0x0800) continue;
      const Address to = Address::v4(Be32::of(
          (std::uint32_t{reading.payload[16]} << 24) | (std::uint32_t{reading.payload[17]} << 16) |
          (std::uint32_t{reading.payload[18]} << 8) | reading.payload[19]));
      insist(to == address("10.1.1.11") || to == address("198.51.100.9") ||
                 to == address("192.0.2.77"),
             "it goes to somebody else: " + told);
      if (is_sound) insist(complaint(reading.payload).empty(), told);
    }
  }

  World router_{256};
  const std::array<Draft, 3> outward_{udp("10.1.1.11:40000 > 198.51.100.9:53"),
                                      tcp("10.1.1.11:40001 > 198.51.100.9:80"),
                                      ping("10.1.1.11 > 198.51.100.9")};
  const std::array<Draft, 3> outward_as_seen_{udp("203.0.113.2:40000 > 198.51.100.9:53"),
                                              tcp("203.0.113.2:40001 > 198.51.100.9:80"),
                                              ping("203.0.113.2 > 198.51.100.9")};
  const std::array<Draft, 3> inward_{udp("198.51.100.9:53 > 10.1.1.11:40000"),
                                     tcp("198.51.100.9:80 > 10.1.1.11:40001").flags("SA"),
                                     pong("198.51.100.9 > 10.1.1.11")};
};

}  // namespace
}  // namespace viaduct::test

// Nothing crashes, no error ends or opens a session, none goes to who has no part in it, and those
// that quote what was sent leave with right checksums.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {  // NOLINT
  viaduct::test::FuzzInput input{{data, size}};
  viaduct::test::Fuzz fuzz;
  for (int steps = 0; steps < 64 && !input.rest.empty(); ++steps) fuzz.step(input);
  return 0;
}
