#include "controlplane/cloudstack_entry/session.h"

#include "controlplane/cloudstack_entry/entry_points.h"
#include "controlplane/cloudstack_entry/test_support.h"
#include "controlplane/cloudstack_entry/transfer.h"

namespace viaduct::cloudstack_entry {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

TEST_F(EntryPoints, AreRunByTheirPaths) {
  EXPECT_EQ(ssh("/opt/cloud/bin/checkrouter.sh"), 0);
  EXPECT_EQ(out.str(), "Status: FAULT\n");
  EXPECT_EQ(ssh("/opt/cloud/bin/netusage.sh -x"), 1);
}

TEST_F(EntryPoints, AreAllThatASessionRuns) {
  for (const char* other : {"/bin/sh", "sh", "checkrouter.sh", "/opt/cloud/bin/../../../bin/sh",
                            "/opt/cloud/bin/no_such.sh", "/opt/cloud/bin/", "sftp-server"}) {
    EXPECT_EQ(ssh(other), no_such_entry) << other;
    EXPECT_EQ(err.str(), std::string{other} + ": is no entry point of this appliance\n");
  }
  EXPECT_EQ(ssh(""), not_understood);
  EXPECT_THAT(err.str(), StartsWith("this account runs the entry points"));
}

TEST_F(EntryPoints, AreNotRunByALineThatOnlyAShellWouldUnderstand) {
  EXPECT_EQ(ssh("/opt/cloud/bin/checkrouter.sh; rm -rf /"), not_understood);
  EXPECT_EQ(ssh("/opt/cloud/bin/checkrouter.sh $(id)"), not_understood);
  EXPECT_EQ(ssh("/opt/cloud/bin/checkrouter.sh\nreboot"), not_understood);

  EXPECT_EQ(out.str(), "");
  EXPECT_THAT(content("/var/log/cloud.log"), HasSubstr("a session was refused"));
}

TEST_F(EntryPoints, AreRunByTheProgramToo) {
  EXPECT_EQ(run_program({"viaduct-cloudstack", "run", "checkrouter.sh"}, ""), 0);
  EXPECT_EQ(out.str(), "Status: FAULT\n");
  EXPECT_EQ(run_program({"viaduct-cloudstack", "run", "checkbatchs2svpn.sh", "--x"}, ""), 0);
  EXPECT_THAT(out.str(), StartsWith("--x:11:"));
  EXPECT_EQ(run_program({"viaduct-cloudstack", "run", "sh"}, ""), not_understood);
  EXPECT_EQ(run_program({"viaduct-cloudstack"}, ""), not_understood);
  EXPECT_EQ(run_program({"viaduct-cloudstack", "--help"}, ""), 0);
  EXPECT_THAT(out.str(), HasSubstr("update_config.py"));
}

TEST_F(EntryPoints, HaveLinksByWhichTheyAreCalled) {
  const std::string links = root + "/opt/cloud/bin";
  EXPECT_EQ(run_program({"viaduct-cloudstack", "link", links}, ""), 0);
  EXPECT_EQ(run_program({"viaduct-cloudstack", "link", links}, ""), 0);

  for (const auto& entry : entry_points()) {
    EXPECT_TRUE(std::filesystem::is_symlink(links + "/" + std::string{entry.name}));
  }
}

TEST(Scp, IsTakenForItsRemoteEndOnly) {
  EXPECT_TRUE(is_scp_end({"scp", "-t", "/var/cache/cloud/"}));
  EXPECT_TRUE(is_scp_end({"scp", "-v", "-d", "-t", "--", "/var/cache/cloud/"}));
  EXPECT_TRUE(is_scp_end({"scp", "-p", "-f", "/root/diagnostics_files_1.zip"}));
  EXPECT_FALSE(is_scp_end({"scp", "/etc/passwd", "host:/tmp"}));
  EXPECT_FALSE(is_scp_end({"scp", "-S", "/bin/sh", "-t", "x"}));
  EXPECT_FALSE(is_scp_end({"scp", "-oProxyCommand=sh", "-t", "x"}));
  EXPECT_FALSE(is_scp_end({"scp", "-t", "-v"}));
  EXPECT_FALSE(is_scp_end({"scp", "-t"}));
  EXPECT_FALSE(is_scp_end({"scp"}));
}

}  // namespace
}  // namespace viaduct::cloudstack_entry
