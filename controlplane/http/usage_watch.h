#pragma once

#include <map>
#include <mutex>
#include <string>
#include <tuple>

#include "controlplane/process_link.h"

namespace viaduct::http {

// Reads the data plane's counters, and notices usage that has run backwards since it read last, be
// it over restarts of the data plane. Safe to use from any thread.
class UsageWatch {
 public:
  struct Reading {
    api::Json counters;           // an empty object if the data plane is away
    std::uint64_t backwards = 0;  // how often usage has run backwards so far
  };
  Reading read(Dataplane& dataplane);

 private:
  using CounterName = std::tuple<std::string, std::string, std::string>;  // router, address, which
  std::mutex one_at_a_time_;  // a reading that is overtaken by another would look like one
  std::map<CounterName, std::uint64_t> last_;
  std::uint64_t backwards_ = 0;
};

}  // namespace viaduct::http
