#include <cstddef>
#include <cstdint>

#include "services/guest/password/test_support.h"

namespace {

using namespace viaduct;  // NOLINT(google-build-using-namespace)

void insist(bool holds) {
  if (!holds) __builtin_trap();
}

// A client that is another machine than the guest never gets to know its password.
void converse(std::string_view bytes, std::size_t piece, bool is_guest) {
  constexpr std::string_view secret = "t4Wq9ZxK";
  password::test::World world{secret};
  if (!is_guest) world.peer.mac = std::nullopt;
  auto connection = world.server.accept(world.peer, web::test::start).value();
  std::string all = web::test::converse(connection, bytes, piece, web::test::start);
  connection.end_of_input(web::test::start);
  all += web::test::take_output(connection, web::test::start);
  insist(connection.is_finished());
  insist(all.empty() || all.starts_with("HTTP/1.1 "));
  insist(is_guest || all.find(secret) == std::string::npos);
  std::uint64_t outcomes = 0;
  for (int i = 0; i < static_cast<int>(password::Outcome::total); ++i) {
    outcomes += (*world.server.outcomes("red/guest0"))[static_cast<password::Outcome>(i)];
  }
  insist(outcomes == (*world.server.events("red/guest0"))[web::Event::request] && outcomes <= 1);
}

// Bytes that nobody has sealed are refused.
void restore(std::string_view bytes) {
  password::test::World world{""};
  insist(!world.server.restore(bytes, password::test::key()));
}

// What is read of a state is written the same; sealing and opening it changes nothing.
void read_state(std::string_view bytes) {
  const auto all = password::read_pending(bytes);
  if (!all) return;
  const auto again = password::write_pending(*all);
  insist(std::string_view{again.data(), again.size()} == bytes);
  const auto key = password::test::key();
  const auto opened = key.open(key.seal(bytes).value());
  insist(opened && std::string_view{opened->data(), opened->size()} == bytes);
}

}  // namespace

// The input: a byte for what is fuzzed (the protocol as a guest or as another machine, a sealed
// state, what is in one), one for the size of pieces, and the bytes.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {  // NOLINT
  if (size < 2) return 0;
  const std::string_view bytes{reinterpret_cast<const char*>(data + 2), size - 2};
  switch (data[0] % 4) {
    case 0:
      converse(bytes, std::size_t{data[1]} + 1, true);
      break;
    case 1:
      converse(bytes, std::size_t{data[1]} + 1, false);
      break;
    case 2:
      restore(bytes);
      break;
    default:
      read_state(bytes);
      break;
  }
  return 0;
}
