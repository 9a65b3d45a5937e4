#pragma once

#include <functional>
#include <string>
#include <vector>

#include "api/json.h"
#include "controlplane/selftest/check.h"

namespace viaduct::selftest {

enum class Verdict : unsigned char {
  pass,
  differs,  // from what is only recommended
  fail,
};

struct Row {
  const Check* check = nullptr;
  Seen seen;
  Verdict verdict = Verdict::fail;
};

struct Outcome {
  std::string subject;
  std::vector<Row> rows;
  bool has_discovery = false;
  [[nodiscard]] std::size_t count(Verdict verdict) const;
};

enum class Router : unsigned char { viaduct, linux_nftables };

// What requirement is being looked at, of how many.
using Progress = std::function<void(const Check& check, std::size_t done, std::size_t all)>;

// Puts a router into a lab of its own and looks at every requirement whose document and number
// contain `only`. Needs root, `ip`, `ethtool`, `nsenter` and, for the control, `nft`.
Result<Outcome> run_nat(Router router, const std::string& only, const Progress& progress);

api::Json to_json(const Outcome& outcome);

}  // namespace viaduct::selftest
