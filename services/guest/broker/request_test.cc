#include "services/guest/broker/request.h"

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

namespace viaduct::broker::test {
namespace {

const Request for_dns{Kind::dns, "red", "guest0", parse_address("10.1.1.1").value(), 1};

std::optional<Request> sent(const RequestMessage& message) {
  std::array<std::uint8_t, sizeof message> bytes{};
  std::memcpy(bytes.data(), &message, sizeof message);
  return read_request(bytes);
}
std::optional<Request> sent(const Request& request) {
  return sent(write_request(request));
}

TEST(BrokerRequest, IsReadAsItWasWritten) {
  EXPECT_EQ(sent(for_dns), for_dns);
  const Request questions{Kind::question, "red", "", parse_address("2001:db8::53").value(), most};
  EXPECT_EQ(sent(questions), questions);
  const Request changes{.kind = Kind::changes, .router = std::string(63, 'r')};
  EXPECT_EQ(sent(changes), changes);
}

TEST(BrokerRequest, NamesNoOtherFile) {
  for (const char* const router : {"", "..", ".hidden", "../host", "red/..", "Red", "red "}) {
    Request request = for_dns;
    request.router = router;
    EXPECT_EQ(sent(request), std::nullopt) << router;
  }
  RequestMessage hidden = write_request(for_dns);
  hidden.router[10] = 'x';
  EXPECT_EQ(sent(hidden), std::nullopt) << "behind the end of the name";
  RequestMessage endless = write_request(for_dns);
  endless.router.fill('r');
  EXPECT_EQ(sent(endless), std::nullopt);
}

TEST(BrokerRequest, AsksForWhatThereIsAlone) {
  Request request = for_dns;
  request.kind = static_cast<Kind>(9);
  EXPECT_EQ(sent(request), std::nullopt);
  request = for_dns;
  request.interface.clear();
  EXPECT_EQ(sent(request), std::nullopt) << "a service without an interface is everybody's";
  request = for_dns;
  request.count = 2;
  EXPECT_EQ(sent(request), std::nullopt);
  request = {Kind::question, "red", "", {}, most + 1};
  EXPECT_EQ(sent(request), std::nullopt);
  EXPECT_EQ(read_request(std::vector<std::uint8_t>(sizeof(RequestMessage) - 1)), std::nullopt);
}

}  // namespace
}  // namespace viaduct::broker::test
