#include "controlplane/control.h"

#include "controlplane/test_support.h"

namespace viaduct::test {
namespace {

using api::Json;

class ControlTest : public ControlFixture {
 protected:
  // A document whose second forward wants the first one's endpoint.
  static Json contradictory() {
    Json document = small_document();
    Json& forwards = document["routers"]["red"]["port_forwards"];
    forwards["zweb"] = forwards["web"];
    return document;
  }
};

TEST_F(ControlTest, JournalsAndAppliesAValidChange) {
  const Json answer = sure(put(small_document()));

  EXPECT_EQ(answer["revision"], 1);
  EXPECT_EQ(answer["applied"], true);
  EXPECT_EQ(dataplane.document, current());
  EXPECT_EQ(write_document(sure(journal->document(1))), current());
  EXPECT_EQ(kernel.converged, 1U);
}

TEST_F(ControlTest, ChangesNothingWhenOneFeatureRefuses) {
  sure(put(small_document()));
  const Json before = current();
  const auto refused = put(contradictory());

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().fault, Fault::conflict);
  EXPECT_EQ(refused.error().where, "/routers/red/port_forwards/zweb/public");
  EXPECT_EQ(current(), before);
  EXPECT_EQ(sure(journal->latest())->revision, 1U);
  EXPECT_EQ(dataplane.count("apply"), 1U);
}

TEST_F(ControlTest, PointsAtTheResourceThatIsChangedWhicheverTheCompilerMeets) {
  sure(put(small_document()));
  for (const std::string id : {"a", "zweb"}) {
    Json document = small_document();
    Json& forwards = document["routers"]["red"]["port_forwards"];
    forwards[id] = forwards["web"];
    const Error refusal = put(document).error();
    EXPECT_THAT(refusal.where, testing::StartsWith("/routers/red/port_forwards/" + id));
    EXPECT_THAT(refusal.why, testing::HasSubstr("/routers/red/port_forwards/web"));
  }
}

TEST_F(ControlTest, ChangesNothingWhenTheDiskIsFull) {
  limits.file_bytes = std::size_t{64} << 10;
  start();
  sure(put(small_document()));
  Json big = small_document();
  for (int i = 0; i < 500; ++i) {
    big["ports"]["port" + std::to_string(i)] = {{"device", "net_null1" + std::to_string(i)},
                                                {"namespace", std::string(200, 'n')}};
  }
  const auto refused = put(big);

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().fault, Fault::exhausted);
  EXPECT_EQ(control->status().journal_failures, 1U);
  EXPECT_EQ(control->desired()->revision, 1U);
  EXPECT_EQ(dataplane.revision, 1U);
}

TEST_F(ControlTest, ChangesNothingWhenTheKernelCannotBePrepared) {
  kernel.refuses = true;

  EXPECT_FALSE(put(small_document()));
  EXPECT_EQ(control->desired()->revision, 0U);
  EXPECT_FALSE(sure(journal->latest()));
  EXPECT_EQ(dataplane.count("apply"), 0U);
}

TEST_F(ControlTest, KeepsAChangeThatTheKernelOnlyPartlyShows) {
  kernel.is_degraded = true;

  EXPECT_TRUE(put(small_document()));
  EXPECT_EQ(control->status().kernel_problem, "a TAP is missing");
  kernel.is_degraded = false;
  control->attend();
  EXPECT_EQ(control->status().kernel_problem, "");
}

TEST_F(ControlTest, PreparesTheKernelAgainWhenSomebodyMeddledWithIt) {
  sure(put(small_document()));
  kernel.is_meddled_with = true;
  kernel.converged = 0;
  attend(10);

  EXPECT_FALSE(kernel.is_meddled_with);
  EXPECT_EQ(kernel.converged, 1U);
}

TEST_F(ControlTest, SaysThatTheKernelCannotBePreparedAgain) {
  sure(put(small_document()));
  kernel.is_meddled_with = true;
  kernel.refuses = true;
  attend(10);
  EXPECT_EQ(control->status().kernel_problem, "no namespaces here");
  kernel.refuses = false;
  attend(10);

  EXPECT_EQ(control->status().kernel_problem, "");
}

TEST_F(ControlTest, LeavesAKernelAloneThatIsAsItWasMade) {
  sure(put(small_document()));
  const std::size_t preparations = kernel.preparations;
  attend(20);

  EXPECT_EQ(kernel.preparations, preparations + 1) << "once for the data plane that is new to it";
}

TEST_F(ControlTest, TakesBackWhatTheDataPlaneRefuses) {
  sure(put(small_document()));
  dataplane.refuses = true;
  const auto refused = put(forwarding(9090), {.idempotency_key = "k", .request = "r"});

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().fault, Fault::exhausted);
  EXPECT_EQ(current(), write_document(sure(read_document(small_document()))));
  EXPECT_EQ(write_document(sure(journal->document(sure(journal->latest())->revision))), current());
  EXPECT_FALSE(sure(journal->answer("k", now)));
}

