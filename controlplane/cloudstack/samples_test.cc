#include "controlplane/cloudstack/test_support.h"

// Every sample of a management server's messages, in the order in which they are sent.
namespace viaduct::cloudstack::test {
namespace {

using api::Json;

const Json& manifest() {
  static const Json samples = json(sample("manifest.json"))["samples"];
  return samples;
}

class Samples : public testing::TestWithParam<std::string> {
 protected:
  template <class Visit>
  void each(Visit visit) {
    for (const Json& item : manifest()) {
      const std::string name = item["sample"];
      // Nothing is there that its second script is to apply.
      if (item["scenario"] != GetParam() || name == "iso-51-fail.cfg") continue;
      visit(name);
    }
  }
};

TEST_P(Samples, FitTogetherAfterEachMessage) {
  Appliance vr{GetParam()};
  each([&](const std::string& name) {
    vr.send(name);
    EXPECT_EQ(vr.misfit(), "") << name;
    EXPECT_FALSE(vr.has_note("odd", "interfaces")) << name;
  });
}

TEST_P(Samples, ChangeNothingWhenTheyAreSentAgain) {
  Appliance vr{GetParam()};
  each([&](const std::string& name) {
    vr.send(name);
    const ApplianceDocument once = vr.document;
    vr.send(name);
    EXPECT_TRUE(vr.document == once) << name;
  });
}

TEST_P(Samples, LeadToTheSameRouterFromAnyStateBefore) {
  Appliance vr{GetParam()};
  each([&](const std::string& name) {
    vr.send(name);
    Appliance fresh;
    fresh.document.cloudstack_entries = vr.document.cloudstack_entries;
    fresh.set_nics(nics_of(GetParam()));
    // A password is told once, and is no part of what follows from the entries.
    const auto forget = [](ApplianceDocument document) {
      auto& passwords = document.routers["vr"].of<password::Password>();
      const auto all = passwords;
      for (const auto& [id, password] : all) passwords.edit(id)->password = {};
      return document;
    };
    EXPECT_TRUE(forget(fresh.document) == forget(vr.document)) << name;
  });
}

INSTANTIATE_TEST_SUITE_P(OfEachScenario, Samples,
                         testing::Values("iso", "vpc", "ilb", "shr", "rvr", "rvpc"),
                         [](const auto& scenario) { return scenario.param; });

TEST(Samples, MakeTheSameOfACommandLineAsTextAndAsJson) {
  for (const std::string scenario : {"iso-00", "vpc-00", "ilb-00", "shr-00"}) {
    Appliance as_text{scenario.substr(0, 3)};
    Appliance as_json{scenario.substr(0, 3)};
    as_text.send(scenario + "-cmdline.txt");
    as_json.send(scenario + "-cmd_line.json");
    EXPECT_EQ(as_text.resource(""), as_json.resource("")) << scenario;
  }
}

TEST(Samples, AnAggregateIsItsMessagesOneByOne) {
  Appliance together{"iso"};
  together.send("iso-00-cmdline.txt");
  together.send("iso-50-boot.cfg");
  Appliance apart{"iso"};
  apart.send("iso-00-cmdline.txt");
  for (const Json& item : manifest()) {
    const std::string name = item["sample"];
    const int step = item["step"];
    if (item["scenario"] == "iso" && step >= 1 && step <= 9) apart.send(name);
  }
  EXPECT_EQ(together.resource(""), apart.resource(""));
}

TEST(Samples, HaveNoSecretInTheDocument) {
  for (const std::string scenario : {"iso", "vpc", "rvr", "rvpc", "shr"}) {
    Appliance vr{scenario};
    for (const Json& item : manifest()) {
      const std::string name = item["sample"];
      if (item["scenario"] != scenario || name == "iso-51-fail.cfg") continue;
      vr.send(name);
      const std::string all = write_document(vr.document).dump();
      for (const char* secret :
           {"t4Wq9ZxK", "kYzR7u2VQe5n8sWp", "Al1cePw", "B0bPw", "bgpSecret1", "pXc6Tn2b",
            "qH3mV8yR", "Zx81-peer-psk", "AdMiN123", "PRIVATE KEY", "1111111111111111111"}) {
        EXPECT_EQ(all.find(secret), std::string::npos) << name << " " << secret;
      }
    }
  }
}

}  // namespace
}  // namespace viaduct::cloudstack::test
