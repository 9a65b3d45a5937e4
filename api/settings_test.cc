#include "api/settings.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace viaduct {
namespace {

class SettingsFile : public testing::Test {
 protected:
  ~SettingsFile() override { std::filesystem::remove(path); }

  Result<Settings> reads(std::string_view text) {
    std::ofstream{path} << text;
    return read_settings(path);
  }
  std::string refusal_of(std::string_view text) {
    const auto settings = reads(text);
    return settings ? "accepted" : settings.error().where + ": " + settings.error().why;
  }

  const std::string path = testing::TempDir() + "settings-" + std::to_string(getpid()) + ".ini";
};

TEST_F(SettingsFile, KeepsDefaultsForWhatItLeavesOut) {
  const auto settings = reads("[dataplane]\nworker_cores = 3 5 ; the fast one\n");

  ASSERT_TRUE(settings);
  ASSERT_EQ(settings->dataplane.worker_cores.size(), 2U);
  EXPECT_EQ(settings->dataplane.worker_cores[1].value, 5);
  EXPECT_EQ(settings->dataplane.main_core.value, 0);
  EXPECT_EQ(settings->control.socket, "/run/viaduct/viaductd.sock");
}

TEST_F(SettingsFile, ReadsListsAndChoices) {
  const auto settings = reads("[dataplane]\ndevices = 0000:00:04.0  0000:00:05.0\nhugepages=no\n");

  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->dataplane.devices,
            (std::vector<std::string>{"0000:00:04.0", "0000:00:05.0"}));
  EXPECT_EQ(settings->dataplane.hugepages, Hugepages::no);
}

TEST_F(SettingsFile, RefusesUnknownSectionsAndKeysWithFileAndLine) {
  EXPECT_EQ(refusal_of("[firewall]\n"), path + ":1: unknown section [firewall]");
  EXPECT_EQ(refusal_of("\n[control]\nsockt = /x\n"),
            path + ":3: unknown key 'sockt' in section [control]");
}

TEST_F(SettingsFile, RefusesBadValues) {
  EXPECT_EQ(refusal_of("[dataplane]\nlargest_mtu = 100\n"),
            path + ":2: largest_mtu: 100 is not from 576 to 9000");
  EXPECT_EQ(refusal_of("[dataplane]\nsessions = many\n"),
            path + ":2: sessions: expected a whole number, got string");
  EXPECT_EQ(refusal_of("[dataplane]\nhugepages = maybe\n"),
            path + ":2: hugepages: 'maybe' is not one of auto, yes, no");
}

TEST_F(SettingsFile, RefusesWhatTheLibraryWouldPassOver) {
  EXPECT_EQ(refusal_of("[control]\nsocket\n"), path + ":2: expected 'key = value'");
  EXPECT_EQ(refusal_of("[control]\nsocket = /a\nsocket = /b\n"),
            path + ":3: 'socket' is given twice");
  EXPECT_EQ(refusal_of("[control]\nsocket = /" + std::string(300, 'a') + "\n"),
            path + ":2: line is longer than 198 bytes");
}

TEST_F(SettingsFile, IsMissedWhenItIsNotThere) {
  const auto settings = read_settings("/nowhere/viaduct.ini");

  ASSERT_FALSE(settings);
  EXPECT_EQ(settings.error().fault, Fault::not_found);
}

TEST_F(SettingsFile, CanBeWrittenFromTheHelp) {
  const auto settings = reads(settings_help());

  ASSERT_TRUE(settings) << settings.error().where << settings.error().why;
  EXPECT_EQ(settings->dataplane.memory_mb.value, 512U);
}

}  // namespace
}  // namespace viaduct
