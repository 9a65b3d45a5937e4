#include "controlplane/cloudstack_entry/test_support.h"

namespace viaduct::cloudstack_entry {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

const std::string conf = "/usr/local/cloud/systemvm/conf/";

// A certificate as one word, the way it is sent.
std::string folded(std::string pem) {
  std::ranges::replace(pem, '\n', '^');
  std::ranges::replace(pem, ' ', '~');
  return pem;
}

class Certificates : public EntryPoints {
 protected:
  Certificates() {
    api.answers["/v1/config"] = Json::parse(R"({"routers": {"vr": {"interfaces": {
        "eth0": {"addresses": ["10.1.1.1/24"]}, "eth2": {"addresses": ["203.0.113.10/24"]}}}}})");
    openssl({"req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=the cloud", "-keyout",
             at("ca.key"), "-out", at("ca.crt")});
  }

  [[nodiscard]] std::string at(const std::string& name) const { return directory.file(name); }
  static std::string openssl(Arguments words) {
    words.insert(words.begin(), "openssl");
    const auto done = run_and_listen(words, std::chrono::seconds{30});
    EXPECT_TRUE(done && done->status == 0) << (done ? done->err : done.error().why);
    return done ? done->out : "";
  }

  int set_up() {
    return run({"keystore-setup", conf + "agent.properties", conf + "cloud.jks", "open sesame",
                "365", conf + "cloud.csr"});
  }
  // What the cloud's authority makes of the request.
  [[nodiscard]] std::string signed_certificate() const {
    return openssl({"x509", "-req", "-in", root + conf + "cloud.csr", "-CA", at("ca.crt"), "-CAkey",
                    at("ca.key"), "-CAcreateserial", "-days", "1"});
  }
  [[nodiscard]] std::string authority() const { return read_whole(at("ca.crt")).value(); }
  int import(const std::string& certificate, const std::string& key = "",
             const Arguments& before = {conf + "cloud.jks", "ssh"}) {
    std::vector<std::string> words{"keystore-cert-import", conf + "agent.properties"};
    words.insert(words.end(), before.begin(), before.end());
    words.insert(words.end(), {conf + "cloud.crt", folded(certificate), conf + "cloud.ca.crt",
                               folded(authority()), conf + "cloud.key", folded(key)});
    return run(words);
  }
};

TEST_F(Certificates, AreAskedForWithTheAddressesOfTheRouter) {
  ASSERT_EQ(set_up(), 0) << err.str();

  EXPECT_THAT(out.str(), AllOf(StartsWith("-----BEGIN CERTIFICATE REQUEST-----\n"),
                               EndsWith("-----END CERTIFICATE REQUEST-----\n")));
  EXPECT_EQ(out.str(), content(conf + "cloud.csr"));
  const std::string told =
      openssl({"req", "-in", root + conf + "cloud.csr", "-noout", "-verify", "-text"});
  EXPECT_THAT(told, AllOf(HasSubstr("OU = cloudstack, O = cloudstack, C = cloudstack"),
                          HasSubstr("IP Address:10.1.1.1"), HasSubstr("IP Address:203.0.113.10"),
                          Not(HasSubstr("127.0.0.1"))));
}

TEST_F(Certificates, KeepThePassPhraseThatIsThere) {
  write(conf + "agent.properties", "host=10.0.0.1");
  ASSERT_EQ(set_up(), 0);
  EXPECT_EQ(content(conf + "agent.properties"), "host=10.0.0.1\nkeystore.passphrase=open sesame\n");
  write(conf + "agent.properties", "keystore.passphrase=older\n");
  ASSERT_EQ(set_up(), 0);

  EXPECT_EQ(content(conf + "agent.properties"), "keystore.passphrase=older\n");
}

