#pragma once

#include <initializer_list>
#include <iterator>
#include <random>

#include "api/json.h"
#include "tests/reference/model.h"

// Random documents and packets. The same seed makes the same ones everywhere. Addresses and ports
// are few on purpose, so that rules overlap, shadow and contradict each other.
namespace viaduct::test::reference {

class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}

  // 0 to `count` - 1.
  unsigned below(unsigned count) { return static_cast<unsigned>(engine_() % count); }
  // True in `percent` of a hundred.
  bool chance(unsigned percent) { return below(100) < percent; }
  bool one_in(unsigned times) { return below(times) == 0; }
  template <class T>
  T pick(std::initializer_list<T> among) {
    return *std::next(among.begin(),
                      static_cast<std::ptrdiff_t>(below(static_cast<unsigned>(among.size()))));
  }

 private:
  std::mt19937_64 engine_;
};

// A document with the router "red". It may be one that the compiler refuses.
api::Json random_document(Random& random);
// Changes one thing in it, or a few.
void change(api::Json& document, Random& random);

// A packet for the router: mostly one that means something to its document and live sessions.
Packet random_packet(const Model& model, Random& random);

// A station of a guest network that says who it is. It lies only about who is known.
struct Claim {
  std::string interface;
  Mac mac;
  Address address;
};
Claim random_claim(const Model& model, Random& random);

}  // namespace viaduct::test::reference
