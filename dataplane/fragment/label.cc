#include "dataplane/fragment/label.h"

#include <rte_mbuf.h>
#include <rte_mbuf_dyn.h>

namespace viaduct::fragment {
namespace {

int place() noexcept {
  static const int offset = [] {
    constexpr rte_mbuf_dynfield field{
        .name = "viaduct_fragment", .size = sizeof(Label), .align = alignof(Label), .flags = 0};
    return rte_mbuf_dynfield_register(&field);
  }();
  return offset;
}

}  // namespace

bool make_room_for_labels() noexcept {
  return place() >= 0;
}

Label& label_of(rte_mbuf& fragment) noexcept {
  return *RTE_MBUF_DYNFIELD(&fragment, static_cast<std::uintptr_t>(place()), Label*);
}

}  // namespace viaduct::fragment
