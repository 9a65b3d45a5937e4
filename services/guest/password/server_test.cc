#include "services/guest/password/server.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "base/durable_file.h"
#include "base/private_directory.h"
#include "services/guest/password/test_support.h"

namespace viaduct::password {
namespace {

using test::acknowledge;
using test::get_password;
using test::key;
using test::World;

TEST(Passwords, AreToldUntilTheyAreAcknowledged) {
  World world;
  EXPECT_EQ(world.body(get_password), "t4Wq9ZxK");
  EXPECT_EQ(world.body(get_password), "t4Wq9ZxK");
  EXPECT_EQ(world.body(acknowledge), "saved_password");
  EXPECT_EQ(world.body(get_password), "saved_password");
  const auto& outcomes = *world.server.outcomes("red/guest0");
  EXPECT_EQ(outcomes[Outcome::told], 2U);
  EXPECT_EQ(outcomes[Outcome::acknowledged], 1U);
  EXPECT_EQ(outcomes[Outcome::none], 1U);
}

TEST(Passwords, AreForOneGuestAlone) {
  World world;
  world.peer.address = test::address("10.1.1.12");
  EXPECT_EQ(world.body(get_password), "saved_password");
  EXPECT_EQ(world.body(acknowledge), "saved_password");
  world.peer = {"red/guest0", test::address("10.1.1.11"), std::nullopt};
  EXPECT_EQ(world.body(get_password), "saved_password");
  EXPECT_EQ(world.body(acknowledge), "saved_password");
  EXPECT_EQ((*world.server.outcomes("red/guest0"))[Outcome::impostor], 2U);
  world.peer.mac = test::web1_mac;
  EXPECT_EQ(world.body(get_password), "t4Wq9ZxK");
}

TEST(Passwords, AreNotToldToWhoAsksForSomethingElse) {
  World world;
  for (const std::string headers :
       {"", "DomU_Request: give_me_all\r\n",
        "DomU_Request: send_my_password\r\nDomU_Request: saved_password\r\n"}) {
    const std::string answer = world.ask(headers);
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 ")) << headers;
    EXPECT_TRUE(answer.ends_with("bad_request")) << headers;
  }
  EXPECT_TRUE(world.ask(get_password, "HEAD /").starts_with("HTTP/1.1 501 "));
  EXPECT_EQ(world.body("domu_request: send_my_password\r\n"), "t4Wq9ZxK");
}

TEST(Passwords, AreNotSetByGuests) {
  World world;
  const std::string answer = world.ask(
      "DomU_Request: save_password\r\nContent-Length: 34\r\n\r\n"
      "ip=10.1.1.11&password=x&token=abcd",
      "POST /");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 ")) << answer;
  EXPECT_EQ(web::test::body_of(answer), "");
  EXPECT_EQ(world.body(get_password), "t4Wq9ZxK");
  EXPECT_EQ((*world.server.outcomes("red/guest0"))[Outcome::save_refused], 1U);
}

TEST(Passwords, AreNotForgottenForAnEarlierOne) {
  World world;
  EXPECT_EQ(world.body(get_password), "t4Wq9ZxK");
  ASSERT_TRUE(world.server.set_password("red/guest0", "web1", World::web1("newer")));
  EXPECT_EQ(world.body(acknowledge), "saved_password");
  EXPECT_EQ(world.body(get_password), "newer");
  ASSERT_TRUE(world.server.set_password("red/guest0", "web1", World::web1("newer")));
  EXPECT_EQ(world.body(acknowledge), "saved_password") << "it is the one that it was told";
  EXPECT_EQ(world.body(get_password), "saved_password");
}

TEST(Passwords, StayWhenTheyAreSetWithoutBeingTold) {
  World world;
  ASSERT_TRUE(world.server.set_password("red/guest0", "web1", World::web1("")));
  EXPECT_EQ(world.body(get_password), "t4Wq9ZxK");
  Password moved = World::web1("");
  moved.address = test::address("10.1.1.99");
  ASSERT_TRUE(world.server.set_password("red/guest0", "web1", moved));
  world.peer.address = moved.address;
  EXPECT_EQ(world.body(get_password), "saved_password");
  world.server.remove_password("red/guest0", "web1");
  EXPECT_EQ((*world.server.outcomes("red/guest0"))[Outcome::told], 1U);
}

TEST(Passwords, AreForgottenWhenTheMacIsAnother) {
  World world;
  Password replaced = World::web1("");
  replaced.mac = test::other_mac;
  ASSERT_TRUE(world.server.set_password("red/guest0", "web1", replaced));
  world.peer.mac = test::other_mac;
  EXPECT_EQ(world.body(get_password), "saved_password");
  ASSERT_TRUE(world.server.set_password("red/guest0", "web1", World::web1("again")));
  replaced.mac = std::nullopt;
  ASSERT_TRUE(world.server.set_password("red/guest0", "web1", replaced));
  EXPECT_EQ(world.body(get_password), "saved_password");
}

TEST(Passwords, StayWhenTheMacOfTheirGuestBecomesKnown) {
  World world{""};
  Password password = World::web1("early");
  password.mac = std::nullopt;
  ASSERT_TRUE(world.server.set_password("red/guest0", "web1", password));
  ASSERT_TRUE(world.server.set_password("red/guest0", "web1", World::web1("")));
  EXPECT_EQ(world.body(get_password), "early");
}

TEST(Passwords, OutliveTheProcessUnlessTheyWereAcknowledged) {
  World before;
  const std::string sealed = before.server.seal(key()).value();
  EXPECT_EQ(sealed.find("t4Wq9ZxK"), std::string::npos);
  (void)before.body(get_password);
  (void)before.body(acknowledge);
  const std::string sealed_later = before.server.seal(key()).value();

  World after{""};
  EXPECT_EQ(after.body(get_password), "saved_password");
  ASSERT_TRUE(after.server.restore(sealed_later, key()));
  EXPECT_EQ(after.body(get_password), "saved_password");
  ASSERT_TRUE(after.server.restore(sealed, key()));
  EXPECT_EQ(after.body(get_password), "t4Wq9ZxK");
}

TEST(Passwords, AreRestoredOnlyForThoseWhomTheConfigurationKnows) {
  World before;
  const std::string sealed = before.server.seal(key()).value();
  World newer{"newer"};
  ASSERT_TRUE(newer.server.restore(sealed, key()));
  EXPECT_EQ(newer.body(get_password), "newer");
  World replaced{""};
  Password other = World::web1("");
  other.mac = test::other_mac;
  ASSERT_TRUE(replaced.server.set_password("red/guest0", "web1", other));
  replaced.peer.mac = test::other_mac;
  ASSERT_TRUE(replaced.server.restore(sealed, key()));
  EXPECT_EQ(replaced.body(get_password), "saved_password");
  World gone{""};
  gone.server.remove_password("red/guest0", "web1");
  ASSERT_TRUE(gone.server.restore(sealed, key()));
  EXPECT_EQ(gone.body(get_password), "saved_password");
}

TEST(SealedPasswords, AreRefusedWhenCutOffForgedOrOfAnotherKey) {
  World before;
  const std::string sealed = before.server.seal(key()).value();
  World after{""};
  for (std::size_t size = 0; size < sealed.size(); ++size) {
    EXPECT_FALSE(after.server.restore(sealed.substr(0, size), key())) << size;
  }
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    std::string forged = sealed;
    forged[i] = static_cast<char>(forged[i] ^ 1);
    EXPECT_FALSE(after.server.restore(forged, key())) << i;
  }
  EXPECT_FALSE(after.server.restore(sealed, key('x')));
  EXPECT_EQ(after.body(get_password), "saved_password");
}

TEST(SealedPasswords, AreNeverSealedTwiceAlike) {
  const World world;
  EXPECT_NE(world.server.seal(key()).value(), world.server.seal(key()).value());
}

TEST(SealingKeys, ComeFromAFileOfOurOwn) {
  const auto directory = PrivateDirectory::make().value();
  const std::string path = directory.file("key");
  ASSERT_TRUE(write_durably(path, std::string(32, 'k')));
  const auto loaded = SealingKey::load(path);
  ASSERT_TRUE(loaded);
  EXPECT_TRUE(key().open(loaded->seal("text").value()));

  ASSERT_EQ(chmod(path.c_str(), 0640), 0);
  EXPECT_EQ(SealingKey::load(path).error().fault, Fault::unauthorized);
  for (const std::size_t size : {0U, 31U, 33U}) {
    ASSERT_TRUE(write_durably(path, std::string(size, 'k')));
    EXPECT_EQ(SealingKey::load(path).error().fault, Fault::malformed) << size;
  }
  EXPECT_FALSE(SealingKey::load(directory.file("none")));
}

TEST(PasswordSettings, TakePasswordsOfOneLine) {
  Password password = World::web1("correct horse\tb\xc3\xa4");
  EXPECT_TRUE(password.check());
  for (const std::string_view wrong :
       {std::string_view{"a\nb"}, std::string_view{"a\r"}, std::string_view{"a\0b", 3}}) {
    password.password = Secret{wrong};
    EXPECT_EQ(password.check().error().where, "/password");
  }
}

TEST(PasswordSettings, NeverShowThePassword) {
  const auto body =
      api::parse_json(R"({"interface": "guest0", "address": "10.1.1.11", "password": "t4Wq9ZxK"})");
  const auto password = api::read<Password>(*body);
  ASSERT_TRUE(password);
  EXPECT_EQ(password->password.text(), "t4Wq9ZxK");
  const auto shown = api::write(*password);
  EXPECT_EQ(shown.dump().find("t4Wq9ZxK"), std::string::npos);
  EXPECT_FALSE(api::read<Password>(shown)->password.is_told());
}

}  // namespace
}  // namespace viaduct::password