TEST_F(ControlTest, TellsTheDataPlaneOnlyWhatHasChanged) {
  sure(put(small_document()));
  sure(put(forwarding(9090)));

  EXPECT_FALSE(dataplane.asked.back().contains("document"));
  EXPECT_EQ(dataplane.asked.back()["changes"].size(), 1U);
  EXPECT_EQ(dataplane.document, current());
}

TEST_F(ControlTest, TellsTheDataPlaneAllWhenItHasAnotherRevisionThanWeThink) {
  sure(put(small_document()));
  dataplane.revision = 0;
  dataplane.document = nullptr;
  EXPECT_EQ(sure(put(forwarding(9090)))["applied"], true);

  EXPECT_EQ(dataplane.document, current());
}

TEST_F(ControlTest, TellsTheDataPlaneAllWhenNearlyAllHasChanged) {
  sure(put(small_document()));
  Json large = small_document();
  Json& rules = large["routers"]["red"]["firewall_rules"];
  for (int n = 0; n < 2000; ++n) rules["r" + std::to_string(n)] = {{"destination", "203.0.113.2"}};
  sure(put(large));

  EXPECT_EQ(dataplane.count("hold"), 1U) << "before it is journalled";
  EXPECT_EQ(dataplane.document, current());
}

TEST_F(ControlTest, TellsTheDataPlaneAllAgainWhenItNoLongerHoldsIt) {
  Json large = small_document();
  Json& rules = large["routers"]["red"]["firewall_rules"];
  for (int n = 0; n < 2000; ++n) rules["r" + std::to_string(n)] = {{"destination", "203.0.113.2"}};
  dataplane.forgets = true;
  sure(put(large));

  EXPECT_TRUE(dataplane.asked.back().contains("document"));
  EXPECT_EQ(dataplane.document, current());
}

TEST_F(ControlTest, RestoresADocumentThroughManyChanges) {
  for (unsigned port = 9000; port < 9020; ++port) sure(put(forwarding(port)));
  sure(control->rollback(3, {}));

  EXPECT_EQ(current(), write_document(sure(read_document(forwarding(9002)))));
  EXPECT_EQ(dataplane.document, current());
  start();
  EXPECT_EQ(current(), write_document(sure(read_document(forwarding(9002)))));
}

TEST_F(ControlTest, DeliversLaterWhatADataPlaneThatIsAwayMissed) {
  dataplane.is_away = true;
  EXPECT_EQ(sure(put(small_document()))["applied"], false);
  control->attend();
  EXPECT_FALSE(control->status().dataplane.is_up);
  dataplane.is_away = false;
  control->attend();

  EXPECT_EQ(dataplane.revision, 1U);
  EXPECT_EQ(dataplane.document, current());
}

TEST_F(ControlTest, BringsARestartedDataPlaneUpToDate) {
  sure(put(small_document()));
  control->attend();
  dataplane.started_at = 2;
  dataplane.document = nullptr;
  control->attend();
  EXPECT_EQ(dataplane.document, current());
  const std::size_t applied = dataplane.count("apply");
  control->attend();

  EXPECT_EQ(dataplane.count("apply"), applied);
}

TEST_F(ControlTest, DoesNotPesterADataPlaneThatRefuses) {
  sure(put(small_document()));
  attend(1);
  dataplane.refuses = true;
  EXPECT_FALSE(put(forwarding(9090)));
  const std::size_t applied = dataplane.count("apply");
  attend(64);
  EXPECT_EQ(dataplane.count("apply"), applied + 7);
  dataplane.refuses = false;
  attend(64);

  EXPECT_EQ(dataplane.revision, control->desired()->revision);
}

TEST_F(ControlTest, ComesBackWithTheLastRevisionAfterARestart) {
  sure(put(small_document()));
  sure(put(forwarding(9090)));
  const Json before = current();
  start();

  EXPECT_EQ(control->desired()->revision, 2U);
  EXPECT_EQ(current(), before);
}

TEST_F(ControlTest, MakesNoRevisionOfWhatIsSoAlready) {
  sure(put(small_document()));
  const Json again = sure(put(small_document()));

  EXPECT_EQ(again["revision"], 1);
  EXPECT_TRUE(again["changes"].empty());
}

TEST_F(ControlTest, ChangesNothingInADryRun) {
  sure(put(small_document()));
  dataplane.answers["impact"] = {{"ok", true}, {"live", 7}, {"cut", 3}};
  const Json answer = sure(put(forwarding(9090), {.dry_run = true}));

  EXPECT_EQ(answer["changes"].size(), 1U);
  EXPECT_EQ(answer["sessions"], (Json{{"live", 7}, {"cut", 3}}));
  EXPECT_EQ(control->desired()->revision, 1U);
  EXPECT_EQ(dataplane.revision, 1U);
}

TEST_F(ControlTest, RefusesAChangeWrittenAgainstAnotherRevision) {
  sure(put(small_document()));

  EXPECT_EQ(put(forwarding(9090), {.if_revision = 0}).error().fault, Fault::stale);
  EXPECT_TRUE(put(forwarding(9090), {.if_revision = 1}));
}

