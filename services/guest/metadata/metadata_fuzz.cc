#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "services/guest/metadata/test_support.h"

namespace {

using namespace viaduct;  // NOLINT(google-build-using-namespace)

void insist(bool holds) {
  if (!holds) __builtin_trap();
}

// What a client is answered that sends these bytes in such pieces and then no more.
std::string answered(metadata::test::World& world, std::string_view bytes, std::size_t piece) {
  auto connection = world.connect();
  std::string all = web::test::converse(connection, bytes, piece, world.now);
  connection.end_of_input(world.now);
  all += web::test::take_output(connection, world.now);
  insist(connection.is_finished() && connection.room() == 0 && connection.output().empty());
  insist(all.empty() || all.starts_with("HTTP/1.1 "));
  return all;
}

std::uint64_t refusals(const metadata::Server& server) {
  const auto& events = *server.events("red/guest0");
  return events[web::Event::malformed] + events[web::Event::too_large] +
         events[web::Event::unsupported];
}

// Each request has one outcome.
void insist_on_counts(const metadata::Server& server) {
  std::uint64_t outcomes = 0;
  for (int i = 0; i < static_cast<int>(metadata::Outcome::total); ++i) {
    outcomes += (*server.outcomes("red/guest0"))[static_cast<metadata::Outcome>(i)];
  }
  insist(outcomes == (*server.events("red/guest0"))[web::Event::request]);
}

}  // namespace

// The input: a byte for the setting of tokens, one for the size of pieces, and what a client sends.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {  // NOLINT
  if (size < 2) return 0;
  const auto tokens = static_cast<metadata::Tokens>(data[0] % 3);
  const std::size_t piece = std::size_t{data[1]} + 1;
  const std::string_view bytes{reinterpret_cast<const char*>(data + 2), size - 2};
  metadata::test::World at_once{tokens};
  const std::string whole = answered(at_once, bytes, size);
  insist_on_counts(at_once.server);
  metadata::test::World in_pieces{tokens};
  const std::string cut = answered(in_pieces, bytes, piece);
  insist_on_counts(in_pieces.server);
  // Where nothing is refused, it makes no difference how the bytes were cut. Tokens are random.
  const auto issued = (*at_once.server.outcomes("red/guest0"))[metadata::Outcome::token_issued];
  if (refusals(at_once.server) == 0 && issued == 0) insist(whole == cut);
  if (refusals(at_once.server) == 0) insist(whole.size() == cut.size());
  return 0;
}
