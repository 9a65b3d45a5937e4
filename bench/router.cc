#include "bench/router.h"

#include <rte_mbuf.h>

#include <algorithm>
#include <iostream>
#include <string>

#include "bench/machine.h"
#include "dataplane/core/usage.h"

namespace viaduct::bench {
namespace {

// Tables that fill no huge page are on ordinary ones, and few of them are no harm.
constexpr double enough_on_huge_pages = 0.8;
constexpr std::size_t harmless = std::size_t{32} << 20;

}  // namespace

std::unique_ptr<Snapshot> take_snapshot(const Configuration& configuration,
                                        const RouterPorts& ports, std::uint32_t generation,
                                        const Snapshot* before) {
  UsageIndex used = 0;
  return std::make_unique<Snapshot>(
      generation, configuration,
      [&](const auto& /*router*/, const interface::Compiled& interface) {
        return Snapshot::Attachment{interface.port == Case::lan ? ports.lan : ports.wan, false};
      },
      [&](const auto& /*router*/, const Address& /*address*/) {
        return static_cast<UsageIndex>(used + 1U < usage::File::most ? ++used : 0);
      },
      before);
}

const InterfaceView& interface_of(const Snapshot& snapshot, bool to_guests) {
  const RouterView& router = *snapshot.routers().front();
  return router.view_of(*router.compiled->interfaces->find(to_guests ? Case::guest_interface
                                                                     : Case::public_interface));
}

Result<std::shared_ptr<MeasuredRouter>> MeasuredRouter::make(const Case& measured,
                                                             const Setup& setup) {
  static unsigned made = 0;
  std::shared_ptr<MeasuredRouter> router{new MeasuredRouter};
  const std::string name = "router" + std::to_string(made++);
  router->buffers_ = rte_pktmbuf_pool_create(name.c_str(), setup.buffers, 0, 0,
                                             RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
  if (router->buffers_ == nullptr) {
    return fail(Fault::exhausted, "", "no memory for packet buffers");
  }
  // In the last burst's room, unanswered sessions end for others.
  std::size_t sessions =
      std::size_t{measured.conversations()} + setup.spare_sessions + Burst::capacity;
  // Few conversations are spread over workers less evenly than many.
  constexpr std::size_t unevenness = 2048;
  if (setup.workers > 1) sessions += unevenness;
  Workers::Setup workers{.most_sessions = std::max<std::size_t>(sessions, 1024),
                         .seed = 20'260'101,
                         .use_huge_pages = true,
                         .buffers = router->buffers_};
  router->usage_.assign(setup.workers, std::vector<usage::Counters>(usage::File::most));
  for (auto& row : router->usage_) workers.usage.push_back(row.data());
  const std::uint64_t before = bytes_on_huge_pages();
  router->workers_ = TRY(Workers::make(workers));
  router->share_on_huge_pages_ =
      std::min(1.0, static_cast<double>(bytes_on_huge_pages() - before) /
                        static_cast<double>(router->workers_->session_bytes()));
  if (router->workers_->session_bytes() > harmless &&
      router->share_on_huge_pages_ < enough_on_huge_pages) {
    std::cerr << "viaduct-bench: there are too few huge pages: only "
              << static_cast<int>(100 * router->share_on_huge_pages_)
              << " % of the sessions' memory is on some; the figures will be worse for it\n";
  }
  const Configuration configuration = TRY(compile(measured.document(), router->directory_));
  if (!router->workers_->prepare(configuration, router->directory_.limit())) {
    return fail(Fault::exhausted, "", "no memory for the configuration");
  }
  router->snapshot_ = take_snapshot(configuration, setup.ports, 1);
  return router;
}

MeasuredRouter::~MeasuredRouter() {
  workers_.reset();
  rte_mempool_free(buffers_);
}

}  // namespace viaduct::bench
