#include <benchmark/benchmark.h>

#include "services/guest/dns/test_support.h"

namespace viaduct::dns {
namespace {

// Takes what a server says, and has one resolver that answers everything with one address.
class Peers : public Outlet {
 public:
  void answer(const Client& /*client*/, Bytes message) override {
    benchmark::DoNotOptimize(message.data());
    ++answers;
  }
  void ask(Token token, const Endpoint& /*resolver*/, Transport /*transport*/,
           Bytes message) override {
    last = token;
    question.assign(message.begin(), message.end());
  }
  void forget(Token /*token*/) override {}

  std::uint64_t answers = 0;
  Token last = 0;
  test::Octets question;
};

class Bench {
 public:
  Bench() {
    constexpr unsigned hosts = 10'000;
    Settings settings;
    settings.domain = test::name("iso1.internal");
    settings.resolvers = {test::resolver("198.51.100.53")};
    server.configure(settings);
    (void)server.set_network({"guest0", {parse_interface_address("10.1.0.1/16").value()}});
    for (unsigned i = 0; i < hosts; ++i) {
      const Address address = Address::v4(Be32::of(0x0a010100 + i));
      server.set("vm" + std::to_string(i), Host{{test::name("vm" + std::to_string(i))}, {address}});
    }
  }

  // Queries for so many names, one after the other, until the state says to stop.
  void run(benchmark::State& state, const std::vector<test::Octets>& queries) {
    const std::uint64_t before = peers.answers;
    std::size_t next = 0;
    std::uint32_t serial = 0;
    for ([[maybe_unused]] auto _ : state) {
      // Clients are many, so that none of them asks too much.
      now += std::chrono::microseconds{1};
      const std::uint32_t from = 0x0a010100 + ++serial % 1024;
      server.receive({0, {Address::v4(Be32::of(from)), 40'000}, Transport::udp, 0, true},
                     queries[next], now);
      next = next + 1 == queries.size() ? 0 : next + 1;
    }
    if (peers.answers - before != static_cast<std::uint64_t>(state.iterations()))
      state.SkipWithError("answers are missing");
    state.SetItemsProcessed(state.iterations());
  }

  Peers peers;
  Server server{peers};
  Time now{std::chrono::hours{1}};
};

void answer_from_local_names(benchmark::State& state) {
  Bench bench;
  std::vector<test::Octets> queries;
  for (unsigned i = 0; i < 10'000; ++i) {
    queries.push_back(test::Ask{"vm" + std::to_string(i) + ".iso1.internal", LDNS_RR_TYPE_A,
                                LDNS_RR_CLASS_IN, 1232}
                          .message());
  }
  bench.run(state, queries);
}
BENCHMARK(answer_from_local_names);

void answer_from_the_cache(benchmark::State& state) {
  Bench bench;
  std::vector<test::Octets> queries;
  for (unsigned i = 0; i < 5000; ++i) {
    const std::string name = "www.name" + std::to_string(i) + ".example.com";
    queries.push_back(test::Ask{name, LDNS_RR_TYPE_A, LDNS_RR_CLASS_IN, 1232}.message());
    bench.server.receive({0, {test::address("10.1.0.9"), 40'000}, Transport::tcp, 0, true},
                         queries.back(), bench.now);
    bench.now += std::chrono::milliseconds{1};
    bench.server.answer(bench.peers.last,
                        test::Say{{name + ". 86400 IN CNAME cdn.example.net.",
                                   "cdn.example.net. 86400 IN A 192.0.2.80"}}
                            .to(bench.peers.question),
                        bench.now);
  }
  bench.run(state, queries);
}
BENCHMARK(answer_from_the_cache);

void deny_a_local_name(benchmark::State& state) {
  Bench bench;
  bench.run(state, {test::Ask{"nosuch.iso1.internal"}.message()});
}
BENCHMARK(deny_a_local_name);

// A question to a resolver and its answer: another name each time.
void forward_a_question(benchmark::State& state) {
  Bench bench;
  test::Octets query = test::Ask{"aaaaaaaa.example.com"}.message();
  std::uint64_t serial = 0;
  for ([[maybe_unused]] auto _ : state) {
    bench.now += std::chrono::milliseconds{1};
    ++serial;
    for (unsigned i = 0; i < 8; ++i) {
      query[13 + i] = static_cast<std::uint8_t>('a' + (serial >> 4 * i & 0xf));
    }
    bench.server.receive({0, {test::address("10.1.0.9"), 40'000}, Transport::udp, 0, true}, query,
                         bench.now);
    // The question itself is an answer without records, once it says so.
    bench.peers.question[2] |= 0x80;
    bench.server.answer(bench.peers.last, bench.peers.question, bench.now);
  }
  if (bench.peers.answers != static_cast<std::uint64_t>(state.iterations()))
    state.SkipWithError("answers are missing");
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(forward_a_question);

void change_a_host(benchmark::State& state) {
  Bench bench;
  unsigned serial = 0;
  for ([[maybe_unused]] auto _ : state) {
    const unsigned i = ++serial % 10'000;
    const Address address = Address::v4(Be32::of(0x0a020000 + serial % 65'536));
    bench.server.set("vm" + std::to_string(i),
                     Host{{test::name("vm" + std::to_string(i))}, {address}});
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(change_a_host);

}  // namespace
}  // namespace viaduct::dns
