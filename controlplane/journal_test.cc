#include "controlplane/journal.h"

#include <signal.h>
#include <sys/wait.h>

#include <array>
#include <filesystem>
#include <random>

#include "controlplane/plan.h"
#include "controlplane/test_support.h"

namespace viaduct::test {
namespace {

class JournalTest : public testing::Test {
 protected:
  static Entry entry(Revision revision, std::size_t bytes = 2) {
    return {.revision = revision,
            .parent = revision - 1,
            .time = WallTime{std::chrono::seconds{1'700'000'000}},
            .author = "ada",
            .note = "a note",
            .changes = "[" + std::string(bytes - 2, ' ') + "]"};
  }
  // A document that is told from others by the device of its only port.
  static ApplianceDocument numbered(Revision revision) {
    return sure(api::read_document<ApplianceDocument>(
        {{"ports", {{"wan", {{"device", "net_null" + std::to_string(revision)}}}}}}));
  }
  static ApplianceDocument with_many_ports() {
    ApplianceDocument large;
    for (int n = 0; n < 18000; ++n) {
      large.ports["p" + std::to_string(n)] = {"net_null" + std::to_string(n), ""};
    }
    return large;
  }
  // Makes the next revision, whose document is `next`.
  static Result<void> go_on(Journal& journal, const ApplianceDocument& next) {
    const auto latest = sure(journal.latest());
    const Revision parent = latest ? latest->revision : 0;
    Entry made = entry(parent + 1);
    made.changes = write_changes(plan(sure(journal.document(parent)), next)).dump();
    TRY(journal.append(made, next, std::nullopt, std::nullopt));
    return journal.tidy(parent + 1, next);
  }
  // Of which revision the file holds the document as a whole.
  [[nodiscard]] Revision whole_revision() const {
    auto database = sure(sqlite::Database::open(path));
    auto whole = sure(database.prepare("SELECT revision FROM whole"));
    return sure(whole.step()) ? static_cast<Revision>(whole.number(0)) : 0;
  }
  Journal open(Journal::Limits limits = {}) { return sure(Journal::open(path, limits)); }

  TemporaryDirectory directory;
  const std::string path = directory.file("journal.sqlite");
};

TEST_F(JournalTest, BeginsEmpty) {
  Journal journal = open();

  EXPECT_FALSE(sure(journal.latest()));
  EXPECT_TRUE(sure(journal.history(10)).empty());
  EXPECT_EQ(journal.get(1).error().fault, Fault::not_found);
}

TEST_F(JournalTest, RemembersEntriesAcrossOpenings) {
  sure(open().append(entry(1), {}, std::nullopt, std::nullopt));
  Journal journal = open();

  EXPECT_EQ(sure(journal.get(1)).note, "a note");
  EXPECT_EQ(sure(journal.latest())->changes, "[]");
}

TEST_F(JournalTest, GivesTheDocumentOfEveryRevisionThatItKeeps) {
  constexpr Revision last = 40;
  {
    Journal journal = open({.revisions = 10});
    for (Revision revision = 1; revision <= last; ++revision) {
      sure(go_on(journal, numbered(revision)));
    }
  }
  Journal journal = open({.revisions = 10});

  EXPECT_EQ(sure(journal.document(0)), ApplianceDocument{});
  EXPECT_EQ(journal.document(last - 10).error().fault, Fault::not_found);
  for (Revision revision = last - 9; revision <= last; ++revision) {
    EXPECT_EQ(sure(journal.document(revision)), numbered(revision)) << revision;
  }
}

TEST_F(JournalTest, WritesTheDocumentAsAWholeWhenItIsTidied) {
  const ApplianceDocument large = with_many_ports();
  {
    Journal journal = open();
    Entry made = entry(1);
    made.changes = write_changes(plan({}, large)).dump();
    sure(journal.append(made, large, std::nullopt, std::nullopt));
    sure(journal.tidy(2, numbered(2)));
  }
  EXPECT_EQ(whole_revision(), 0U) << "that is not the document of the newest revision";
  sure(open().tidy(1, large));

  EXPECT_EQ(whole_revision(), 1U);
}

TEST_F(JournalTest, MovesMuchThatWasAppendedToItsPlaceWhenItIsTidied) {
  Journal journal = open();
  const auto size = std::filesystem::file_size(path);
  sure(journal.append(entry(1, std::size_t{6} << 20), {}, std::nullopt, std::nullopt));
  EXPECT_EQ(std::filesystem::file_size(path), size);
  sure(journal.tidy(1, {}));

  EXPECT_GT(std::filesystem::file_size(path), std::uintmax_t{6} << 20);
}

TEST_F(ControlFixture, WritesTheDocumentAsAWholeWhenNobodyWaitsForIt) {
  const auto whole_revision = [&] {
    control.reset();
    journal.reset();
    auto database = sure(sqlite::Database::open(directory.file("journal")));
    auto whole = sure(database.prepare("SELECT revision FROM whole"));
    return sure(whole.step()) ? whole.number(0) : 0;
  };
  api::Json large = small_document();
  for (int n = 0; n < 18000; ++n) {
    large["ports"]["p" + std::to_string(n)] = {{"device", "net_ring" + std::to_string(n)}};
  }
  sure(put(large));
  EXPECT_EQ(whole_revision(), 0);
  start();
  attend(1);

  EXPECT_EQ(whole_revision(), 1);
}

TEST_F(JournalTest, WritesTheDocumentAsAWholeWhenChangesOutweighIt) {
  Journal journal = open();
  const ApplianceDocument large = with_many_ports();
  for (Revision revision = 1; revision <= 6; ++revision) {
    sure(go_on(journal, revision % 2 == 1 ? large : numbered(revision)));
  }

  for (Revision revision = 1; revision <= 6; ++revision) {
    EXPECT_EQ(sure(journal.document(revision)), revision % 2 == 1 ? large : numbered(revision));
  }
}

TEST_F(JournalTest, RefusesAFileOfAnEarlierSchema) {
  {
    auto database = sure(sqlite::Database::open(path));
    sure(database.run("PRAGMA user_version = 1"));
  }
  EXPECT_EQ(Journal::open(path).error().fault, Fault::invalid);
}

TEST_F(JournalTest, ForgetsTheOldestRevisionsButNotWhatAConfirmationRestores) {
  Journal journal = open({.revisions = 3});
  for (Revision revision = 1; revision <= 4; ++revision) {
    sure(journal.append(entry(revision), {}, std::nullopt, std::nullopt));
  }
  sure(journal.append(entry(5), {}, Confirmation{5, 2, {}}, std::nullopt));

  EXPECT_TRUE(journal.get(2));
  EXPECT_TRUE(journal.get(3));
  EXPECT_EQ(journal.get(1).error().fault, Fault::not_found);
  EXPECT_EQ(sure(journal.history(10)).size(), 4U);
}

TEST_F(JournalTest, BoundsTheBytesOfItsHistory) {
  Journal journal = open({.history_bytes = 5000});
  for (Revision revision = 1; revision <= 9; ++revision) {
    sure(journal.append(entry(revision, 1000), {}, std::nullopt, std::nullopt));
  }

  EXPECT_EQ(sure(journal.history(10)).size(), 5U);
}

TEST_F(JournalTest, TakesAllOfAnEntryOrNothing) {
  Journal journal = open();
  const StoredAnswer answer{"key", "request", "{}"};
  sure(journal.append(entry(1), {}, std::nullopt, answer));

  EXPECT_FALSE(journal.append(entry(2), {}, Confirmation{2, 1, {}}, answer));
  EXPECT_EQ(sure(journal.latest())->revision, 1U);
  EXPECT_FALSE(sure(journal.confirmation()));
}

TEST_F(JournalTest, RefusesAFileOfANewerSchema) {
  {
    auto database = sure(sqlite::Database::open(path));
    sure(database.run("PRAGMA user_version = 99"));
  }
  EXPECT_EQ(Journal::open(path).error().fault, Fault::invalid);
}

// Appends revisions for ever and tells each through `acknowledge` once it is taken.
[[noreturn]] void append_for_ever(const std::string& path, int acknowledge) {
  Journal journal = sure(Journal::open(path));
  const auto latest = sure(journal.latest());
  for (Revision next = latest ? latest->revision + 1 : 1;; ++next) {
    const Entry entry{
        .revision = next, .parent = next - 1, .note = std::to_string(next), .changes = "[]"};
    sure(journal.append(entry, {}, std::nullopt, std::nullopt));
    if (write(acknowledge, &next, sizeof next) != sizeof next) _exit(1);
  }
}

// Lets a child append until it has acknowledged `rounds` entries and a moment more, then kills it.
Revision last_acknowledged_before_the_kill(const std::string& path, unsigned rounds,
                                           unsigned microseconds) {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) return 0;
  const pid_t child = fork();
  if (child == 0) append_for_ever(path, ends[1]);
  close(ends[1]);
  Revision acknowledged = 0;
  for (unsigned i = 0; i < rounds; ++i) {
    if (read(ends[0], &acknowledged, sizeof acknowledged) != sizeof acknowledged) break;
  }
  usleep(microseconds);
  kill(child, SIGKILL);
  while (read(ends[0], &acknowledged, sizeof acknowledged) == sizeof acknowledged) {
  }
  close(ends[0]);
  waitpid(child, nullptr, 0);
  return acknowledged;
}

TEST_F(JournalTest, LosesNothingAcknowledgedWhenItIsKilled) {
  std::minstd_rand random{7};
  const auto upto = [&](unsigned most) {
    return std::uniform_int_distribution<unsigned>{1, most}(random);
  };
  Revision before = 0;
  for (int round = 0; round < 20; ++round) {
    const Revision acknowledged = last_acknowledged_before_the_kill(path, upto(5), upto(3000));
    ASSERT_GT(acknowledged, before);
    before = acknowledged;
    Journal journal = open();
    const Revision latest = sure(journal.latest())->revision;
    ASSERT_GE(latest, acknowledged);
    ASSERT_LE(latest, acknowledged + 1);
    for (const Entry& kept : sure(journal.history(1000))) {
      ASSERT_EQ(sure(journal.get(kept.revision)).note, std::to_string(kept.revision));
    }
    before = latest;
  }
}

}  // namespace
}  // namespace viaduct::test
