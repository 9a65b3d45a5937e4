#pragma once

#include <array>
#include <utility>

#include "api/codec.h"

namespace viaduct {

// What happens to live sessions when the rule that admitted them is removed.
enum class OnRemove : unsigned char {
  cut,    // they end at their next packet
  drain,  // they go on until they end by themselves
};

template <>
struct api::Names<OnRemove> {
  static constexpr std::array table{std::pair{OnRemove::cut, std::string_view{"cut"}},
                                    std::pair{OnRemove::drain, std::string_view{"drain"}}};
};

}  // namespace viaduct
