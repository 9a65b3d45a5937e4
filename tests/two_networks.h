#pragma once

#include "dataplane/document.h"

// What micro-benchmarks begin with.
namespace viaduct {

// A router "red" with a public (198.18.0.0/16) and a guest network (10.1.0.0/16).
inline Document two_networks() {
  Document document;
  document.ports["wan"] = {.device = "net_ring0", .network_namespace = ""};
  auto& interfaces = document.routers["red"].of<interface::Interface>();
  interfaces["public0"] = {.role = interface::Role::external,
                           .port = "wan",
                           .addresses = {parse_interface_address("198.18.0.1/16").value()}};
  interfaces["guest0"] = {.role = interface::Role::guest,
                          .port = "wan",
                          .vlan = 1,
                          .addresses = {parse_interface_address("10.1.0.1/16").value()}};
  return document;
}

}  // namespace viaduct
