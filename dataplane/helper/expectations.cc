#include "dataplane/helper/expectations.h"

#include <algorithm>

namespace viaduct::helper {
namespace {

bool is_for(const Expectation& each, Slot router, const Tuple& comer) noexcept {
  return each.router == router && each.protocol == comer.protocol &&
         each.from == comer.source.address.as_v4() && each.at.port == comer.destination.port &&
         each.at.address == comer.destination.address.as_v4();
}

bool is_same_place(const Expectation& a, const Expectation& b) noexcept {
  return a.router == b.router && a.protocol == b.protocol && a.from == b.from && a.at == b.at;
}

}  // namespace

void Expectations::remove(Share& share, std::size_t index) noexcept {
  const auto at = share.all.begin() + static_cast<std::ptrdiff_t>(index);
  std::move(at + 1, share.all.begin() + static_cast<std::ptrdiff_t>(share.count), at);
  --share.count;
  count_.fetch_sub(1, std::memory_order_relaxed);
}

std::size_t Expectations::place_for(const Share& share, const Expectation& wanted) noexcept {
  std::size_t of_guest = 0;
  std::size_t oldest = room;
  for (std::size_t i = 0; i < share.count; ++i) {
    const Expectation& each = share.all[i];
    if (is_same_place(each, wanted)) return each.listener == wanted.listener ? i : nowhere;
    if (each.guest != wanted.guest) continue;
    if (oldest == room) oldest = i;
    ++of_guest;
  }
  if (of_guest >= most_of_one) return oldest;
  return share.count == room ? nowhere : room;
}

std::size_t Expectations::place_of(const Share& share, Slot router, const Tuple& comer,
                                   flow::Ticks now) noexcept {
  const auto end = share.all.begin() + static_cast<std::ptrdiff_t>(share.count);
  const auto found = std::find_if(share.all.begin(), end, [&](const Expectation& each) {
    return is_for(each, router, comer) && !is_old(each, now);
  });
  return static_cast<std::size_t>(found - share.all.begin());
}

std::optional<Expectation> Expectations::find(Slot router, const Tuple& comer,
                                              flow::Ticks now) noexcept {
  if (count() == 0) return std::nullopt;
  Share& share = share_of(router, comer.source.address.as_v4(), comer.destination.port);
  const std::scoped_lock lock{share.lock};
  const std::size_t place = place_of(share, router, comer, now);
  return place == share.count ? std::nullopt : std::optional{share.all[place]};
}

}  // namespace viaduct::helper
