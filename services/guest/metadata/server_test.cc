#include "services/guest/metadata/server.h"

#include <gtest/gtest.h>

#include "services/guest/metadata/test_support.h"

namespace viaduct::metadata {
namespace {

using test::address;
using test::World;
using namespace std::chrono_literals;

TEST(Metadata, ServesUserDataAsItIs) {
  World world;
  std::string bytes;
  for (std::size_t i = 0; i < most_user_data; ++i) bytes += static_cast<char>(i * 7 >> 3);
  Guest guest = test::web1();
  guest.user_data = UserData{bytes};
  ASSERT_TRUE(world.server.set_guest("red/guest0", "web1", guest));
  EXPECT_EQ(world.body("GET /latest/user-data"), bytes);
}

TEST(Metadata, TellsEmptyUserDataFromNone) {
  World world;
  Guest guest = test::web1();
  guest.user_data = UserData{};
  ASSERT_TRUE(world.server.set_guest("red/guest0", "web1", guest));
  EXPECT_EQ(world.status("GET /latest/user-data"), "200");
  EXPECT_EQ(world.body("GET /latest/user-data"), "");
  guest.user_data = std::nullopt;
  ASSERT_TRUE(world.server.set_guest("red/guest0", "web1", guest));
  EXPECT_EQ(world.status("GET /latest/user-data"), "404");
}

TEST(Metadata, ListsItsItemsAndServesEachByTwoPathsInAnyCase) {
  World world;
  EXPECT_EQ(world.body("GET /latest/meta-data/"), "local-ipv4\npublic-keys\nOwner\n");
  for (const std::string path :
       {"/latest/meta-data/local-ipv4", "/latest/local-ipv4", "/Latest/META-data/Local-IPv4",
        "/latest/local%2dipv4", "/latest/local-ipv4?x=/", "http://data-server/latest/local-ipv4"}) {
    EXPECT_EQ(world.body("GET " + path), "10.1.1.11") << path;
  }
  EXPECT_EQ(world.body("GET /latest/owner"), "a b");
  EXPECT_EQ(world.status("GET /latest/public-keys"), "200");
}

TEST(Metadata, HasTheStatusOfEachOtherPath) {
  World world;
  for (const std::string path :
       {"/latest/nothing", "/latest/meta-data", "/latest/meta-data/none",
        "/latest/../latest/user-data", "/latest", "/else", "*", "/latest/%zz", "/latest/%"}) {
    EXPECT_EQ(world.status("GET " + path), "404") << path;
  }
  for (const std::string path : {"/", "/latest/", "/metadata/10.1.1.12/local-ipv4",
                                 "/userdata/10.1.1.12/user-data", "/META%64ata/10.1.1.12/x"}) {
    EXPECT_EQ(world.status("GET " + path), "403") << path;
  }
  EXPECT_EQ(world.status("POST /latest/user-data"), "405");
  EXPECT_EQ(world.status("BREW /latest/user-data"), "501");
  EXPECT_EQ(world.body("HEAD /latest/user-data"), "");
  EXPECT_EQ(world.body("GET /latest/user-data", "Range: bytes=0-1\r\n"), "#cloud-config\n");
}

TEST(Metadata, KnowsGuestsByNetworkAddressAndMacAlone) {
  World world;
  world.peer.mac = Mac{{2, 0, 0, 0, 0, 0x66}};
  EXPECT_EQ(world.status("GET /latest/user-data", "X-Forwarded-For: 10.1.1.11\r\n"), "404");
  world.peer.mac = std::nullopt;
  EXPECT_EQ(world.status("GET /latest/user-data"), "404");
  EXPECT_EQ((*world.server.outcomes("red/guest0"))[Outcome::impostor], 2U);
  world.peer = {"blue/guest0", address("10.1.1.11"), test::web1_mac};
  EXPECT_EQ(world.status("GET /latest/user-data"), "404");
  EXPECT_EQ((*world.server.outcomes("blue/guest0"))[Outcome::unknown_guest], 1U);
  world.peer = {"red/guest0", address("10.1.1.12"), std::nullopt};
  EXPECT_EQ(world.body("GET /latest/meta-data/"), "");
}

TEST(Metadata, RefusesTwoGuestsWithOneAddress) {
  World world;
  Guest other = test::web1();
  const auto refused = world.server.set_guest("red/guest0", "other", other);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().fault, Fault::conflict);
  world.server.remove_guest("red/guest0", "web1");
  EXPECT_TRUE(world.server.set_guest("red/guest0", "other", other));
  EXPECT_FALSE(world.server.set_guest("green/guest0", "other", other));
}

TEST(Metadata, GoesOnSendingWhatWasReplacedMeanwhile) {
  World world;
  auto connection = world.connect();
  connection.receive("GET /latest/user-data HTTP/1.1\r\nHost: x\r\n\r\n", world.now);
  world.server.remove_guest("red/guest0", "web1");
  EXPECT_EQ(web::test::body_of(web::test::take_output(connection, world.now)), "#cloud-config\n");
  world.server.remove_network("red/guest0");
  connection.receive("GET /latest/user-data HTTP/1.1\r\nHost: x\r\n\r\n", world.now);
  EXPECT_EQ(web::test::status_of(connection.output()), "HTTP/1.1 404 Not Found");
  EXPECT_FALSE(world.server.accept(world.peer, world.now));
}

const std::string lifetime = "X-aws-ec2-metadata-token-ttl-seconds: 60\r\n";
std::string showing(const std::string& token) {
  return "X-aws-ec2-metadata-token: " + token + "\r\n";
}

TEST(MetadataTokens, AreNeededWhereTheyAreRequired) {
  World world{Tokens::required};
  EXPECT_EQ(world.status("GET /latest/user-data"), "401");
  const std::string token = world.body("PUT /latest/api/token", lifetime);
  EXPECT_EQ(world.status("GET /latest/user-data", showing(token)), "200");
  world.now += 60s;
  EXPECT_EQ(world.status("GET /latest/user-data", showing(token)), "401");
}

TEST(MetadataTokens, AreGoodForTheirGuestAlone) {
  World world;
  const std::string token = world.body("PUT /latest/api/token", lifetime);
  std::string forged = token;
  forged.back() = forged.back() == '0' ? '1' : '0';
  EXPECT_EQ(world.status("GET /latest/user-data"), "200");
  EXPECT_EQ(world.status("GET /latest/user-data", showing(forged)), "401");
  EXPECT_EQ(world.status("GET /latest/user-data", showing("")), "401");
  EXPECT_EQ(world.status("GET /latest/user-data", showing(token) + showing(token)), "401");
  world.peer.address = address("10.1.1.12");
  EXPECT_EQ(world.status("GET /latest/meta-data/", showing(token)), "401");
  world.peer = {"blue/guest0", address("10.1.1.11"), test::web1_mac};
  EXPECT_EQ(world.status("GET /latest/meta-data/", showing(token)), "401");
}

TEST(MetadataTokens, AreRefusedToProxiesAndForWrongLifetimes) {
  World world;
  EXPECT_EQ(world.status("PUT /latest/api/token", lifetime + "X-Forwarded-For: 1.2.3.4\r\n"),
            "403");
  for (const std::string text : {"0", "21601", "-1", "1h", "", "99999999999"}) {
    const auto header = "X-aws-ec2-metadata-token-ttl-seconds: " + text + "\r\n";
    EXPECT_EQ(world.status("PUT /latest/api/token", header), "400") << text;
  }
  EXPECT_EQ(world.status("PUT /latest/api/token"), "400");
  EXPECT_EQ((*world.server.outcomes("red/guest0"))[Outcome::bad_lifetime], 7U);
}

TEST(MetadataTokens, TravelAsFarAsTheNetworkSays) {
  World world;
  auto connection = world.connect();
  connection.receive("PUT /latest/api/token HTTP/1.1\r\nHost: x\r\n" + lifetime + "\r\n",
                     world.now);
  EXPECT_EQ(connection.hop_limit(), 2);
  (void)web::test::take_output(connection, world.now);
  connection.receive("GET / HTTP/1.1\r\nHost: x\r\n\r\n", world.now);
  EXPECT_EQ(connection.hop_limit(), std::nullopt);
}

TEST(MetadataTokens, AreUnknownWhereTheyAreOff) {
  World world{Tokens::off};
  EXPECT_EQ(world.status("PUT /latest/api/token", lifetime), "405");
  EXPECT_EQ(world.status("GET /latest/user-data", showing("x")), "200");
}

TEST(MetadataSettings, ReadUserDataInBase64WithOrWithoutPadding) {
  for (const std::string text : {"AP8B", "AP8BAA==", "AP8BAA", "AP8BAAI=", "AP8BAAI", ""}) {
    const auto data = parse_user_data(text);
    ASSERT_TRUE(data) << text;
    EXPECT_EQ(to_string(*data).substr(0, text.size()), text);
    EXPECT_EQ(parse_user_data(to_string(*data))->bytes, data->bytes);
  }
  EXPECT_EQ(parse_user_data("AP8BAA")->bytes, (std::string{"\0\xff\1\0", 4}));
  for (const std::string text : {"A", "AAAAA", "A=AA", "AA=", "====", "A A A", "AA-_"}) {
    EXPECT_FALSE(parse_user_data(text)) << text;
  }
  EXPECT_TRUE(parse_user_data(to_string(UserData{std::string(most_user_data, 'x')})));
  EXPECT_FALSE(parse_user_data(to_string(UserData{std::string(most_user_data + 1, 'x')})));
}

TEST(MetadataSettings, AreWrittenAsTheyAreRead) {
  const auto body = api::parse_json(R"({"interface": "guest0", "address": "10.1.1.11",
      "mac": "02:00:00:00:00:11", "user_data": "AP8=", "items": {"b": "1", "a": ""}})");
  const auto guest = api::read<Guest>(*body);
  ASSERT_TRUE(guest) << guest.error().where << guest.error().why;
  EXPECT_EQ(api::write(*guest), *body);
}

TEST(MetadataSettings, RefuseItemsThatNobodyCouldAskFor) {
  for (const std::string items :
       {R"({"a/b": ""})", R"({"": ""})", R"({"a b": ""})", R"({"a": 1})", R"({"a": "", "A": ""})",
        R"({"a?": ""})", R"({"User-Data": ""})", "[]"}) {
    EXPECT_FALSE(read_items(*api::parse_json(items))) << items;
  }
}

}  // namespace
}  // namespace viaduct::metadata
