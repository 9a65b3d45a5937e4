#include "services/guest/web/connection.h"

#include <gtest/gtest.h>

#include "services/guest/web/test_support.h"

namespace viaduct::web {
namespace {

using namespace std::chrono_literals;
using test::body_of;
using test::converse;
using test::start;
using test::status_of;
using test::take_output;

constexpr std::size_t whole = 1 << 20;

// Answers with the target and the body of the request.
class Echo final : public Service {
 public:
  Response respond(const Peer& /*peer*/, const Request& request, Time /*now*/) override {
    Response response;
    response.body = Body::of(request.target + request.body);
    return response;
  }
  void count(const Peer& /*peer*/, Event event) override { events.add(event); }
  Counters<Event> events;
};

class HttpConnection : public testing::Test {
 protected:
  Connection connect() {
    auto seat = Admission::enter(admission, peer.address, 10, 2);
    return Connection{echo, peer, limits, *std::move(seat), start};
  }
  // The status of the answer to one request.
  std::string status(std::string_view request) {
    auto connection = connect();
    return status_of(converse(connection, request, whole, start));
  }

  Limits limits;
  Echo echo;
  Peer peer{"red/guest0", test::address("10.1.1.11"), std::nullopt};
  std::shared_ptr<Admission> admission = std::make_shared<Admission>();
};

const std::string get = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n";

TEST_F(HttpConnection, AnswersARequestHoweverItIsCut) {
  auto at_once = connect();
  const std::string answer = converse(at_once, get, whole, start);
  EXPECT_EQ(status_of(answer), "HTTP/1.1 200 OK");
  EXPECT_EQ(body_of(answer), "/a");
  auto in_bytes = connect();
  EXPECT_EQ(converse(in_bytes, get, 1, start), answer);
}

TEST_F(HttpConnection, AnswersRequestsInTheirOrderWithoutWaiting) {
  auto connection = connect();
  const std::string second = "PUT /b HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi";
  connection.receive(get + second, start);
  const std::string answers = take_output(connection, start);
  EXPECT_LT(answers.find("\r\n\r\n/aHTTP/1.1 200 OK"), answers.find("/bhi"));
  EXPECT_FALSE(connection.has_said_all());
}

TEST_F(HttpConnection, TakesNoMoreThanItHasRoomForWhileTheClientDoesNotRead) {
  auto connection = connect();
  std::size_t taken = 0;
  while (connection.room() != 0) {
    const auto part = std::string_view{get}.substr(0, connection.room());
    connection.receive(part, start);
    taken += part.size();
  }
  EXPECT_LE(taken, get.size() + 2 * limits.head_bytes);
  EXPECT_EQ(echo.events[Event::request], 1U);
}

TEST_F(HttpConnection, SendsNoBodyForHead) {
  auto connection = connect();
  const auto answer = converse(connection, "HEAD /abc HTTP/1.1\r\nHost: x\r\n\r\n", whole, start);
  EXPECT_NE(answer.find("Content-Length: 4\r\n"), std::string::npos);
  EXPECT_EQ(body_of(answer), "");
}

TEST_F(HttpConnection, ReadsChunksAndNothingBehindThem) {
  auto connection = connect();
  const auto answer = converse(connection,
                               "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                               "2\r\nab\r\n1\r\nc\r\n0\r\n\r\n",
                               1, start);
  EXPECT_EQ(body_of(answer), "/abc");
}

// With Beast's assertions, as in the sanitized build, this once was the end.
TEST_F(HttpConnection, ReadsABodyOfNoChunksByteByByte) {
  auto connection = connect();
  const auto answer = converse(connection,
                               "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                               "0\r\n\r\nGET /",
                               1, start);
  EXPECT_EQ(body_of(answer), "/");
}

TEST_F(HttpConnection, RefusesWhatTwoReadersMayUnderstandInTwoWays) {
  const std::string head = "POST / HTTP/1.1\r\nHost: x\r\n";
  const std::string chunked = "Transfer-Encoding: chunked\r\n";
  for (const std::string& request :
       {head + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        head + "Content-Length: 1\r\nContent-Length: 1\r\n\r\na",
        head + "Content-Length: 1\r\n" + chunked + "\r\n0\r\n\r\n",
        head + chunked + "Content-Length: 1\r\n\r\n0\r\n\r\n", head + chunked + "\r\nxyz\r\n",
        head + "Content-Length: -1\r\n\r\n", head + "Host: y\r\n\r\n", head + "Bad Name: 1\r\n\r\n",
        std::string{"GET / HTTP/1.1\r\n\r\n"}, std::string{"nonsense\r\n\r\n"},
        "POST / HTTP/1.0\r\n" + chunked + "\r\n0\r\n\r\n"}) {
    EXPECT_EQ(status(request), "HTTP/1.1 400 Bad Request") << request;
  }
  EXPECT_EQ(echo.events[Event::malformed], 11U);
  EXPECT_EQ(echo.events[Event::request], 0U);
}

TEST_F(HttpConnection, RefusesWhatItDoesNotKnow) {
  const std::string head = "POST / HTTP/1.1\r\nHost: x\r\n";
  EXPECT_EQ(status(head + "Transfer-Encoding: gzip\r\n\r\n"), "HTTP/1.1 501 Not Implemented");
  EXPECT_EQ(status(head + "Transfer-Encoding: chunked, gzip\r\n\r\n"),
            "HTTP/1.1 501 Not Implemented");
  EXPECT_EQ(status(head + "Expect: 100-continue\r\nContent-Length: 1\r\n\r\n"),
            "HTTP/1.1 417 Expectation Failed");
  EXPECT_EQ(status("GET / HTTP/2.0\r\nHost: x\r\n\r\n"), "HTTP/1.1 505 HTTP Version Not Supported");
  EXPECT_EQ(echo.events[Event::unsupported], 4U);
}

TEST_F(HttpConnection, RefusesHeadsAndBodiesThatAreTooLarge) {
  const std::string head = "GET / HTTP/1.1\r\nHost: x\r\n";
  std::string many = head;
  for (std::size_t i = 0; i < limits.headers; ++i) many += "A: b\r\n";
  const std::string too_large = "HTTP/1.1 431 Request Header Fields Too Large";
  EXPECT_EQ(status(many + "\r\n"), too_large);
  EXPECT_EQ(status(head + "A: " + std::string(limits.head_bytes, 'a')), too_large);
  EXPECT_EQ(status(std::string(2 * limits.head_bytes, 'a')), too_large);
  const std::string half(limits.head_bytes / 2, 'a');
  EXPECT_EQ(status("GET /" + half + " HTTP/1.1\r\nHost: x\r\nA: " + half + "\r\n\r\n"), too_large);
  EXPECT_EQ(status("PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 4097\r\n\r\n"),
            "HTTP/1.1 413 Content Too Large");
  EXPECT_EQ(status("PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1001\r\n"),
            "HTTP/1.1 413 Content Too Large");
  EXPECT_EQ(echo.events[Event::too_large], 6U);
}

TEST_F(HttpConnection, EndsAfterAsManyRequestsAsItTakes) {
  limits.requests = 2;
  auto connection = connect();
  EXPECT_NE(converse(connection, get, whole, start).find("keep-alive"), std::string::npos);
  EXPECT_NE(converse(connection, get, whole, start).find("Connection: close"), std::string::npos);
  EXPECT_TRUE(connection.has_said_all());
  connection.receive(get, start);  // is thrown away
  EXPECT_TRUE(connection.output().empty());
  connection.end_of_input(start);
  EXPECT_TRUE(connection.is_finished());
}

TEST_F(HttpConnection, EndsWhenNothingComes) {
  auto connection = connect();
  connection.tick(start + limits.idle - 1ns);
  EXPECT_FALSE(connection.has_said_all());
  connection.tick(start + limits.idle);
  EXPECT_TRUE(connection.has_said_all());
  connection.tick(connection.deadline());
  EXPECT_TRUE(connection.is_finished());
}

TEST_F(HttpConnection, EndsWhenARequestDribblesIn) {
  auto connection = connect();
  connection.receive("G", start);
  connection.receive("E", start + limits.request - 1ns);
  connection.tick(start + limits.request);
  EXPECT_EQ(status_of(connection.output()), "HTTP/1.1 408 Request Timeout");
  EXPECT_EQ(echo.events[Event::slow_request], 1U);
}

TEST_F(HttpConnection, EndsWhenTheClientDoesNotTakeTheResponse) {
  auto connection = connect();
  connection.receive(get, start);
  connection.sent(1, start + limits.response - 1ns);
  connection.tick(start + limits.response);
  EXPECT_TRUE(connection.is_finished());
  EXPECT_EQ(echo.events[Event::slow_reader], 1U);
}

TEST_F(HttpConnection, AnswersAClientThatHasClosedItsHalf) {
  auto connection = connect();
  connection.receive(get + "GET", start);
  connection.end_of_input(start);
  EXPECT_EQ(body_of(take_output(connection, start)), "/a");
  EXPECT_TRUE(connection.is_finished());
  EXPECT_EQ(echo.events[Event::cut_off], 1U);
}

TEST_F(HttpConnection, CountsAgainstWhatItsClientMayHaveUntilItGoes) {
  const auto has_seat = [this](const char* client) {
    return Admission::enter(admission, test::address(client), 3, 2).has_value();
  };
  {
    const auto first = connect();
    const auto second = connect();
    EXPECT_FALSE(has_seat("10.1.1.11"));
    const auto third = Admission::enter(admission, test::address("10.1.1.12"), 3, 2);
    EXPECT_FALSE(has_seat("10.1.1.13"));
  }
  EXPECT_EQ(admission->count(), 0U);
  EXPECT_TRUE(has_seat("10.1.1.11"));
}

}  // namespace
}  // namespace viaduct::web
