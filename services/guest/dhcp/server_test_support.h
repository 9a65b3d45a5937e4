#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "services/guest/dhcp/server.h"
#include "services/guest/dhcp/test_support.h"

namespace viaduct::dhcp::test {

using namespace std::chrono_literals;

inline Bytes hex(std::string_view text) {
  return parse_hex(text).value();
}

// A server of one network, "red/guest0", and its clients.
class ServerTest : public testing::Test {
 protected:
  ServerTest() {
    subnet.interface = "guest0";
    subnet.subnet = parse_prefix("10.1.1.0/24").value();
    subnet.server = address("10.1.1.1");
    subnet.router = address("10.1.1.1");
    subnet.ranges = {parse_address_range("10.1.1.100-10.1.1.199").value()};
    use();
  }

  // Takes `subnet` as it is now.
  void use() {
    const auto done = server->set_subnet(network, "guest0", subnet);
    ASSERT_TRUE(done) << done.error().why;
  }
  static Reservation reservation(std::string_view station, std::string_view at) {
    Reservation made;
    made.interface = "guest0";
    made.mac = mac(station);
    made.address = address(at);
    return made;
  }
  void reserve(const std::string& id, const Reservation& made) {
    const auto done = server->set_reservation(network, id, made);
    ASSERT_TRUE(done) << done.error().why;
  }

  std::optional<Reply> send(const Draft& draft) {
    return server->handle(network, draft.bytes(), now);
  }
  // What comes back, as one reads it; nothing for silence.
  std::optional<Message> ask(const Draft& draft) {
    const auto reply = send(draft);
    if (!reply) return std::nullopt;
    auto message = read_message(reply->bytes);
    EXPECT_TRUE(message) << message.error().where;
    return *std::move(message);
  }
  // "offer 10.1.1.100", "ack 10.1.1.100", "nak", "silence"
  std::string outcome(const Draft& draft) {
    const auto message = ask(draft);
    if (!message) return "silence";
    if (message->kind == Kind::nak) return "nak";
    return (message->kind == Kind::offer ? "offer " : "ack ") + to_string(message->yours);
  }

  static Draft discover(const Mac& station) { return Draft{Kind::discover, station}; }
  // The four states in which a client asks for an address (RFC 2131 4.3.2).
  Draft selecting(const Mac& station, const Address& wanted) {
    return Draft{Kind::request, station}
        .option(Code::server_identifier, subnet.server)
        .option(Code::requested_address, wanted);
  }
  static Draft init_reboot(const Mac& station, const Address& wanted) {
    return Draft{Kind::request, station}.option(Code::requested_address, wanted);
  }
  static Draft renewing(const Mac& station, const Address& own) {
    return Draft{Kind::request, station}.client(own);
  }
  Draft declining(const Mac& station, const Address& own) {
    return Draft{Kind::decline, station}
        .option(Code::server_identifier, subnet.server)
        .option(Code::requested_address, own);
  }
  Draft releasing(const Mac& station, const Address& own) {
    return Draft{Kind::release, station}.client(own).option(Code::server_identifier, subnet.server);
  }
  // The address that the client gets by DISCOVER and REQUEST; nothing if it gets none.
  std::optional<Address> lease(const Mac& station) {
    const auto offer = ask(discover(station));
    if (!offer) return std::nullopt;
    const auto ack = ask(selecting(station, offer->yours));
    if (!ack || ack->kind != Kind::ack) return std::nullopt;
    return ack->yours;
  }
  // The value of an option that a client is told, in hexadecimal digits; "none" if it is not.
  std::string told(const Draft& draft, Code code) {
    const auto message = ask(draft);
    if (!message || !message->options.has(code)) return "none";
    return to_hex(message->options.find(code));
  }
  [[nodiscard]] std::uint64_t count(Event event) const { return known().counters().of(event); }
  [[nodiscard]] const Network& known() const { return *std::as_const(*server).find(network); }

  const std::string network = "red/guest0";
  const Mac web = mac("02:00:00:00:00:11");
  const Mac zoo = mac("02:00:00:00:00:12");
  Subnet subnet;
  std::unique_ptr<Server> server = std::make_unique<Server>();
  Time now{1'700'000'000s};
};

}  // namespace viaduct::dhcp::test
