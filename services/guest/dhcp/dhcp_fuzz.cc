// Clients that send anything whatever, a clock, and crashes: nobody gets what is not right.
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "services/guest/dhcp/server.h"
#include "services/guest/dhcp/test_support.h"
#include "tests/fuzz_input.h"

namespace viaduct::dhcp::test {
namespace {

using viaduct::test::FuzzInput;
using viaduct::test::insist;

constexpr std::string_view network = "red/guest0";

// A lease that a client has been told of.
struct Told {
  Client client;
  Time until;
};

class Fuzz {
 public:
  explicit Fuzz(FuzzInput input) : input_(input) { start(); }

  void run() {
    while (!input_.rest.empty()) {
      switch (input_.byte() % 8) {
        case 0: {
          const std::size_t size = std::size_t{input_.byte()} << 8 | input_.byte();
          send(input_.bytes(std::min<std::size_t>(size, 2000)));
          break;
        }
        case 6:
          now_ += std::chrono::seconds{16 * input_.byte()};
          break;
        case 7:
          commit(input_.byte());
          break;
        default:
          send(draft());
      }
    }
  }

 private:
  void start() {
    server_ = std::make_unique<Server>();
    server_->restore(read_batches(records_));
    near_.interface = "guest0";
    near_.subnet = parse_prefix("10.1.1.0/24").value();
    near_.server = address("10.1.1.1");
    near_.router = near_.server;
    near_.domain = "example.internal";
    near_.search = {"a.example", "example"};
    near_.boot_file = "pxelinux.0";
    near_.routes = {parse_route("192.0.2.0/24 via 10.1.1.254").value()};
    near_.matches = {parse_match("windows:60=4d534654").value()};
    near_.options = {parse_option("windows:43=0102").value(), parse_option("252!=00").value()};
    near_.ranges = {parse_address_range("10.1.1.8-10.1.1.15").value()};
    near_.lease_time = 600;
    far_ = near_;
    far_.subnet = parse_prefix("10.9.0.0/24").value();
    far_.router = address("10.9.0.1");
    far_.ranges = {parse_address_range("10.9.0.8-10.9.0.10").value()};
    far_.authoritative = false;
    insist(server_->set_subnet(network, "near", near_) && server_->set_subnet(network, "far", far_),
           "the subnets are refused");
    for (std::uint32_t i = 0; i < 2; ++i) {
      Reservation made;
      made.interface = "guest0";
      made.mac = numbered_mac(i);
      made.address = reserved(i);
      insist(server_->set_reservation(network, std::to_string(i), made).has_value(),
             "a reservation is refused");
    }
  }
  static Address reserved(std::uint32_t number) {
    return address(number == 0 ? "10.1.1.9" : "10.1.1.20");
  }

  // A message of one of a few clients, that makes more sense than most bytes.
  Bytes draft() {
    const std::uint8_t kind = input_.byte();
    const std::uint8_t who = input_.byte();
    const std::uint8_t what = input_.byte();
    const Address wanted =
        Address::v4(Be32::of((what & 0x80 ? 0x0a090000U : 0x0a010100U) | (what & 0x7f)));
    Draft made{Kind{static_cast<std::uint8_t>(kind % 8 + 1)}, numbered_mac(who % 8)};
    if ((kind & 0x08) != 0) made.option(Code::requested_address, wanted);
    if ((kind & 0x10) != 0) made.client(wanted);
    if ((kind & 0x20) != 0) made.option(Code::server_identifier, near_.server);
    if ((kind & 0x40) != 0) made.relay(address("10.9.0.1"));
    if ((kind & 0x80) != 0) made.option(Code::client_identifier, Bytes{0, who});
    if ((who & 0x40) != 0) made.wants_broadcast();
    if ((who & 0x80) != 0) {
      append_more(made);
    }
    return made.bytes();
  }
  void append_more(Draft& made) {
    const Code code{input_.byte()};
    made.option(code, input_.bytes(input_.byte() % 64));
  }

