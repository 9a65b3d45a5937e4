#include <cstddef>
#include <cstdint>

#include "dataplane/neighbour/arp.h"
#include "tests/fuzz_input.h"
#include "tests/world.h"

// The whole pipeline is fed with whatever arrives. An input is a row of frames, each
//   origin    one byte: its low three bits choose where the frame comes in, and whether mending
//             leaves it a fragment; the others what happens before (see below)
//   length    one byte, counted in fours
//   bytes     of the frame; missing ones are zero
namespace viaduct::test {
namespace {

enum Before : std::uint8_t {
  mend_it = 0x08,       // addresses it to the interface and makes its checksums right
  change_rules = 0x10,  // another generation begins
  let_time_pass = 0x20,
  silence = 0x40,  // neighbours do not answer ARP
  refuse = 0x80,   // the devices take nothing
};

struct Origin {
  const char* interface;
  bool is_host = false;
  bool sends_fragments = false;
};
constexpr std::array<Origin, 8> origins{{{"guest0"},
                                         {"guest1"},
                                         {"public0"},
                                         {"gateway0"},
                                         {"guest0", true},
                                         {"public0", true},
                                         {"guest0", false, true},
                                         {"public0", false, true}}};

class Fuzz {
 public:
  Fuzz() : router_{64} {
    router_.with("static_nats/db", R"({"public":"203.0.113.12","private":"10.1.1.12"})");
    router_.with("port_forwards/web",
                 R"({"protocol":"udp","public":"203.0.113.2:80","private":"10.1.1.20:80"})");
    router_.with("interfaces/guest0/mtu", "600");
    allow(true);
  }

  void step(FuzzInput& input) {
    const std::uint8_t control = input.byte();
    const Origin& origin = origins[control & 7];
    if ((control & change_rules) != 0) allow(is_strict_);
    if ((control & let_time_pass) != 0) check(router_.waits(input.byte()));
    router_.silence_neighbours((control & silence) != 0);
    router_.wire.takes = (control & refuse) != 0 ? 0 : 64;
    Bytes frame = input.bytes(4U * input.byte());
    const InterfaceView& in = router_.interface(origin.interface);
    if ((control & mend_it) != 0) {
      mend(frame, in, origin);
    } else {
      is_sound_ = is_sound_ && is_right(frame);
    }
    check(router_.receives(frame, origin.is_host ? no_port : in.port, in.slot()));
  }

 private:
  void allow(bool everything) {
    is_strict_ = !everything;
    if (everything) {
      router_.with("firewall_rules/all", R"({"destination":"0.0.0.0/0"})");
    } else {
      router_.without("firewall_rules/all");
    }
  }

  // Whether a frame carries right transport checksums, or none that could be wrong.
  static bool is_right(const Bytes& frame) {
    if (frame.size() < 18) return true;
    const Reading reading = read_frame(frame);
    if (reading.type != 0x0800 || reading.payload.size() < 20) return true;
    const std::size_t length = std::size_t{reading.payload[2]} << 8 | reading.payload[3];
    if (length < 20 || length > reading.payload.size()) return true;
    return complaint(reading.payload.first(length)).empty();
  }

  // Makes the frame one that gets past parse.
  static void mend(Bytes& frame, const InterfaceView& in, const Origin& origin) {
    const Mac to = origin.is_host ? neighbour::host_gateway : in.config->mac;
    const std::uint16_t vlan = origin.is_host ? std::uint16_t{0} : in.config->vlan;
    Bytes packet = frame.size() > 14 ? Bytes{frame.begin() + 14, frame.end()} : Bytes{};
    if (packet.size() < 48) packet.resize(48);
    // Whole units of eight bytes come after the IP header.
    if (origin.sends_fragments) packet.resize(packet.size() / 8 * 8 + 4);
    test::mend(packet, origin.sends_fragments);
    frame.assign(18, 0x02);
    frame.resize(neighbour::ethernet_header(frame.data(), to, Draft::sender, vlan, 0x0800));
    frame.insert(frame.end(), packet.begin(), packet.end());
  }

  void check(const std::string& told) {
    insist(router_.imbalance().empty(), router_.imbalance() + " after: " + told);
    insist(told.find("larger than the MTU") == told.npos, told);
    insist(told.find("nobody's frame") == told.npos, told);
    if (!is_sound_) return;
    for (const Wire::Frame& frame : router_.left()) insist(is_right(frame.bytes), told);
  }

  World router_;
  bool is_strict_ = false;
  bool is_sound_ = true;  // every frame so far had right checksums
};

}  // namespace
}  // namespace viaduct::test

// Nothing crashes, every packet is accounted for, and what leaves fits its link, comes from an
// interface of ours and has right checksums if all that came had.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {  // NOLINT
  viaduct::test::FuzzInput input{{data, size}};
  viaduct::test::Fuzz fuzz;
  for (int steps = 0; steps < 64 && !input.rest.empty(); ++steps) fuzz.step(input);
  return 0;
}
