// What guests are told with their address.
#include "services/guest/dhcp/server_test_support.h"

namespace viaduct::dhcp::test {
namespace {

class Told : public ServerTest {
 protected:
  Told() {
    subnet.dns_servers = {address("10.1.1.1"), address("198.51.100.53")};
    subnet.domain = "iso1.example.internal";
    use();
    guest = reservation("02:00:00:00:00:11", "10.1.1.11");
    guest.host_name = "web1";
    reserve("web", guest);
  }
  void options(const std::vector<std::string>& texts) {
    subnet.options.clear();
    for (const std::string& text : texts) subnet.options.push_back(parse_option(text).value());
    use();
  }
  // What `web` is told that asks for nothing else.
  std::string told_if_asked(Code code) { return told(discover(web).asks_for({code}), code); }
  // What it is told that asks for everything.
  std::string told_by_default(Code code) { return told(discover(web), code); }
  static std::string in_hex(std::string_view text) { return to_hex(bytes_of(text)); }

  Reservation guest;
};

TEST_F(Told, TheOneWhoServesThemAndForHowLong) {
  EXPECT_EQ(told_if_asked(Code::server_identifier), "0a010101");
  EXPECT_EQ(told_if_asked(Code::lease_time), "00000e10");
  EXPECT_EQ(told_if_asked(Code::renewal_time), "00000708") << "half of it";
  EXPECT_EQ(told_if_asked(Code::rebinding_time), "00000c4e") << "seven eighths of it";
}

TEST_F(Told, ThatALeaseForEverNeedsNoRenewal) {
  subnet.lease_time = 0;
  use();
  EXPECT_EQ(told_if_asked(Code::lease_time), "ffffffff");
  EXPECT_EQ(told_if_asked(Code::renewal_time), "none");
  EXPECT_EQ(told_if_asked(Code::rebinding_time), "none");
}

TEST_F(Told, TheLeaseTimeOfTheirReservation) {
  guest.lease_time = 7200;
  reserve("web", guest);
  EXPECT_EQ(told_if_asked(Code::lease_time), "00001c20");
}

TEST_F(Told, TheLeaseTimeThatTheyAskForIfItIsShorter) {
  const auto asking = [&](std::uint32_t seconds) {
    return told(discover(web).option(Code::lease_time, seconds), Code::lease_time);
  };
  EXPECT_EQ(asking(600), "00000258");
  EXPECT_EQ(asking(1), "00000078") << "but not too short";
  EXPECT_EQ(asking(1'000'000), "00000e10");
}

TEST_F(Told, TheNetworkThatTheyAreIn) {
  EXPECT_EQ(told_by_default(Code::subnet_mask), "ffffff00");
  EXPECT_EQ(told_by_default(Code::broadcast_address), "0a0101ff");
  EXPECT_EQ(told_by_default(Code::router), "0a010101");
  EXPECT_EQ(told_by_default(Code::domain_name_servers), "0a010101c6336435");
  EXPECT_EQ(told_by_default(Code::domain_name), in_hex("iso1.example.internal"));
  EXPECT_EQ(told_by_default(Code::host_name), in_hex("web1"));
}

TEST_F(Told, NothingThatIsNotConfigured) {
  for (const Code code : {Code::interface_mtu, Code::ntp_servers, Code::domain_search,
                          Code::classless_routes, Code::boot_file_name}) {
    EXPECT_EQ(told_if_asked(code), "none") << static_cast<unsigned>(code);
  }
}

TEST_F(Told, MtuTimeServersAndSearchList) {
  subnet.mtu = std::uint16_t{1400};
  subnet.ntp_servers = {address("192.0.2.123")};
  subnet.search = {"a.example", "example"};
  use();
  EXPECT_EQ(told_by_default(Code::interface_mtu), "0578");
  EXPECT_EQ(told_by_default(Code::ntp_servers), "c000027b");
  EXPECT_EQ(told_by_default(Code::domain_search), "0161076578616d706c6500c002");
}

TEST_F(Told, OnlyWhatTheyAskForButForTheMask) {
  const auto told_asking_for_mtu = [&](Code code) {
    return told(discover(web).asks_for({Code::interface_mtu}), code);
  };
  EXPECT_EQ(told_asking_for_mtu(Code::router), "none");
  EXPECT_EQ(told_asking_for_mtu(Code::host_name), "none");
  EXPECT_EQ(told_asking_for_mtu(Code::subnet_mask), "ffffff00");
}

TEST_F(Told, RoutesAmongThemTheDefaultOne) {
  subnet.routes = {parse_route("192.0.2.0/24 via 10.1.1.254").value()};
  use();
  const std::string both =
      "18c000020a0101fe"
      "000a010101";
  EXPECT_EQ(told_if_asked(Code::classless_routes), "18c000020a0101fe000a010101");
  EXPECT_EQ(told_if_asked(Code::microsoft_routes), "18c000020a0101fe000a010101");
  EXPECT_EQ(told_by_default(Code::microsoft_routes), "none") << "but for Windows, which asks";
  subnet.routes.push_back(parse_route("0.0.0.0/0 via 10.1.1.2").value());
  use();
  EXPECT_EQ(told_if_asked(Code::classless_routes), "18c000020a0101fe000a010102")
      << "unless the operator says another one";
}

TEST_F(Told, NoWayOutByAnInterfaceThatIsNotTheirDefaultOne) {
  subnet.mtu = std::uint16_t{1400};
  subnet.search = {"example"};
  subnet.routes = {parse_route("192.0.2.0/24 via 10.1.1.254").value()};
  use();
  guest.default_interface = false;
  reserve("web", guest);
  for (const Code code :
       {Code::router, Code::domain_name_servers, Code::domain_name, Code::domain_search}) {
    EXPECT_EQ(told_by_default(code), "none") << static_cast<unsigned>(code);
  }
  EXPECT_EQ(told_by_default(Code::classless_routes), "18c000020a0101fe") << "no default one";
  EXPECT_EQ(told_by_default(Code::subnet_mask), "ffffff00");
  EXPECT_EQ(told_by_default(Code::interface_mtu), "0578");
  EXPECT_EQ(told_by_default(Code::host_name), in_hex("web1"));
}

TEST_F(Told, NoWayOutThereByOptionsOfTheSubnetEither) {
  guest.default_interface = false;
  reserve("web", guest);
  options({"3!=0a010101", "6=0a010101", "15=61", "33=c00002000a0101fe", "119=016100",
           "121=000a010101", "249!=000a010101", "42=0a010101"});
  const std::vector<Code> ways{
      Code::router,        Code::domain_name_servers, Code::domain_name,     Code::static_routes,
      Code::domain_search, Code::classless_routes,    Code::microsoft_routes};
  for (const Code code : ways) {
    EXPECT_EQ(told_if_asked(code), "none") << static_cast<unsigned>(code);
  }
  EXPECT_EQ(told_if_asked(Code::ntp_servers), "0a010101");
  guest.options = {parse_option("3=0a0101fe").value()};
  reserve("web", guest);
  EXPECT_EQ(told_if_asked(Code::router), "0a0101fe") << "it is said of this interface";
}

TEST_F(Told, FurtherOptionsByNumber) {
  options({"252=68747470"});
  EXPECT_EQ(told_if_asked(Code{252}), "68747470");
  EXPECT_EQ(told(discover(web).asks_for({Code::router}), Code{252}), "none");
}

TEST_F(Told, AForcedOptionUnasked) {
  options({"252!=68747470"});
  EXPECT_EQ(told(discover(web).asks_for({Code::router}), Code{252}), "68747470");
}

TEST_F(Told, AnOptionByNumberInThePlaceOfAnAttribute) {
  options({"6=c0000201", "3=", "58=00000064"});
  EXPECT_EQ(told_by_default(Code::domain_name_servers), "c0000201");
  EXPECT_EQ(told_by_default(Code::router), "none") << "it is withheld";
  EXPECT_EQ(told_by_default(Code::renewal_time), "00000064");
}

TEST_F(Told, OptionsOfTheirTag) {
  options({"43=00", "windows:43=01", "linux:43=02"});
  EXPECT_EQ(told_if_asked(Code::vendor_class), "none");
  EXPECT_EQ(told_if_asked(Code{43}), "00");
  guest.tags = {"windows"};
  reserve("web", guest);
  EXPECT_EQ(told_if_asked(Code{43}), "01");
}

TEST_F(Told, OptionsOfTheTagThatTheirVendorClassMeans) {
  subnet.matches = {parse_match("windows:60=" + in_hex("MSFT")).value()};
  options({"windows:43=020400000001"});
  const auto as = [&](std::string_view vendor) {
    return told(discover(web).option(Code::vendor_class, vendor), Code{43});
  };
  EXPECT_EQ(as("MSFT 5.0"), "020400000001");
  EXPECT_EQ(as("udhcp"), "none");
}

TEST_F(Told, OptionsOfTheirReservationBeforeThoseOfTheSubnet) {
  options({"43=00", "44=00"});
  guest.options = {parse_option("43=01").value()};
  reserve("web", guest);
  EXPECT_EQ(told_if_asked(Code{43}), "01");
  EXPECT_EQ(told_if_asked(Code{44}), "00");
}

TEST_F(Told, WhereTheirBootFileIs) {
  subnet.boot_file = "pxelinux.0";
  use();
  auto reply = send(discover(web)).value();
  EXPECT_EQ(read_message(reply.bytes).value().next, address("10.1.1.1")) << "the server itself";
  EXPECT_EQ(text_of(ByteView{reply.bytes}.subspan(wire::file, 11)),
            std::string_view("pxelinux.0\0", 11));
  EXPECT_EQ(told_if_asked(Code::boot_file_name), in_hex("pxelinux.0"));
  EXPECT_EQ(told_by_default(Code::boot_file_name), "none") << "the field is enough";

  subnet.next_server = address("10.1.1.5");
  subnet.boot_server_name = "boot";
  use();
  reply = send(discover(web)).value();
  EXPECT_EQ(read_message(reply.bytes).value().next, address("10.1.1.5"));
  EXPECT_EQ(text_of(ByteView{reply.bytes}.subspan(wire::server_name, 5)),
            std::string_view("boot\0", 5));
  EXPECT_EQ(told_if_asked(Code::tftp_server_name), in_hex("boot"));
}

TEST_F(Told, TheBootFileOfTheirArchitecture) {
  subnet.boot_file = "pxelinux.0";
  subnet.matches = {parse_match("efi:93=0007").value()};
  subnet.tagged_boot_files = {parse_boot_file("efi:grubx64.efi").value()};
  use();
  const auto draft = discover(web).asks_for({Code::boot_file_name});
  EXPECT_EQ(told(draft, Code::boot_file_name), in_hex("pxelinux.0"));
  EXPECT_EQ(told(Draft{draft}.option(Code{93}, hex("0007")), Code::boot_file_name),
            in_hex("grubx64.efi"));
}

TEST_F(Told, WhatTheyCalledThemselves) {
  EXPECT_EQ(
      told(discover(web).option(Code::client_identifier, hex("ff0102")), Code::client_identifier),
      "ff0102");
  EXPECT_EQ(told_by_default(Code::client_identifier), "none");
}

TEST_F(Told, TheSameInOfferAndAcknowledgement) {
  for (const Code code : {Code::router, Code::domain_name_servers, Code::lease_time}) {
    EXPECT_EQ(told(selecting(web, address("10.1.1.11")), code), told_by_default(code));
  }
}

TEST_F(Told, OptionsAloneIfTheyHaveAnAddress) {
  const auto ack = ask(Draft{Kind::inform, web}.client(address("10.1.1.11")));
  ASSERT_TRUE(ack);
  EXPECT_EQ(ack->kind, Kind::ack);
  EXPECT_EQ(ack->yours, no_address);
  EXPECT_EQ(ack->client, address("10.1.1.11"));
  EXPECT_FALSE(ack->options.has(Code::lease_time));
  EXPECT_TRUE(ack->options.has(Code::domain_name_servers));
  EXPECT_EQ(outcome(Draft{Kind::inform, web}.client(address("192.168.7.7"))), "silence");
  EXPECT_EQ(outcome(Draft{Kind::inform, web}), "silence");
}

TEST_F(Told, NothingMoreWhenTheyAreRefused) {
  const auto nak = ask(init_reboot(web, address("10.1.1.99")));
  ASSERT_TRUE(nak);
  EXPECT_EQ(nak->kind, Kind::nak);
  EXPECT_EQ(nak->yours, no_address);
  EXPECT_TRUE(nak->options.has(Code::server_identifier));
  EXPECT_TRUE(nak->options.has(Code::message));
  EXPECT_FALSE(nak->options.has(Code::subnet_mask));
  EXPECT_FALSE(nak->options.has(Code::lease_time));
}

TEST_F(Told, AllOfALongListIfTheyTakeLongMessages) {
  subnet.search.clear();
  for (int i = 0; i < 30; ++i) subnet.search.push_back("name" + std::to_string(i) + ".example");
  use();
  const std::string whole =
      told(discover(web).option(Code::maximum_message_size, hex("05dc")), Code::domain_search);
  EXPECT_GT(whole.size(), 2 * 255U);
  EXPECT_TRUE(
      whole.ends_with("066e616d653239"
                      "c006"))
      << whole;
}

}  // namespace
}  // namespace viaduct::dhcp::test
