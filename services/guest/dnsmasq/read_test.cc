#include "services/guest/dnsmasq/read.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "services/guest/dnsmasq/lines.h"
#include "services/guest/dnsmasq/memory_files.h"

namespace viaduct::dnsmasq {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

using Texts = std::map<std::string, std::string>;

Result<Configuration> read(Texts texts) {
  MemoryFiles files{std::move(texts)};
  return read_configuration("main", files);
}
std::string refusal_of(Texts texts) {
  const auto configuration = read(std::move(texts));
  return configuration ? "accepted"
                       : configuration.error().where + ": " + configuration.error().why;
}
std::string refusal_of(const std::string& text) {
  return refusal_of(Texts{{"main", text}});
}
std::vector<std::string> notices_of(const Configuration& configuration) {
  std::vector<std::string> notices;
  for (const auto& notice : configuration.notices) {
    notices.push_back(to_string(notice.source) + ": " + notice.why);
  }
  return notices;
}

TEST(Configuration, SaysNothingWhenNothingIsWritten) {
  const auto configuration = read({{"main", "# nothing\n"}}).value();
  EXPECT_THAT(configuration.dhcp_ranges, IsEmpty());
  EXPECT_FALSE(configuration.cache_size);
  EXPECT_THAT(configuration.notices, IsEmpty());
}

TEST(Configuration, HasFlagsNumbersAndNames) {
  const auto configuration =
      read({{"main",
             "expand-hosts\ndhcp-authoritative\nlocalise-queries\ncache-size=0\nport=0\n"
             "dhcp-lease-max=2100\ninterface=eth0, eth*\nexcept-interface=lo\n"
             "listen-address=127.0.0.1,::1\nresolv-file=/etc/r\n"}})
          .value();
  EXPECT_TRUE(configuration.expand_hosts);
  EXPECT_TRUE(configuration.dhcp_authoritative);
  EXPECT_TRUE(configuration.localise_queries);
  EXPECT_FALSE(configuration.domain_needed);
  EXPECT_EQ(configuration.cache_size, 0U);
  EXPECT_EQ(configuration.port, 0U);
  EXPECT_EQ(configuration.dhcp_lease_max, 2100U);
  EXPECT_THAT(configuration.interfaces, ElementsAre("eth0", "eth*"));
  EXPECT_THAT(configuration.except_interfaces, ElementsAre("lo"));
  EXPECT_THAT(configuration.listen_addresses,
              ElementsAre(parse_address("127.0.0.1").value(), parse_address("::1").value()));
  EXPECT_THAT(configuration.resolv_files, ElementsAre("/etc/r"));
}

TEST(Configuration, KnowsWhereEachEntryStands) {
  const auto configuration =
      read({{"main", "conf-file=more\n\ndhcp-option-force=3\nlocal=/x.example/\n"},
            {"more", "#\ndhcp-range=10.0.0.1,static\n"}})
          .value();
  EXPECT_EQ(to_string(configuration.dhcp_ranges.at(0).source), "more:2");
  EXPECT_EQ(to_string(configuration.dhcp_options.at(0).source), "main:3");
  EXPECT_TRUE(configuration.dhcp_options.at(0).is_forced);
  EXPECT_EQ(to_string(configuration.servers.at(0).source), "main:4");
}

TEST(Configuration, RefusesWithFileAndLine) {
  EXPECT_EQ(refusal_of("domain-needed\nfoo=bar\n"), "main:2: unknown option 'foo'");
  EXPECT_EQ(refusal_of("dnssec\n"), "main:1: option 'dnssec' is not supported");
  EXPECT_EQ(refusal_of("domain-needed=1\n"), "main:1: domain-needed: extraneous parameter");
  EXPECT_EQ(refusal_of("dhcp-range\n"), "main:1: dhcp-range: missing parameter");
  EXPECT_EQ(refusal_of("port=1\nport=2\n"), "main:2: port: illegal repeated keyword");
  EXPECT_EQ(refusal_of("port=65536\n"), "main:1: port: '65536' is too large");
  EXPECT_EQ(refusal_of("log-facility=foo\n"), "main:1: log-facility: bad log facility 'foo'");
  EXPECT_EQ(refusal_of("dhcp-host=a,10.0.0.5\n\ndhcp-host=b,10.0.0.5\n"),
            "main:3: dhcp-host: duplicate dhcp-host IP address 10.0.0.5");
}

TEST(Configuration, RefusesWithTheFileThatWasIncluded) {
  EXPECT_EQ(refusal_of({{"main", "\nconf-file=more\n"}, {"more", "\n\nfoo\n"}}),
            "more:3: unknown option 'foo'");
  EXPECT_EQ(refusal_of("\nconf-file=none\n"), "main:2: cannot read none");
  EXPECT_EQ(refusal_of(Texts{}), "main: cannot read main");
}

TEST(Configuration, TellsUnreadableFilesFromBadOnes) {
  EXPECT_EQ(read({{"main", "conf-file=none\n"}}).error().fault, Fault::not_found);
  EXPECT_EQ(read({{"main", "foo\n"}}).error().fault, Fault::invalid);
}

TEST(Configuration, ReadsEachFileOnce) {
  const auto configuration =
      read({{"main", "server=10.0.0.1\nconf-file=main\nconf-file=more\nconf-file=more\n"},
            {"more", "server=10.0.0.2\nconf-file=main\n"}})
          .value();
  EXPECT_EQ(configuration.servers.size(), 2U);
}

TEST(Configuration, ReadsADirectoryInOrderWithoutLeftovers) {
  const Texts directory{{"d/b.conf", "domain=b.example\n"},
                        {"d/a.conf", "domain=a.example\n"},
                        {"d/c.bad", "foo\n"},
                        {"d/.x", "foo\n"},
                        {"d/x~", "foo\n"},
                        {"d/#x#", "foo\n"}};
  for (const auto* line : {"conf-dir=d,*.conf\n", "conf-dir=d/,.bad\n"}) {
    Texts texts = directory;
    texts["main"] = line;
    const auto configuration = read(texts).value();
    ASSERT_EQ(configuration.domains.size(), 2U) << line;
    EXPECT_EQ(configuration.domains[0].name, "a.example");
    EXPECT_EQ(configuration.domains[1].name, "b.example");
  }
  Texts texts = directory;
  texts["main"] = "conf-dir=d\n";
  EXPECT_EQ(refusal_of(texts), "d/c.bad:1: unknown option 'foo'");
}

TEST(Configuration, ReadsHostsAndOptionsOfFiles) {
  const auto configuration =
      read({{"main", "dhcp-hostsfile=hosts\ndhcp-optsfile=options\naddn-hosts=names\n"},
            {"hosts", "02:00:0a:01:01:14,set:10_1_1_20,10.1.1.20,multi1,infinite\n"},
            {"options", "10_1_1_20,3\n\n10_1_1_20,6\n"},
            {"names", "# all\n10.1.1.1 data-server\n"}})
          .value();
  EXPECT_EQ(configuration.dhcp_hosts.at(0).name, "multi1");
  EXPECT_EQ(to_string(configuration.dhcp_hosts.at(0).source), "hosts:1");
  ASSERT_EQ(configuration.dhcp_options.size(), 2U);
  EXPECT_EQ(to_string(configuration.dhcp_options[1].source), "options:3");
  EXPECT_EQ(configuration.hosts.at(0).names.at(0), "data-server");
  EXPECT_THAT(configuration.notices, IsEmpty());
}

TEST(Configuration, LeavesOutWhatIsWrongInFilesOfHosts) {
  const auto configuration =
      read({{"main", "dhcp-host=a,10.0.0.5\ndhcp-hostsfile=hosts\naddn-hosts=none\n"},
            {"hosts", "b,10.0.0.5\n\n-c\nd,\"\ne,10.0.0.6\n"}})
          .value();
  ASSERT_EQ(configuration.dhcp_hosts.size(), 2U);
  EXPECT_EQ(configuration.dhcp_hosts[1].name, "e");
  EXPECT_THAT(
      notices_of(configuration),
      ElementsAre("hosts:1: duplicate dhcp-host IP address 10.0.0.5", "hosts:3: bad host name '-c'",
                  "hosts:4: missing \"", "main:3: cannot read none"));
}

TEST(Configuration, ReadsAFileOfHostsOnce) {
  const auto configuration =
      read({{"main", "dhcp-hostsfile=hosts\ndhcp-hostsfile=hosts\n"}, {"hosts", "a,10.0.0.5\n"}})
          .value();
  EXPECT_EQ(configuration.dhcp_hosts.size(), 1U);
  EXPECT_THAT(configuration.notices, IsEmpty());
}

TEST(Configuration, SaysWhatHasNoEffect) {
  const auto configuration =
      read({{"main", "leasefile-ro\nenable-tftp\nlog-facility=/var/log/x\ndomain=\n"}}).value();
  EXPECT_THAT(notices_of(configuration),
              ElementsAre("main:1: no effect: leases are kept by viaduct-guestd",
                          "main:2: no effect: there is no TFTP server",
                          "main:3: no effect: the journal keeps the log",
                          "main:4: domain: no effect without a value"));
  EXPECT_THAT(configuration.domains, IsEmpty());
}

TEST(Configuration, HasLimits) {
  Texts deep;
  for (unsigned i = 0; i <= deepest_inclusion; ++i) {
    deep[i == 0 ? "main" : std::to_string(i)] = "conf-file=" + std::to_string(i + 1) + "\n";
  }
  EXPECT_EQ(refusal_of(deep), "31:1: files include each other too deeply");
  std::string text;
  for (std::size_t i = 0; i <= most_lines; ++i) text += "bogus-priv\n";
  EXPECT_EQ(refusal_of(text), "main:200001: more than 200000 lines");
}

TEST(Disk, HoldsFilesAndDirectories) {
  const std::filesystem::path directory =
      testing::TempDir() + "dnsmasq-" + std::to_string(getpid());
  std::filesystem::create_directories(directory / "more/inner");
  std::ofstream{directory / "main"} << "conf-dir=" << (directory / "more").string() << "\n";
  std::ofstream{directory / "more/b"} << "port=0\n";
  std::ofstream{directory / "large"} << std::string(largest_file + 1, '\n');
  DiskFiles files;

  const auto configuration = read_configuration(directory / "main", files);
  ASSERT_TRUE(configuration) << configuration.error().why;
  EXPECT_EQ(configuration->port, 0U);
  EXPECT_EQ(read_configuration(directory / "large", files).error().fault, Fault::too_large);
  EXPECT_EQ(read_configuration(directory, files).error().fault, Fault::not_found);
  EXPECT_EQ(files.identity(directory / "more/../main"), files.identity(directory / "main"));
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace viaduct::dnsmasq
