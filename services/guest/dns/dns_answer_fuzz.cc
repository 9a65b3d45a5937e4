#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "services/guest/dns/fuzz_test_support.h"

namespace {

using namespace viaduct::dns;  // NOLINT(google-build-using-namespace)

// A query for www.example.com, with EDNS.
fuzz::Octets query_of(std::uint8_t type, bool wants_dnssec) {
  constexpr std::string_view question{"\3www\7example\3com\0\0", 18};
  fuzz::Octets query{0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1};
  query.insert(query.end(), question.begin(), question.end());
  query.insert(query.end(), {type, 0, 1, 0, 0, 41, 4, 208, 0, 0});
  query.insert(query.end(), {static_cast<std::uint8_t>(wants_dnssec ? 0x80 : 0), 0, 0, 0});
  return query;
}

}  // namespace

// The input: the type asked for; flags (1 wants DNSSEC records, 2 takes messages as they are,
// else their id and question are put right); and messages of resolvers, each after its length of
// two bytes.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {  // NOLINT
  constexpr std::size_t most_messages = 8;
  if (size < 2) return 0;
  const fuzz::Octets query = query_of(data[0], (data[1] & 1) != 0);
  const bool takes_as_is = (data[1] & 2) != 0;
  Bytes rest{data + 2, size - 2};
  fuzz::Router router;
  router.receive(Transport::udp, query);
  for (std::size_t i = 0; i < most_messages && rest.size() > 2 && !router.peers.awaited.empty();
       ++i) {
    const std::size_t length = std::min<std::size_t>(read16(rest.data()), rest.size() - 2);
    fuzz::Octets message{rest.begin() + 2, rest.begin() + 2 + static_cast<std::ptrdiff_t>(length)};
    rest = rest.subspan(2 + length);
    const fuzz::Peers::Asked asked = router.peers.awaited.back();
    const std::size_t question = query.size() - opt_size;  // where it ends
    if (!takes_as_is && message.size() >= question) {
      std::copy_n(asked.message.begin(), 2, message.begin());
      message[2] |= 0x80;
      message[4] = 0;
      message[5] = 1;
      std::copy(asked.message.begin() + header_size,
                asked.message.begin() + static_cast<std::ptrdiff_t>(question),
                message.begin() + header_size);
    }
    router.server.answer(asked.token, message, router.now);
    router.insist_on_counts();
  }
  router.wait_for_all();
  // What was kept is told to all sorts of clients, and grows old.
  for (int i = 0; i < 3; ++i) {
    for (const Transport transport : {Transport::udp, Transport::tcp}) {
      router.receive(transport, query);
      router.now += std::chrono::milliseconds{700};
    }
  }
  router.wait_for_all();
  return 0;
}
