#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "services/guest/dnsmasq/configuration.h"

namespace viaduct::dnsmasq {

// One option as it was written, without comment and quotes; see text.h for what quotes conceal.
struct Line {
  Source source;
  std::string key;
  std::optional<std::string> value;  // trimmed; absent if there was no '='
};

// `options`: a line is KEY or KEY=VALUE. `values`: a line is a value, whose key the file stands
// for.
enum class Shape : std::uint8_t { options, values };

// Called with each line that is not blank.
using TakeLine = std::function<Result<void>(const Line&)>;

inline constexpr std::size_t longest_line = 1024;  // bytes, as in dnsmasq

// Asked about an error, its place and its `where` being FILE:LINE: whether to go on behind it.
using MayGoOn = std::function<bool(const Source&, const Error&)>;

// Reads `text`, the contents of `file`, up to the first error that ends it.
Result<void> read_lines(const std::string& file, std::string_view text, Shape shape,
                        const TakeLine& take, const MayGoOn& may_go_on);

}  // namespace viaduct::dnsmasq
