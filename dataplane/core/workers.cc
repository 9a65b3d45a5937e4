#include "dataplane/core/workers.h"

#include <rte_mbuf.h>

namespace viaduct {
namespace {

constexpr std::size_t most_guests = 65'536;

// A hash gives some more than others.
std::size_t share(std::size_t sessions, std::size_t workers) {
  return workers == 1 ? sessions : sessions / workers + sessions / workers / 8 + 1;
}

}  // namespace

Result<std::unique_ptr<Workers>> Workers::make(const Setup& setup) {
  if (!fragment::make_room_for_labels()) {
    return fail(Fault::exhausted, "workers", "no room in packet buffers for what fragments need");
  }
  std::unique_ptr<exchange::Exchange> exchange;
  if (setup.usage.size() > 1) {
    exchange = TRY(exchange::Exchange::make({.workers = setup.usage.size(),
                                             .most_sessions = setup.most_sessions,
                                             .seed = setup.seed,
                                             .use_huge_pages = setup.use_huge_pages}));
  }
  return std::unique_ptr<Workers>{new Workers{setup, std::move(exchange)}};
}

Workers::Workers(const Setup& setup, std::unique_ptr<exchange::Exchange> exchange)
    : rooms_({.most_sessions = setup.most_sessions,
              .workers = setup.usage.size(),
              .seed = setup.seed,
              .use_huge_pages = setup.use_huge_pages}),
      guests_(most_guests, setup.seed, setup.use_huge_pages),
      expectations_(setup.seed),
      exchange_(std::move(exchange)) {
  for (std::size_t i = 0; i < setup.usage.size(); ++i) {
    workers_.push_back(std::make_unique<Worker>(
        Worker::Setup{.most_sessions = share(setup.most_sessions, setup.usage.size()),
                      .seed = mix(setup.seed, i),
                      .use_huge_pages = setup.use_huge_pages,
                      .buffers = setup.buffers,
                      .usage = setup.usage[i],
                      .rooms = &rooms_,
                      .guests = &guests_,
                      .expectations = &expectations_,
                      .exchange = exchange_.get(),
                      .index = static_cast<exchange::WorkerIndex>(i)}));
  }
}

bool Workers::prepare(const Configuration& next, Slot slots) {
  return rooms_.prepare(next) &&
         std::ranges::all_of(workers_, [&](auto& worker) { return worker->prepare(slots); });
}

std::size_t Workers::live_sessions() const noexcept {
  std::size_t live = 0;
  for (const auto& worker : workers_) live += worker->sessions.live_sessions();
  return live;
}

std::size_t Workers::session_bytes() const noexcept {
  std::size_t bytes = rooms_.session_bytes() + guests_.bytes();
  for (const auto& worker : workers_) {
    bytes += worker->sessions.bytes() + worker->half_open.bytes();
  }
  if (exchange_ != nullptr) bytes += exchange_->signposts.bytes();
  return bytes;
}

}  // namespace viaduct
