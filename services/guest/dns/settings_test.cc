#include "services/guest/dns/settings.h"

#include <gtest/gtest.h>

#include "api/json.h"

namespace viaduct::dns {
namespace {

// What is read of a resource, and written again; or why it is refused, and where.
template <class Resource>
std::string read(std::string_view text) {
  const auto resource = api::read<Resource>(api::parse_json(text).value());
  if (!resource) return resource.error().where + ": " + resource.error().why;
  return api::write(*resource).dump();
}

TEST(Resources, AreReadAsTheyAreWritten) {
  const std::string host =
      R"({"names":["web1","web1.iso1.internal"],"addresses":["10.1.1.11","fd00::11"]})";
  EXPECT_EQ(read<Host>(host), host);
  const std::string alias = R"({"name":"www","target":"web1.iso1.internal"})";
  EXPECT_EQ(read<Alias>(alias), alias);
  const std::string forward =
      R"({"domain":"corp.example","resolvers":["192.0.2.53","[2001:db8::53]:5353"]})";
  EXPECT_EQ(read<Forward>(forward), forward);
  EXPECT_EQ(read<Wildcard>(R"({"domain":"bad.example"})"), R"({"domain":"bad.example"})");
  EXPECT_EQ(read<Settings>(R"({"domain":"iso1.internal","min_ttl":5})"),
            R"({"domain":"iso1.internal","min_ttl":5})");
  EXPECT_EQ(read<Settings>("{}"), "{}");
}

TEST(Resources, AreRefusedWhenTheyMakeNoSense) {
  EXPECT_EQ(read<Host>(R"({"names":[],"addresses":["10.1.1.1"]})"),
            "/names: needs at least one name");
  EXPECT_EQ(read<Host>(R"({"names":["."],"addresses":["10.1.1.1"]})"),
            "/names/0: the root is no host's name");
  EXPECT_EQ(read<Host>(R"({"names":["a"],"addresses":[]})"),
            "/addresses: needs at least one address");
  EXPECT_EQ(read<Alias>(R"({"name":"a","target":"A"})"), "/target: a name is no alias of itself");
  EXPECT_EQ(read<Settings>(R"({"min_ttl":9,"max_ttl":8})"), "/min_ttl: more than max_ttl");
}

TEST(NamesOfTheConfiguration, AreWrittenInOneWay) {
  const auto written = [](std::string_view text) { return to_string(Name::parse(text).value()); };
  EXPECT_EQ(written("Web1.Example.COM."), "web1.example.com");
  EXPECT_EQ(written("."), ".");
  EXPECT_EQ(written("_ldap._tcp.example.com"), "_ldap._tcp.example.com");
}

TEST(NamesOfTheConfiguration, HaveLimits) {
  const std::string label(63, 'a');
  EXPECT_TRUE(Name::parse(label + "." + label + "." + label + "." + label.substr(2)));
  EXPECT_FALSE(Name::parse(label + "." + label + "." + label + "." + label.substr(1)));
  EXPECT_FALSE(Name::parse(label + "a"));
  for (const char* wrong : {"", "..", ".a", "a..b", "a b", "*.example.com", "caf\xc3\xa9"}) {
    EXPECT_FALSE(Name::parse(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace viaduct::dns
