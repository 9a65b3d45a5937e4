#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace viaduct::web {

struct HashName {
  using is_transparent = void;  // NOLINT(readability-identifier-naming): the standard's name
  std::size_t operator()(std::string_view name) const noexcept {
    return std::hash<std::string_view>{}(name);
  }
};

template <class Value>
using NameMap = std::unordered_map<std::string, Value, HashName, std::equal_to<>>;

}  // namespace viaduct::web
