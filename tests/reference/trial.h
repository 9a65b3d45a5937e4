#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tests/reference/model.h"
#include "tests/reference/observe.h"
#include "tests/reference/random.h"

namespace viaduct::test::reference {

// What was tried, over many trials.
struct Tally {
  std::uint64_t triples = 0;
  std::uint64_t documents = 0;
  std::uint64_t refused_documents = 0;  // by the compiler
  std::map<std::string, std::uint64_t> fates;
};

// One router from its first document on: it is sent packets, left alone and configured anew, all at
// random, and each packet is judged by explain, by the reference model and by the packet path. One
// in four has three workers, who hand packets over to each other.
class Trial {
 public:
  Trial(std::uint64_t seed, Tally& tally, Fault fault = Fault::none);
  ~Trial();
  Trial(const Trial&) = delete;
  Trial& operator=(const Trial&) = delete;

  // Empty, or what the three do not agree about and everything that led to it.
  std::string run(unsigned packets);

 private:
  // Empty, or how the verdicts differ.
  std::string judge(const Packet& packet);
  std::string wait(unsigned seconds);
  std::string claim(const Claim& claim);
  // A document takes effect. The next packet was explained under it before.
  std::string configure(api::Json next);
  void follow();
  [[nodiscard]] bool is_valid(const api::Json& document);
  [[nodiscard]] std::string report(const std::string& difference) const;

  std::uint64_t seed_;
  Tally& tally_;
  Random random_;
  World world_;
  Model model_;
  api::Json document_;
  Directory directory_;
  std::vector<std::string> history_;
  bool is_over_ = false;  // the model cannot know what comes next
};

}  // namespace viaduct::test::reference
