#include "controlplane/test_support.h"

// What the guests' services are told of the document.
namespace viaduct::test {
namespace {

using api::Json;

// The small router, whose guests are served.
Json served_document() {
  Json document = small_document();
  Json& red = document["routers"]["red"];
  red["dhcp_subnets"]["guest0"] = {
      {"interface", "guest0"}, {"subnet", "10.1.1.0/24"}, {"server", "10.1.1.1"}};
  red["dhcp_reservations"]["web1"] = {
      {"interface", "guest0"}, {"mac", "02:00:00:00:00:11"}, {"address", "10.1.1.11"}};
  red["password_networks"]["guest0"] = Json::object();
  return document;
}

Json with_password(Json document, const Json& password) {
  document["routers"]["red"]["passwords"]["web1"] = {
      {"interface", "guest0"}, {"address", "10.1.1.11"}, {"password", password}};
  return document;
}

class GuestServices : public ControlFixture {
 protected:
  [[nodiscard]] const guest::Router& served() const {
    return guest_services.document.routers.at("red");
  }
};

TEST_F(GuestServices, AreToldTheirPartAndNothingElse) {
  const Json answer = sure(put(served_document()));

  EXPECT_EQ(answer["served"], true);
  EXPECT_EQ(guest_services.revision, 1);
  EXPECT_EQ(served().of<dhcp::Reservation>().size(), 1);
  const guest::Interface& guest0 = served().of<guest::Interface>().at("guest0");
  EXPECT_TRUE(guest0.has(guest::Service::dhcp));
  EXPECT_TRUE(guest0.owns(parse_address("10.1.1.1").value()));
  EXPECT_FALSE(served().of<guest::Interface>().contains("public0"));
  EXPECT_FALSE(dataplane.document["routers"]["red"].contains("dhcp_reservations"));
}

TEST_F(GuestServices, ThatAreKnownToServeNothingTakeTheFirstChange) {
  attend(1);
  EXPECT_EQ(sure(put(served_document()))["served"], true);
  EXPECT_EQ(guest_services.revision, 1);
}

TEST_F(GuestServices, AreToldWhatHasChanged) {
  sure(put(served_document()));
  Json changed = served_document();
  changed["routers"]["red"]["dhcp_reservations"]["web1"]["address"] = "10.1.1.12";
  sure(put(changed));

  const Json& last = guest_services.asked.back();
  EXPECT_FALSE(last.contains("document"));
  ASSERT_EQ(last["changes"].size(), 1);
  EXPECT_EQ(last["changes"][0]["path"], "/routers/red/dhcp_reservations/web1");
  EXPECT_EQ(dataplane.asked.back()["changes"].size(), 0);
}

TEST_F(GuestServices, FollowTheAddressesOfInterfaces) {
  sure(put(served_document()));
  Json changed = served_document();
  changed["routers"]["red"]["interfaces"]["guest0"]["addresses"] = {"10.1.1.1/24", "10.1.9.1/24"};
  sure(put(changed));
  EXPECT_EQ(served().of<guest::Interface>().at("guest0").addresses.size(), 2);

  changed["routers"]["red"]["interfaces"]["guest0"]["services"] = {"dhcp"};
  sure(put(changed));
  EXPECT_EQ(served().of<guest::Interface>().at("guest0").services,
            std::vector{guest::Service::dhcp});
}

TEST_F(GuestServices, ThatDoNotFitTogetherChangeNothing) {
  sure(put(served_document()));
  Json wrong = served_document();
  wrong["routers"]["red"]["dhcp_reservations"]["web2"] = {
      {"interface", "guest0"}, {"mac", "02:00:00:00:00:12"}, {"address", "10.1.1.11"}};
  const auto refused = put(wrong);

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().fault, Fault::conflict);
  EXPECT_EQ(refused.error().where, "/routers/red/dhcp_reservations/web2/address");
  EXPECT_EQ(current(),
            write_document(sure(api::read_document<ApplianceDocument>(served_document()))));
  EXPECT_EQ(guest_services.revision, 1);
}

TEST_F(GuestServices, ThatAreAwayGetTheDocumentWhenTheyAreBack) {
  guest_services.is_away = true;
  EXPECT_EQ(sure(put(served_document()))["served"], false);
  attend(1);
  guest_services.is_away = false;
  attend(1);

  EXPECT_EQ(guest_services.revision, 1);
  EXPECT_EQ(served().of<dhcp::Reservation>().size(), 1);
  EXPECT_TRUE(control->status().guest_services.is_up);
}

TEST_F(GuestServices, AreToldPasswordsThatNobodyElseIs) {
  sure(put(served_document()));
  const Json answer = sure(put(with_password(served_document(), "correct horse")));

  EXPECT_EQ(guest_services.secrets["/routers/red/passwords/web1"], "correct horse");
  EXPECT_EQ(answer.dump().find("horse"), std::string::npos);
  EXPECT_EQ(current().dump().find("horse"), std::string::npos);
  EXPECT_EQ(sure(journal->get(2)).changes.find("horse"), std::string::npos);
  EXPECT_EQ(write_document(sure(journal->document(2))).dump().find("horse"), std::string::npos);
  for (const Json& question : dataplane.asked) {
    EXPECT_EQ(question.dump().find("horse"), std::string::npos);
  }
}

TEST_F(GuestServices, AreToldAPasswordAgainThatIsSetAgain) {
  sure(put(with_password(served_document(), "first")));
  sure(put(with_password(served_document(), nullptr)));
  EXPECT_EQ(guest_services.secrets["/routers/red/passwords/web1"], "first");
  sure(put(with_password(served_document(), "second")));
  EXPECT_EQ(guest_services.secrets["/routers/red/passwords/web1"], "second");
  EXPECT_EQ(control->desired()->revision, 2);
}

TEST_F(GuestServices, AreToldPasswordsAmongManyChanges) {
  Json many = with_password(served_document(), "hidden");
  for (int n = 0; n < 1500; ++n) {
    many["routers"]["red"]["dns_hosts"]["host" + std::to_string(n)] = {
        {"names", {"host" + std::to_string(n)}}, {"addresses", {"10.1.1.11"}}};
  }
  sure(put(many));

  EXPECT_EQ(guest_services.secrets["/routers/red/passwords/web1"], "hidden");
  const auto& kept = control->desired()->documents.whole.routers.at("red");
  EXPECT_FALSE(kept.of<password::Password>().at("web1").password.is_told());
}

TEST_F(GuestServices, ThatAreAwayAreGivenNoPassword) {
  sure(put(served_document()));
  guest_services.is_away = true;
  const auto refused = put(with_password(served_document(), "lost?"));

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().fault, Fault::unavailable);
  EXPECT_EQ(control->desired()->revision, 1);
}

}  // namespace
}  // namespace viaduct::test