TEST_F(ControlTest, AnswersARepeatedRequestAsTheFirstTime) {
  const Terms terms{.idempotency_key = "k", .request = "r"};
  const Json first = sure(put(small_document(), terms));
  sure(put(forwarding(9090)));
  start();

  EXPECT_EQ(sure(put(small_document(), terms)), first);
  EXPECT_EQ(control->desired()->revision, 2U);
  EXPECT_EQ(put(small_document(), {.idempotency_key = "k", .request = "another"}).error().fault,
            Fault::conflict);
}

TEST_F(ControlTest, AnswersARepeatedRequestThatChangedNothingAsTheFirstTime) {
  const Terms terms{.idempotency_key = "k", .request = "r"};
  sure(put(small_document()));
  const Json first = sure(put(small_document(), terms));
  sure(put(forwarding(9090)));

  EXPECT_EQ(sure(put(small_document(), terms)), first);
  EXPECT_EQ(control->desired()->revision, 2U);
}

TEST_F(ControlTest, TakesARequestForAnotherADayLater) {
  const Terms terms{.idempotency_key = "k", .request = "r"};
  sure(put(small_document(), terms));
  sure(put(forwarding(9090)));
  now += std::chrono::hours{24};
  EXPECT_EQ(sure(put(small_document(), terms))["revision"], 1);
  now += std::chrono::seconds{1};

  EXPECT_EQ(sure(put(small_document(), terms))["revision"], 3);
}

TEST_F(ControlTest, GoesBackToAnyRevision) {
  sure(put(small_document()));
  const Json first = current();
  sure(put(forwarding(9090)));

  EXPECT_EQ(sure(control->rollback(1, {}))["revision"], 3);
  EXPECT_EQ(current(), first);
  EXPECT_EQ(sure(control->rollback(0, {}))["revision"], 4);
  EXPECT_EQ(current(), Json::object());
  EXPECT_EQ(control->rollback(99, {}).error().fault, Fault::not_found);
}

class Confirmation : public ControlFixture {
 protected:
  Confirmation() {
    sure(put(small_document()));
    first = current();
    sure(put(forwarding(9090), {.confirm_within = std::chrono::seconds{30}}));
  }
  Json first;
};

TEST_F(Confirmation, KeepsAChangeForGood) {
  sure(control->confirm());
  now += std::chrono::seconds{60};
  control->attend();

  EXPECT_EQ(control->desired()->revision, 2U);
  EXPECT_EQ(control->confirm().error().fault, Fault::not_found);
}

TEST_F(Confirmation, IsWaitedForUntilTheDeadlineButNoLonger) {
  now += std::chrono::seconds{30};
  control->attend();
  EXPECT_EQ(control->desired()->revision, 2U);
  now += std::chrono::seconds{1};
  control->attend();

  EXPECT_EQ(control->desired()->revision, 3U);
  EXPECT_EQ(current(), first);
  EXPECT_EQ(dataplane.document, first);
}

TEST_F(Confirmation, IsNotHeldUpByADataPlaneThatRefusesTheWayBack) {
  dataplane.refuses = true;
  now += std::chrono::seconds{31};
  attend(10);
  EXPECT_EQ(current(), first);
  EXPECT_EQ(control->desired()->revision, 3U);
  dataplane.refuses = false;
  attend(10);

  EXPECT_EQ(dataplane.document, first);
}

TEST_F(Confirmation, GoesBackInTheEndWhenItCouldNotAtFirst) {
  const auto refused = control->status().refused;
  kernel.refuses = true;
  now += std::chrono::seconds{31};
  const std::size_t preparations = kernel.preparations;
  attend(64);
  EXPECT_EQ(kernel.preparations, preparations + 7 + 1) << "and once for the data plane";
  EXPECT_EQ(control->status().refused, refused);
  kernel.refuses = false;
  attend(64);

  EXPECT_EQ(current(), first);
}

TEST_F(Confirmation, IsStillWaitedForAfterARestart) {
  start();
  ASSERT_TRUE(control->status().confirmation);
  now += std::chrono::seconds{31};
  control->attend();

  EXPECT_EQ(current(), first);
}

TEST_F(Confirmation, DoesNotMakePermanentWhatItWaitsForWhenARollbackAsksForAnother) {
  sure(control->rollback(0, {.confirm_within = std::chrono::seconds{30}}));
  EXPECT_EQ(control->status().confirmation->restore, 1U);
  now += std::chrono::seconds{31};
  control->attend();

  EXPECT_EQ(current(), first);
}

TEST_F(Confirmation, IsStillWaitedForWhenTheDataPlaneRefusesARollback) {
  dataplane.refuses = true;
  EXPECT_FALSE(control->rollback(0, {}));
  dataplane.refuses = false;
  start();
  ASSERT_TRUE(control->status().confirmation);
  now += std::chrono::seconds{31};
  control->attend();

  EXPECT_EQ(current(), first);
}

TEST_F(Confirmation, KeepsOtherChangesOutButNotARollback) {
  EXPECT_EQ(put(forwarding(9091)).error().fault, Fault::conflict);
  EXPECT_TRUE(control->rollback(1, {}));
  EXPECT_FALSE(control->status().confirmation);
}

}  // namespace
}  // namespace viaduct::test
