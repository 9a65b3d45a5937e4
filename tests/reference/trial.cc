#include "tests/reference/trial.h"

namespace viaduct::test::reference {
Trial::Trial(std::uint64_t seed, Tally& tally, Fault fault)
    : seed_(seed), tally_(tally), random_(seed), model_(fault) {
  do {
    document_ = random_document(random_);
  } while (!is_valid(document_));
  configure();
}

// A World looks in the end whether all ports were given back. That takes a hundred times as long as
// a trial, so most have something left to apply, and then it does not look.
Trial::~Trial() {
  if (seed_ % 200 != 0) world_.without_taps();
}

std::string Trial::run(unsigned packets) {
  for (unsigned i = 0; i < packets && !is_over_; ++i) {
    if (random_.one_in(25)) {
      api::Json next = document_;
      change(next, random_);
      if (is_valid(next)) {
        document_ = std::move(next);
        configure();
      }
    }
    if (random_.one_in(100)) {
      const unsigned seconds =
          random_.one_in(200) ? 7441 : random_.pick<unsigned>({1, 31, 59, 61, 120, 241, 301});
      history_.push_back(std::to_string(seconds) + " seconds pass");
      (void)world_.waits(seconds);
      // The first look at all sessions may begin in the middle.
      world_.worker().expire(world_.worker().sessions.most_sessions());
      model_.wait(seconds);
    }
    const std::string difference = judge(random_packet(model_, random_));
    if (!difference.empty()) return report(difference);
  }
  return "";
}

std::string Trial::judge(const Packet& packet) {
  ++tally_.triples;
  history_.push_back(describe(packet));
  const auto [foretold, chosen] = explain(world_, packet);
  const Verdict expected = model_.receive(packet, chosen);
  const Verdict happened = send(world_, packet);
  ++tally_.fates[expected.fate == Fate::forwarded ? "forwarded" : name_of(expected)];
  history_.back() += " | " + describe_all(happened);
  const bool all_agree = world_.sessions() == model_.sessions().size() &&
                         describe_all(happened) == describe_all(expected) &&
                         describe(foretold) == describe(expected);
  // A station whose address was the router's own for a while could not answer ARP then. It will,
  // but not before time passes, which is more than the model knows.
  is_over_ = happened.reason == held;
  if (is_over_ || all_agree) return "";
  return "the packet path: " + describe_all(happened) + "; " + std::to_string(world_.sessions()) +
         " sessions\nexplain:         " + describe(foretold) +
         "\nthe model:       " + describe_all(expected) + "; " +
         std::to_string(model_.sessions().size()) + " sessions\n";
}

bool Trial::is_valid(const api::Json& document) {
  const auto desired = read_document(document);
  const bool is_valid = desired && compile(*desired, directory_);
  directory_.rollback();
  if (!is_valid) ++tally_.refused_documents;
  return is_valid;
}

void Trial::configure() {
  ++tally_.documents;
  history_.push_back("the document is " + document_["routers"]["red"].dump());
  world_.at("/routers/red", document_["routers"]["red"].dump());
  model_.follow(world_.paper.document().routers.find("red")->second);
}

std::string Trial::report(const std::string& difference) const {
  std::string text = "Seed " + std::to_string(seed_) + ", document " + document_.dump() + "\n";
  for (const std::string& event : history_) text += "  " + event + "\n";
  return text + difference +
         "To see this again: VIADUCT_TRIPLES=1 VIADUCT_SEED=" + std::to_string(seed_) +
         " reference_tests\n";
}

}  // namespace viaduct::test::reference
