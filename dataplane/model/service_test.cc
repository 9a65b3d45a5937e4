#include "dataplane/model/service.h"

#include <gtest/gtest.h>

namespace viaduct::punt {
namespace {

TEST(Services, AreListedInTheOrderOfTheirNumbers) {
  for (std::size_t i = 0; i < services.size(); ++i) {
    EXPECT_EQ(static_cast<std::size_t>(services[i].service), i);
    EXPECT_EQ(&facts(services[i].service), &services[i]);
  }
}

TEST(Services, EachAcceptSomethingAndAtMostSoMuchASecond) {
  for (const ServiceFacts& service : services) {
    EXPECT_FALSE(service.ports().empty()) << service.name;
    EXPECT_GT(service.packets_per_second, 0U) << service.name;
    for (const auto& [protocol, ports] : service.ports()) {
      EXPECT_NE(protocol, Protocol{}) << service.name;
      EXPECT_LE(ports.first, ports.last) << service.name;
    }
  }
}

TEST(Services, ShareNoPort) {
  for (const ServiceFacts& one : services) {
    for (const ServiceFacts& other : services) {
      if (one.service == other.service) continue;
      for (const auto& a : one.ports()) {
        for (const auto& b : other.ports()) {
          EXPECT_FALSE(a.protocol == b.protocol && a.ports.overlaps(b.ports))
              << one.name << " and " << other.name;
        }
      }
    }
  }
}

TEST(Services, TravelByName) {
  EXPECT_EQ(*api::Codec<Service>::read("dns"), Service::dns);
  EXPECT_FALSE(api::Codec<Service>::read("telnet"));
}

}  // namespace
}  // namespace viaduct::punt
