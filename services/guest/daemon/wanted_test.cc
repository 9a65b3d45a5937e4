#include "services/guest/daemon/wanted.h"

#include <gmock/gmock.h>

namespace viaduct::guestd::test {
namespace {

using broker::Kind;
using guest::Service;

std::set<Kind> kinds_of(const guest::Router& router) {
  std::set<Kind> kinds;
  for (const Listener& listener : wanted_listeners(router)) kinds.insert(listener.kind);
  return kinds;
}

class WantedListeners : public testing::Test {
 protected:
  void serve(std::vector<Service> services) {
    guest::Interface interface;
    interface.addresses = {parse_interface_address("10.1.1.1/24").value()};
    interface.services = std::move(services);
    router_.of<guest::Interface>().insert_or_assign("guest0", std::move(interface));
  }
  guest::Router router_;
};

TEST_F(WantedListeners, AreThoseOfServicesThatAreConfigured) {
  serve({Service::dhcp, Service::dns, Service::metadata, Service::password});
  EXPECT_THAT(kinds_of(router_), testing::IsEmpty());

  dhcp::Subnet subnet;
  subnet.interface = "guest0";
  router_.of<dhcp::Subnet>().insert_or_assign("lan", subnet);
  EXPECT_THAT(kinds_of(router_), testing::ElementsAre(Kind::dhcp));

  router_.of<dns::Settings>()["dns"];
  router_.of<password::Settings>()["guest0"];
  EXPECT_THAT(kinds_of(router_),
              testing::ElementsAre(Kind::dhcp, Kind::dns, Kind::dns_stream, Kind::password));
}

TEST_F(WantedListeners, AreThoseThatGuestsReach) {
  router_.of<dns::Settings>()["dns"];
  router_.of<metadata::Settings>()["guest0"];
  serve({Service::metadata});
  EXPECT_THAT(kinds_of(router_), testing::ElementsAre(Kind::metadata));
}

TEST_F(WantedListeners, AreForMetadataAtTheAddressOfAllCloudsToo) {
  router_.of<metadata::Settings>()["guest0"];
  serve({Service::metadata});
  const Listener own{"guest0", Kind::metadata, parse_address("10.1.1.1").value()};
  const Listener common{"guest0", Kind::metadata, parse_address("169.254.169.254").value()};
  EXPECT_THAT(wanted_listeners(router_), testing::UnorderedElementsAre(own, common));
}

TEST_F(WantedListeners, AreForMetadataByTlsWithACertificate) {
  router_.of<metadata::Settings>()["guest0"];
  serve({Service::metadata});
  const auto wanted = wanted_listeners(router_, true);
  EXPECT_EQ(wanted.size(), 4U);
  EXPECT_TRUE(
      wanted.contains({"guest0", Kind::metadata_tls, parse_address("169.254.169.254").value()}));
}

}  // namespace
}  // namespace viaduct::guestd::test
