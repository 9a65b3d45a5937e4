#include "tests/reference/trial.h"

#include <algorithm>

namespace viaduct::test::reference {
namespace {

constexpr std::size_t sessions_per_worker = 1024;
// As many errors as wait for one next hop to answer ARP.
constexpr std::size_t most_refusals = 4;

std::size_t workers_of(std::uint64_t seed) {
  return seed % 4 == 0 ? 3 : 1;
}

std::string describe(const std::vector<Verdict>& outcomes) {
  std::vector<std::string> lines;
  for (const Verdict& outcome : outcomes) lines.push_back("  " + describe_all(outcome) + "\n");
  std::ranges::sort(lines);
  std::string text;
  for (const std::string& line : lines) text += line;
  return text;
}

}  // namespace

Trial::Trial(std::uint64_t seed, Tally& tally, Fault fault)
    : seed_(seed),
      tally_(tally),
      random_(seed),
      world_(sessions_per_worker * workers_of(seed), workers_of(seed)),
      model_(fault) {
  do {
    document_ = random_document(random_);
  } while (!is_valid(document_));
  follow();
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
        const std::string difference = configure(std::move(next));
        if (!difference.empty()) return report(difference);
      }
    }
    if (random_.one_in(100)) {
      const unsigned seconds =
          random_.one_in(200) ? 7441 : random_.pick<unsigned>({1, 31, 59, 61, 120, 241, 301});
      const std::string difference = wait(seconds);
      if (!difference.empty()) return report(difference);
    }
    if (model_.refusals() >= most_refusals) {
      const std::string difference = wait(6);
      if (!difference.empty()) return report(difference);
    }
    const Packet packet = random_packet(model_, random_);
    // Several workers find a packet's session by the side that it comes from.
    if (world_.workers().count() > 1 && model_.comes_from_another_side(packet)) continue;
    const std::string difference =
        random_.one_in(50) ? claim(random_claim(model_, random_)) : judge(packet);
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
  constexpr std::pair<std::uint8_t, std::uint8_t> host_is_unreachable{3, 1};
  is_over_ = happened.reason == held || happened.sender_is_told == host_is_unreachable;
  // Of several workers, one does not know that another has a session with the other direction of
  // the one it opens.
  is_over_ |= world_.workers().count() > 1 && expected.reason == "no_public_port";
  if (is_over_ || all_agree) return "";
  return "the packet path: " + describe_all(happened) + "; " + std::to_string(world_.sessions()) +
         " sessions\nexplain:         " + describe(foretold) +
         "\nthe model:       " + describe_all(expected) + "; " +
         std::to_string(model_.sessions().size()) + " sessions\n";
}

std::string Trial::wait(unsigned seconds) {
  history_.push_back(std::to_string(seconds) + " seconds pass");
  const std::string happened = describe(reference::wait(world_, seconds));
  const std::string expected = describe(model_.wait(seconds));
  if (happened == expected) return "";
  return "the packet path:\n" + happened + "the model:\n" + expected;
}

// What a station says of itself by ARP: nobody may take a known guest's address.
std::string Trial::claim(const Claim& claim) {
  if (!model_.router().has_interface(claim.interface)) return "";
  const std::string name = to_string(claim.address);
  history_.push_back(claim.interface + ": " + to_string(claim.mac) + " says that it is " + name);
  const std::string happened =
      world_.hears(claim.interface, {.sender_mac = claim.mac, .sender = name, .target = name});
  const auto owner = model_.router().owner_of(claim.interface, claim.address);
  const std::string expected = owner && *owner != claim.mac ? "dropped: spoofed_arp" : "consumed";
  if (happened == expected) return "";
  return "the packet path: " + happened + "\nthe model: " + expected + "\n";
}

bool Trial::is_valid(const api::Json& document) {
  const auto desired = read_document(document);
  const bool is_valid = desired && compile(*desired, directory_);
  directory_.rollback();
  if (!is_valid) ++tally_.refused_documents;
  return is_valid;
}

// Explain under a candidate foretells what the packet meets if the candidate takes effect.
std::string Trial::configure(api::Json next) {
  const Packet packet = random_packet(model_, random_);
  const bool has_place = next["routers"]["red"]["interfaces"].contains(packet.in);
  const bool is_shared = world_.workers().count() > 1;
  if (!has_place || is_shared) {
    document_ = std::move(next);
    follow();
    return "";
  }
  const std::string under_candidate =
      describe(explain_under(world_, next["routers"]["red"].dump(), packet));
  document_ = std::move(next);
  follow();
  const std::string in_force = describe(explain(world_, packet).verdict);
  const std::string difference = judge(packet);
  if (!difference.empty() || is_over_ || under_candidate == in_force) return difference;
  return "explain under the candidate: " + under_candidate + "\nand now: " + in_force + "\n";
}

void Trial::follow() {
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