  void send(const Bytes& datagram) {
    const auto request = read_message(datagram);
    const auto reply = server_->handle(network, datagram, now_);
    check_counters();
    if (!request) {
      insist(!reply, "no message is answered");
      return;
    }
    const Client client{request->mac(),
                        std::string{text_of(request->options.find(Code::client_identifier))}};
    if (request->kind == Kind::release || request->kind == Kind::decline) forget(client);
    if (!reply) return;
    const auto answer = read_message(reply->bytes);
    insist(answer.has_value(), "a reply is malformed");
    check(*request, *answer, *reply);
    if (answer->kind != Kind::ack || answer->yours == no_address) return;
    forget(client);
    const std::uint32_t time = answer->options.number(Code::lease_time).value_or(0);
    insist(time >= shortest_lease && time <= 600, "a lease of no right time");
    waiting_.emplace_back(
        reply->after_commit,
        std::pair{answer->yours, Told{client, now_ + std::chrono::seconds{time}}});
    let_go();
  }

  void check(const Message& request, const Message& answer, const Reply& reply) {
    insist(answer.operation == Operation::reply && answer.transaction == request.transaction &&
               answer.hardware == request.hardware && answer.relay == request.relay,
           "a reply to somebody else");
    insist(answer.kind == Kind::offer || answer.kind == Kind::ack || answer.kind == Kind::nak,
           "a reply of no right kind");
    insist(reply.bytes.size() >= 300 && reply.bytes.size() <= 1472, "a reply of no right size");
    const Address us = request.relay_said(RelayCode::server_identifier).value_or(near_.server);
    insist(answer.options.address(Code::server_identifier) == us, "another server");
    if (answer.yours == no_address) return;
    const bool is_taken = near_.takes(answer.yours) || far_.takes(answer.yours);
    insist(is_taken, to_string(answer.yours) + " is no guest's");
    for (std::uint32_t i = 0; i < 2; ++i) {
      insist(answer.yours != reserved(i) || request.mac() == numbered_mac(i),
             "an address that is reserved for another guest");
    }
  }

  // What comes in is counted once more, by what became of it.
  void check_counters() {
    const Counters& counters = std::as_const(*server_).find(network)->counters();
    std::uint64_t sum = 0;
    for (std::size_t i = 1; i < event_count; ++i) {
      sum += counters.of(Event{static_cast<std::uint8_t>(i)});
    }
    insist(sum == counters.of(Event::received), "a message is not counted, or twice");
  }

  void commit(std::uint8_t how) {
    if (const auto batch = server_->next_batch()) {
      const bool is_well = how % 4 != 0;
      if (is_well && batch->is_whole) records_.clear();
      if (is_well) records_.push_back(batch->record);
      server_->stored(is_well ? Result<bool>{how % 4 == 1}
                              : Result<bool>{fail(Fault::failed, "", "no room")});
      let_go();
    }
    if (how < 0x80) return;
    waiting_.clear();
    start();
    check_what_was_stored();
  }

  // What clients were told is known to the server that begins with what was stored.
  void check_what_was_stored() {
    const Leases& leases = std::as_const(*server_).find(network)->leases();
    for (const auto& [address, told] : told_) {
      if (told.until <= now_) continue;
      const Lease* lease = leases.find(address);
      insist(lease != nullptr && lease->client == told.client && lease->until == told.until,
             "the lease of " + to_string(address) + " is lost");
    }
  }

  // Clients learn what waited for commits that are stored now.
  void let_go() {
    std::erase_if(waiting_, [this](const auto& one) {
      const auto& [commit, told] = one;
      if (commit > server_->committed()) return false;
      const auto [had, is_new] = told_.insert(told);
      insist(is_new || had->second.client == told.second.client || had->second.until <= now_,
             "two clients have " + to_string(told.first));
      had->second = told.second;
      return true;
    });
  }
  void forget(const Client& client) {
    std::erase_if(told_, [&](const auto& one) { return one.second.client == client; });
    std::erase_if(waiting_, [&](const auto& one) { return one.second.second.client == client; });
  }

  FuzzInput input_;
  Subnet near_;
  Subnet far_;
  Time now_{std::chrono::seconds{1'700'000'000}};
  std::unique_ptr<Server> server_;
  std::vector<std::string> records_;
  std::vector<std::pair<std::uint64_t, std::pair<Address, Told>>> waiting_;
  std::map<Address, Told> told_;
};

}  // namespace
}  // namespace viaduct::dhcp::test

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {  // NOLINT
  viaduct::dhcp::test::Fuzz{{{data, size}}}.run();
  return 0;
}
