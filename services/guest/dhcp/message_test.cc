#include "services/guest/dhcp/message.h"

#include <gtest/gtest.h>

#include <string>

#include "services/guest/dhcp/message_writer.h"
#include "services/guest/dhcp/test_support.h"

namespace viaduct::dhcp::test {
namespace {

// A draft whose options are these bytes.
Bytes with_options(const Bytes& options) {
  Bytes bytes = Draft{Kind::discover}.bytes();
  bytes.resize(wire::options);
  append(bytes, options);
  return bytes;
}

std::string text(const Message& message, Code code) {
  return std::string{text_of(message.options.find(code))};
}

std::string refusal(const Bytes& datagram) {
  const auto message = read_message(datagram);
  if (message) return "accepted";
  EXPECT_EQ(message.error().fault, Fault::malformed);
  return message.error().where + ": " + message.error().why;
}

TEST(Message, TellsWhatTheFixedFieldsHold) {
  const auto message = read_message(Draft{Kind::request, mac("02:00:00:00:00:17")}
                                        .client(address("10.1.1.11"))
                                        .relay(address("10.2.0.1"))
                                        .wants_broadcast()
                                        .bytes())
                           .value();
  EXPECT_EQ(message.operation, Operation::request);
  EXPECT_EQ(message.kind, Kind::request);
  EXPECT_EQ(message.mac(), mac("02:00:00:00:00:17"));
  EXPECT_EQ(message.transaction, 0x17000000U);
  EXPECT_EQ(message.client, address("10.1.1.11"));
  EXPECT_EQ(message.relay, address("10.2.0.1"));
  EXPECT_EQ(message.yours, no_address);
  EXPECT_TRUE(message.wants_broadcast);
}

TEST(Message, OfBootpHasNoKind) {
  EXPECT_EQ(read_message(with_options({255})).value().kind, std::nullopt);
}

TEST(Message, IsRefusedIfItIsShorterThanItsHeader) {
  Bytes bytes = Draft{Kind::discover}.bytes();
  for (std::size_t size = 0; size < wire::options; ++size) {
    ASSERT_FALSE(read_message(ByteView{bytes}.first(size))) << size;
  }
}

TEST(Message, IsRefusedWithoutTheMagicCookie) {
  EXPECT_EQ(refusal(Draft{Kind::discover}.byte(wire::cookie, 0).bytes()),
            "byte 236: not the magic cookie of DHCP");
}

TEST(Message, IsRefusedIfItIsNeitherRequestNorReply) {
  EXPECT_EQ(refusal(Draft{Kind::discover}.byte(wire::operation, 3).bytes()),
            "byte 0: neither a request nor a reply");
}

TEST(Message, IsRefusedWithAHardwareAddressThatIsTooLong) {
  EXPECT_EQ(refusal(Draft{Kind::discover}.byte(wire::hardware_size, 17).bytes()),
            "byte 2: a hardware address has at most 16 bytes");
}

TEST(Message, IsRefusedWithAKindThatThereIsNot) {
  EXPECT_EQ(refusal(with_options({53, 1, 0, 255})), "option 53: no message type of RFC 2132");
  EXPECT_EQ(refusal(with_options({53, 1, 9, 255})), "option 53: no message type of RFC 2132");
}

TEST(Options, EndBeforeOneThatReachesBehindTheMessage) {
  for (const Bytes& last : {Bytes{12, 5, 'w', 'e', 'b'}, Bytes{0, 12}, Bytes{12, 1}}) {
    Bytes bytes = with_options({53, 1, 1});
    append(bytes, last);
    const auto message = read_message(bytes).value();
    EXPECT_EQ(message.kind, Kind::discover);
    EXPECT_FALSE(message.options.has(Code::host_name));
  }
}

TEST(Options, AreNotThereIfTheyHaveNotTheSizeOfTheirKind) {
  const auto has = [](const Bytes& option) {
    return read_message(with_options(option)).value().options.has(Code{option[0]});
  };
  EXPECT_FALSE(has({50, 0}));
  EXPECT_FALSE(has({50, 3, 1, 2, 3}));
  EXPECT_FALSE(has({51, 2, 1, 2}));
  EXPECT_FALSE(has({57, 4, 0, 0, 5, 220}));
  EXPECT_FALSE(has({61, 0}));
  EXPECT_FALSE(has({61, 1, 1}));
  EXPECT_TRUE(has({61, 2, 1, 1}));
  Bytes split{61, 200};
  split.resize(202);
  append(split, Bytes{split});
  EXPECT_FALSE(has(split)) << "a client identifier has 255 bytes at most";
}

TEST(Options, TellThatAServerIsChosenEvenIfItIsNoAddress) {
  const auto message = read_message(with_options({54, 0, 255})).value();
  EXPECT_TRUE(message.options.has(Code::server_identifier));
  EXPECT_EQ(message.options.address(Code::server_identifier), std::nullopt);
}

TEST(Options, EndWhereTheySaySo) {
  const auto message = read_message(with_options({0, 0, 53, 1, 1, 255, 12, 200})).value();
  EXPECT_EQ(message.kind, Kind::discover);
  EXPECT_FALSE(message.options.has(Code::host_name));
}

TEST(Options, MayGoOnInTheFieldsOfFileAndServerName) {
  Bytes bytes = with_options({52, 1, 3, 255});
  const Bytes in_file{12, 3, 'w', 'e', 'b', 255};
  const Bytes in_server_name{60, 2, 'h', 'i', 255};
  std::ranges::copy(in_file, bytes.begin() + wire::file);
  std::ranges::copy(in_server_name, bytes.begin() + wire::server_name);
  const auto message = read_message(bytes).value();
  EXPECT_EQ(text(message, Code::host_name), "web");
  EXPECT_EQ(text(message, Code::vendor_class), "hi");
}

TEST(Options, AreNotLookedForInFieldsThatAreNotSaidToHoldAny) {
  Bytes bytes = with_options({255});
  const Bytes in_file{12, 255};
  std::ranges::copy(in_file, bytes.begin() + wire::file);
  EXPECT_FALSE(read_message(bytes).value().options.has(Code::host_name));
}

TEST(Options, DoNotReachBehindTheFieldOfTheFile) {
  Bytes bytes = with_options({52, 1, 1, 255});
  bytes[wire::file + wire::file_size - 2] = 12;
  bytes[wire::file + wire::file_size - 1] = 1;
  EXPECT_FALSE(read_message(bytes).value().options.has(Code::host_name));
}

TEST(Options, ThatAreSplitAreJoinedAcrossFields) {
  Bytes bytes = with_options({52, 1, 1, 12, 2, 'd', 'a', 60, 1, 'x', 12, 2, 't', 'a', 255});
  const Bytes in_file{12, 1, 'b', 255};
  std::ranges::copy(in_file, bytes.begin() + wire::file);
  const auto message = read_message(bytes).value();
  EXPECT_EQ(text(message, Code::host_name), "datab");
  EXPECT_EQ(text(message, Code::vendor_class), "x");
}

TEST(Options, MayBeEmpty) {
  const auto message = read_message(with_options({80, 0, 255})).value();
  EXPECT_TRUE(message.options.has(Code{80}));
  EXPECT_TRUE(message.options.find(Code{80}).empty());
}

class MessageWriterTest : public testing::Test {
 protected:
  static Message request(Draft draft = Draft{Kind::discover}) {
    return read_message(draft.bytes()).value();
  }
  static Draft with_room_for(std::uint16_t datagram) {
    return Draft{Kind::discover}.option(
        Code::maximum_message_size,
        Bytes{static_cast<std::uint8_t>(datagram >> 8), static_cast<std::uint8_t>(datagram)});
  }
};

TEST_F(MessageWriterTest, AnswersTheOneWhoAsked) {
  const auto asked =
      request(Draft{Kind::discover, mac("02:00:00:00:00:17")}.relay(address("10.2.0.1")));
  MessageWriter writer{asked, Kind::offer};
  writer.yours(address("10.1.1.11"));
  const Bytes bytes = writer.finish();
  EXPECT_EQ(bytes.size(), 300U) << "as long as BOOTP's";
  const auto reply = read_message(bytes).value();
  EXPECT_EQ(reply.operation, Operation::reply);
  EXPECT_EQ(reply.kind, Kind::offer);
  EXPECT_EQ(reply.mac(), mac("02:00:00:00:00:17"));
  EXPECT_EQ(reply.transaction, asked.transaction);
  EXPECT_EQ(reply.yours, address("10.1.1.11"));
  EXPECT_EQ(reply.relay, address("10.2.0.1"));
}

TEST_F(MessageWriterTest, SplitsAnOptionThatIsTooLongForOne) {
  const auto asked = request(with_room_for(1500));
  for (const std::size_t size : {255U, 256U, 510U, 511U, 700U}) {
    MessageWriter writer{asked, Kind::offer};
    const Bytes value(size, 0x5a);
    writer.put(Code{200}, value);
    const auto reply = read_message(writer.finish()).value();
    EXPECT_TRUE(std::ranges::equal(reply.options.find(Code{200}), value)) << size;
  }
}

TEST_F(MessageWriterTest, UsesTheFieldsOfFileAndServerNameWhenTheirOwnIsFull) {
  const auto asked = request();
  MessageWriter writer{asked, Kind::offer};
  for (std::uint8_t code = 200; code < 204; ++code) writer.put(Code{code}, Bytes(100, code));
  writer.put(Code{204}, Bytes(60, 204));
  writer.put(Code{205}, Bytes(60, 205));
  const Bytes bytes = writer.finish();
  EXPECT_LE(bytes.size(), 548U);
  const auto reply = read_message(bytes).value();
  EXPECT_EQ(reply.options.number(Code::overload), 3U);
  for (const Code code : {Code{200}, Code{201}, Code{202}, Code{204}, Code{205}}) {
    EXPECT_TRUE(reply.options.has(code)) << static_cast<unsigned>(code);
  }
  EXPECT_FALSE(reply.options.has(Code{203})) << "there is no room left for it";
}

TEST_F(MessageWriterTest, LeavesABootFileWhereItIs) {
  const auto asked = request();
  MessageWriter writer{asked, Kind::offer};
  writer.boot_file("pxelinux.0");
  for (std::uint8_t code = 200; code < 204; ++code) writer.put(Code{code}, Bytes(100, code));
  const Bytes bytes = writer.finish();
  EXPECT_EQ(text_of(ByteView{bytes}.subspan(wire::file, 11)), std::string_view("pxelinux.0\0", 11));
  EXPECT_FALSE(read_message(bytes).value().options.has(Code::overload));
}

TEST_F(MessageWriterTest, CutsABootFileThatIsTooLong) {
  const auto asked = request();
  MessageWriter writer{asked, Kind::offer};
  writer.boot_file(std::string(300, 'x'));
  const Bytes bytes = writer.finish();
  EXPECT_EQ(bytes[wire::file + 126], 'x');
  EXPECT_EQ(bytes[wire::file + 127], 0);
  EXPECT_EQ(bytes[wire::cookie], 99);
}

TEST_F(MessageWriterTest, SendsNoMoreThanTheClientTakes) {
  EXPECT_EQ(MessageWriter::room_for(request()), 548U);
  EXPECT_EQ(MessageWriter::room_for(request(with_room_for(100))), 548U) << "all must take so much";
  EXPECT_EQ(MessageWriter::room_for(request(with_room_for(1000))), 972U);
  EXPECT_EQ(MessageWriter::room_for(request(with_room_for(9000))), 1472U) << "Ethernet's";
}

TEST_F(MessageWriterTest, CountsWhatIsPutFirst) {
  const auto asked = request();
  MessageWriter writer{asked, Kind::offer};
  writer.omit(Code::router);
  writer.put(Code::router, address("10.1.1.1"));
  writer.put(Code::lease_time, 1U);
  writer.put(Code::lease_time, 2U);
  const auto reply = read_message(writer.finish()).value();
  EXPECT_FALSE(reply.options.has(Code::router));
  EXPECT_EQ(reply.options.number(Code::lease_time), 1U);
}

TEST_F(MessageWriterTest, GivesBackRelayInformationAsTheLastOption) {
  const auto asked =
      request(Draft{Kind::discover}.option(Code::relay_agent_information, Bytes{1, 2, 0xab, 0xcd}));
  MessageWriter writer{asked, Kind::offer};
  for (std::uint8_t code = 200; code < 210; ++code) writer.put(Code{code}, Bytes(50, code));
  const Bytes bytes = writer.finish();
  const Bytes last{82, 4, 1, 2, 0xab, 0xcd, 255};
  EXPECT_TRUE(std::ranges::equal(ByteView{bytes}.last(last.size()), last));
}

}  // namespace
}  // namespace viaduct::dhcp::test
