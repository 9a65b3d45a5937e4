#include "bench/peers/best_load.h"

#include <array>

namespace viaduct::bench {
namespace {

constexpr double stride = 1.4;
constexpr unsigned most_strides = 40;
// So far below the best it has reached, a device is over its limit.
constexpr double collapsed = 0.8;
// How often in a row more may be offered in vain.
constexpr unsigned most_in_vain = 3;
constexpr std::array<double, 3> finer{1.18, 1.08, 1.04};

struct Best {
  double load = 0;
  double forwarded = 0;
};

Result<bool> improve(Best& best, double load, const Forwarded& forwarded) {
  const double now = TRY(forwarded(load));
  if (now <= best.forwarded) return false;
  best = {load, now};
  return true;
}

}  // namespace

Result<double> best_load(double first, const Forwarded& forwarded) {
  Best best;
  double load = first;
  unsigned in_vain = 0;
  for (unsigned i = 0; i < most_strides && in_vain < most_in_vain; ++i, load *= stride) {
    const double now = TRY(forwarded(load));
    if (now > best.forwarded) {
      best = {load, now};
      in_vain = 0;
    } else {
      in_vain = now < collapsed * best.forwarded ? most_in_vain : in_vain + 1;
    }
  }
  for (const double factor : finer) {
    if (TRY(improve(best, best.load * factor, forwarded))) continue;
    (void)TRY(improve(best, best.load / factor, forwarded));
  }
  return best.load;
}

}  // namespace viaduct::bench
