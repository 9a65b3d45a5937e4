#include "dataplane/helper/sip.h"

#include <gtest/gtest.h>

#include "tests/model.h"

namespace viaduct::helper::sip {
namespace {

// Lines that end as SIP's do.
std::string lines(std::initializer_list<std::string_view> all) {
  std::string text;
  for (const auto line : all) text += std::string{line} + "\r\n";
  return text;
}

constexpr auto start = "REGISTER sip:198.51.100.9 SIP/2.0";
constexpr auto via = "Via: SIP/2.0/UDP 10.1.1.20:5062;branch=z9hG4bK1;rport";

// A request with one header more.
std::string with(std::string_view header, std::string_view body = "") {
  return lines({start, via, header, ""}) + std::string{body};
}

std::string said(const std::optional<HostPort>& host) {
  if (!host) return "nothing";
  return to_string(host->address) + (host->port ? ":" + std::to_string(*host->port) : "");
}

std::string contacts(std::string_view value) {
  const auto message = read(with("Contact: " + std::string{value}));
  if (!message) return "not understood";
  std::string all;
  for (const HostPort& each : message->contacts.all()) all += said(each) + " ";
  return all;
}

std::string sent_by(std::string_view header) {
  const auto message = read(lines({start, header, ""}));
  return message ? said(message->via) : "not understood";
}

TEST(Sip, ReadsWhoItIsFor) {
  const auto target = [](const std::string& uri) {
    return said(read(lines({"INVITE " + uri + " SIP/2.0", via, ""}))->target);
  };
  EXPECT_EQ(target("sip:alice@203.0.113.2:5062"), "203.0.113.2:5062");
  EXPECT_EQ(target("SIP:203.0.113.2;transport=udp"), "203.0.113.2");
  EXPECT_EQ(target("sip:+1;phone-context=x@203.0.113.2"), "203.0.113.2");
  EXPECT_EQ(target("sip:alice@example.org"), "nothing");
  EXPECT_EQ(target("sip:alice@203.0.113.2.example.org"), "nothing");
  EXPECT_EQ(target("sips:alice@203.0.113.2"), "nothing");
  EXPECT_EQ(target("tel:+123456"), "nothing");
}

TEST(Sip, ReadsWhoSentIt) {
  EXPECT_EQ(sent_by(via), "10.1.1.20:5062");
  EXPECT_EQ(sent_by("v : SIP / 2.0 / udp\t10.1.1.20 : 5062 ;branch=1"), "10.1.1.20:5062");
  EXPECT_EQ(sent_by("Via: SIP/2.0/UDP\r\n 10.1.1.20"), "10.1.1.20")
      << "it goes on in the next line";
  EXPECT_EQ(sent_by("Via: SIP/2.0/UDP 10.1.1.20, SIP/2.0/UDP 10.1.1.21"), "10.1.1.20");
  EXPECT_EQ(sent_by("Via: SIP/2.0/TCP 10.1.1.20"), "nothing");
  EXPECT_EQ(sent_by("Via: SIP/2.0/UDP [fe80::1]:5060"), "nothing");
  EXPECT_EQ(sent_by("Via: SIP/2.0/UDP pc.example.org"), "nothing");
}

TEST(Sip, ReadsTheTopmostViaAlone) {
  const auto message = read(
      lines({"SIP/2.0 200 OK", via, "Via: SIP/2.0/UDP 10.1.1.21;received=192.0.2.1;rport=7", ""}));
  EXPECT_EQ(said(message->via), "10.1.1.20:5062");
  EXPECT_FALSE(message->received);
  EXPECT_FALSE(message->rport);
}

TEST(Sip, ReadsWhereARequestCameFrom) {
  const auto message = read(lines(
      {"SIP/2.0 200 OK",
       "Via: SIP/2.0/UDP 10.1.1.20;x=\";rport=1\";Received=203.0.113.2;rport=6000;branch=1", ""}));
  ASSERT_TRUE(message && message->received && message->rport);
  EXPECT_EQ(to_string(message->received->address), "203.0.113.2");
  EXPECT_EQ(message->rport->number, 6000U);
}

TEST(Sip, ReadsContacts) {
  EXPECT_EQ(contacts("<sip:alice@10.1.1.20:5062>"), "10.1.1.20:5062 ");
  EXPECT_EQ(contacts("sip:10.1.1.20;expires=60"), "10.1.1.20 ");
  EXPECT_EQ(contacts("\"A \\\"<sip:x@1.1.1.1>\" <sip:a@10.1.1.20>;q=0.5, sip:b@10.1.1.21:7"),
            "10.1.1.20 10.1.1.21:7 ");
  EXPECT_EQ(contacts("Alice <sip:a@example.org>, <sip:a@10.1.1.20;transport=udp>"), "10.1.1.20 ");
  EXPECT_EQ(contacts("*"), "");
  EXPECT_EQ(contacts(""), "");
  EXPECT_EQ(contacts("<sip:1@1.1.1.1>,<sip:1@1.1.1.1>,<sip:1@1.1.1.1>,<sip:1@1.1.1.1>,"
                     "<sip:1@1.1.1.1>"),
            "not understood");
}

TEST(Sip, ReadsHowLongSomebodyIsRegistered) {
  const auto expires = [](std::string_view header) { return read(with(header))->expires; };
  EXPECT_EQ(expires("Expires: 600"), 600U);
  EXPECT_EQ(expires("m: <sip:a@10.1.1.20>;expires=60;q=1, <sip:b@10.1.1.21>;expires=90"), 90U);
  EXPECT_EQ(expires("Max-Forwards: 70"), std::nullopt);
}

TEST(Sip, KnowsWhatAResponseIsAbout) {
  const auto message = read(lines({"SIP/2.0 200 OK", via, "CSeq: 7 REGISTER", ""}));
  EXPECT_FALSE(message->is_request);
  EXPECT_EQ(message->status, 200);
  EXPECT_TRUE(message->is_about_registration);
  EXPECT_FALSE(read(lines({"SIP/2.0 200 OK", via, "CSeq: 7 INVITE", ""}))->is_about_registration);
}

TEST(Sip, TellsCallsApart) {
  const auto call = [](std::string_view header) { return read(with(header))->call; };
  EXPECT_EQ(call("Call-ID: a@b"), call("i: a@b"));
  EXPECT_NE(call("Call-ID: a@b"), call("Call-ID: a@c"));
  EXPECT_EQ(call("Call-Info: x"), 0U);
}

TEST(Sip, ReadsWhereTheBodyIs) {
  const std::string text =
      lines({start, via, "Content-Type: application/sdp", "l: 4", ""}) + "v=0\nx";
  const auto message = read(text);
  EXPECT_EQ(text.substr(message->body.begin, message->body.end - message->body.begin), "v=0\n");
  EXPECT_TRUE(message->describes_session);
  const auto whole = read(with("c: text/plain", "hello"));
  EXPECT_EQ(whole->body.end - whole->body.begin, 5U) << "without a length it is the rest";
  EXPECT_FALSE(whole->describes_session);
}

TEST(Sip, LeavesWhatItDoesNotUnderstand) {
  for (const std::string& text :
       {std::string{}, std::string{"\r\n\r\n"}, std::string{"hello"}, lines({start, ""}),
        lines({start, via}), lines({"REGISTER sip:198.51.100.9 HTTP/1.1", via, ""}),
        lines({"SIP/2.0 99 No", via, ""}), lines({start, via, "no colon", ""}),
        with("Content-Length: 1"), with("Content-Length: x"),
        lines({start, via, "l: 0", "Content-Length: 0", ""})}) {
    EXPECT_FALSE(read(text)) << text;
  }
}

}  // namespace
}  // namespace viaduct::helper::sip
