#include <rte_mbuf.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdint>

#include "api/json.h"
#include "base/framing.h"
#include "dataplane/runtime/described_packet.h"
#include "tests/fuzz_input.h"
#include "tests/world.h"

// What may come over the control socket: frames, and in them questions about packets, which become
// real ones.
namespace viaduct::test {
namespace {

// The frame that arrives when a peer sends these bytes and hangs up.
Result<std::string> receive(std::span<const std::uint8_t> bytes) {
  std::array<int, 2> ends{};
  insist(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0, "no socket");
  const Descriptor here{ends[0]};
  {
    const Descriptor there{ends[1]};
    insist(write(there.get(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()),
           "the socket takes too little");
  }
  return receive_frame(here, std::chrono::steady_clock::now() + std::chrono::seconds{1});
}

void explain(World& router, const api::Json& body) {
  const auto packet = api::read<DescribedPacket>(body);
  if (!packet) return insist(!packet.error().why.empty(), "refused without a reason");
  const auto in = runtime::find_interface(router.now(), *packet);
  if (!in) return insist(!in.error().why.empty(), "refused without a reason");
  const auto tuple = tuple_of(*packet);
  if (!tuple) return insist(!tuple.error().why.empty(), "refused without a reason");
  rte_mbuf* frame = runtime::make_frame(buffers(), **in, *tuple, *packet);
  if (frame == nullptr) return;
  const auto* data = rte_pktmbuf_mtod(frame, const std::uint8_t*);
  const Bytes bytes{data, data + rte_pktmbuf_data_len(frame)};
  insist(complaint(read_frame(bytes).payload).empty(), "the frame has wrong checksums");
  rte_pktmbuf_free(frame);
}

}  // namespace
}  // namespace viaduct::test

// A frame is what its length says or nothing; a question is refused with a reason, or becomes a
// frame with right checksums.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {  // NOLINT
  using namespace viaduct::test;  // NOLINT(google-build-using-namespace)
  static World router;
  constexpr std::size_t longest = 64 * 1024;
  if (size > longest) return 0;
  const auto frame = receive({data, size});
  if (!frame) return 0;
  insist(frame->size() <= size - 4, "a frame is longer than what was sent");
  const auto question = viaduct::api::parse_json(*frame);
  if (question && question->is_object()) explain(router, *question);
  return 0;
}