TEST_F(Certificates, AreInstalledWithTheKeyOfTheRequest) {
  ASSERT_EQ(set_up(), 0);
  const std::string certificate = signed_certificate();
  ASSERT_EQ(import(certificate), 0) << err.str();

  EXPECT_EQ(out.str(), "");
  EXPECT_EQ(content(conf + "cloud.crt"), certificate);
  EXPECT_EQ(content(conf + "cloud.ca.crt"), authority());
  EXPECT_EQ(content("/usr/local/share/ca-certificates/cloudstack/ca.crt"), authority());
  for (const char* name : {"cloud.key", "cloud.crt", "cloud.ca.crt"}) {
    EXPECT_EQ(std::filesystem::status(root + conf + name).permissions(),
              std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  }
  EXPECT_FALSE(exists(conf + "cloud.key.requested"));
  EXPECT_EQ(import(certificate), 0) << "again: " << err.str();
}

TEST_F(Certificates, MayBringTheirKeyAndThePassPhraseInFront) {
  const std::string key = read_whole(at("ca.key")).value();
  EXPECT_EQ(import(authority(), key, {"open sesame", conf + "cloud.jks", "agent"}), 0) << err.str();

  EXPECT_EQ(content(conf + "cloud.key"), key);
}

TEST_F(Certificates, InUseStayUntilTheNextOnesAreThere) {
  ASSERT_EQ(set_up(), 0);
  ASSERT_EQ(import(signed_certificate()), 0);
  const std::string key = content(conf + "cloud.key");
  ASSERT_EQ(set_up(), 0);
  EXPECT_EQ(content(conf + "cloud.key"), key);
  ASSERT_EQ(import(signed_certificate()), 0);

  EXPECT_NE(content(conf + "cloud.key"), key);
}

TEST_F(Certificates, OfAnotherKeyAreRefused) {
  EXPECT_EQ(import(authority()), 1);
  EXPECT_THAT(err.str(), HasSubstr("has no key: there was no keystore-setup"));
  ASSERT_EQ(set_up(), 0);
  EXPECT_EQ(import(authority()), 1);
  EXPECT_THAT(err.str(), HasSubstr("is of another key"));

  EXPECT_FALSE(exists(conf + "cloud.crt"));
}

TEST_F(Certificates, ThatCannotBeReadChangeNothing) {
  ASSERT_EQ(set_up(), 0);
  const std::string certificate = signed_certificate();
  ASSERT_EQ(import(certificate), 0);
  for (const std::string& bad : {std::string{"fnord"}, std::string{}, certificate.substr(0, 300),
                                 certificate + certificate.substr(0, 300)}) {
    EXPECT_EQ(import(bad), 1) << bad;
    EXPECT_THAT(err.str(), HasSubstr("cloud.crt: is not certificates in PEM"));
  }
  EXPECT_EQ(import(certificate, "fnord"), 1);
  EXPECT_THAT(err.str(), HasSubstr("cloud.key: is no unencrypted private key in PEM"));

  EXPECT_EQ(content(conf + "cloud.crt"), certificate);
}

TEST_F(Certificates, AreInTheFilesOfTheProtocol) {
  EXPECT_EQ(run({"keystore-setup", conf + "agent.properties", conf + "cloud.jks", "secret", "365",
                 conf + "../../../../../etc/shadow"}),
            1);
  EXPECT_THAT(err.str(), HasSubstr("is not " + conf + "cloud.csr"));
  EXPECT_EQ(run({"keystore-setup", "/etc/passwd", conf + "cloud.jks", "secret", "365",
                 conf + "cloud.csr"}),
            1);

  EXPECT_EQ(run({"keystore-setup", conf + "agent.properties", conf + "cloud.jks", "secret", "365",
                 conf + "cloud.key"}),
            1);

  EXPECT_EQ(out.str(), "");
  EXPECT_FALSE(exists(conf + "cloud.csr"));
}

TEST_F(Certificates, TellHowTheyAreCalledAndNoSecret) {
  EXPECT_EQ(run({"keystore-setup"}), 1);
  EXPECT_EQ(run({"keystore-setup", conf + "agent.properties", conf + "cloud.jks", "secret", "soon",
                 conf + "cloud.csr"}),
            1);
  EXPECT_EQ(run({"keystore-cert-import", conf + "agent.properties", conf + "cloud.jks", "shh",
                 "secret", "secret", "secret", "secret", "secret", "secret"}),
            1);

  EXPECT_THAT(err.str(), StartsWith("usage: keystore-cert-import"));
  EXPECT_THAT(content("/var/log/cloud.log"), Not(HasSubstr("secret")));
}

}  // namespace
}  // namespace viaduct::cloudstack_entry
