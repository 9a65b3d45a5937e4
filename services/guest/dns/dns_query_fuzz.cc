#include <cstddef>
#include <cstdint>

#include "services/guest/dns/fuzz_test_support.h"

// The input: one byte for the transport, and a message of a client.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {  // NOLINT
  using namespace viaduct::dns;  // NOLINT(google-build-using-namespace)
  if (size == 0 || size > largest_message) return 0;
  const Transport transport = (data[0] & 1) != 0 ? Transport::tcp : Transport::udp;
  const Bytes message{data + 1, size - 1};
  fuzz::Router router;
  // Twice: what the second time waits for, or finds in the cache, is what the first time asked.
  for (int i = 0; i < 2; ++i) {
    router.peers.answers = 0;
    router.receive(transport, message);
    router.insist_on_counts();
    fuzz::insist(router.peers.answers <= 1, "one query has two answers");
    if (router.peers.answers == 1) {
      fuzz::insist(std::equal(data + 1, data + 3, router.peers.last.begin()), "another id");
    }
  }
  router.wait_for_all();
  router.receive(transport, message);
  router.wait_for_all();
  return 0;
}
