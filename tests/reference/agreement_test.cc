#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <iostream>

#include "tests/reference/trial.h"

// Explain equals the packet path, and both equal the reference model.
//   VIADUCT_TRIPLES=1000000   how many documents, states and packets to try; else a few
//   VIADUCT_SEED=7            of the first trial
namespace viaduct::test::reference {
namespace {

constexpr unsigned packets_per_trial = 400;

std::uint64_t setting(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);  // NOLINT(concurrency-mt-unsafe)
  return text == nullptr ? otherwise : std::stoull(text);
}

void print(const Tally& tally, double seconds) {
  std::cout << tally.triples << " triples in " << seconds << " s, " << tally.documents
            << " documents (" << tally.refused_documents << " more were refused)\n";
  for (const auto& [fate, count] : tally.fates) std::cout << "  " << fate << ": " << count << "\n";
}

TEST(Agreement, OfExplainPacketPathAndModel) {
  const auto began = std::chrono::steady_clock::now();
  const std::uint64_t triples = setting("VIADUCT_TRIPLES", 10'000);
  Tally tally;
  for (std::uint64_t seed = setting("VIADUCT_SEED", 1); tally.triples < triples; ++seed) {
    const std::string report = Trial(seed, tally).run(packets_per_trial);
    ASSERT_TRUE(report.empty()) << report;
  }
  print(tally, std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count());
}

// A model with a fault is found out.
class Disagreement : public testing::TestWithParam<Fault> {};

TEST_P(Disagreement, IsReported) {
  Tally tally;
  std::string report;
  for (std::uint64_t seed = 1; report.empty() && seed <= 100; ++seed) {
    report = Trial(seed, tally, GetParam()).run(packets_per_trial);
  }
  EXPECT_NE(report.find("the model:"), report.npos);
  EXPECT_NE(report.find("VIADUCT_SEED="), report.npos);
}

INSTANTIATE_TEST_SUITE_P(
    OfAModelThat, Disagreement,
    testing::Values(Fault::ignores_firewall_sources, Fault::ignores_egress_ports,
                    Fault::takes_the_shortest_prefix, Fault::never_expires, Fault::never_cuts,
                    Fault::maps_whoever_is_spoken_to_alike, Fault::lets_in_answers_alone,
                    Fault::ignores_limits_of_guests, Fault::gives_no_blocks, Fault::never_clamps));

}  // namespace
}  // namespace viaduct::test::reference
