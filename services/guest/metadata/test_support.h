#pragma once

#include <string>
#include <string_view>

#include "services/guest/metadata/server.h"
#include "services/guest/web/test_support.h"

// A server with guests of two networks that have the same addresses.
namespace viaduct::metadata::test {

using web::test::address;

inline const Mac web1_mac{{2, 0, 0, 0, 0, 0x11}};

inline Guest web1() {
  Guest guest{"guest0", address("10.1.1.11"), web1_mac, UserData{"#cloud-config\n"}, {}};
  guest.items.all = {{"local-ipv4", "10.1.1.11"}, {"public-keys", ""}, {"Owner", "a b"}};
  return guest;
}

struct World {
  explicit World(Tokens tokens = Tokens::optional) {
    Settings settings;
    settings.tokens = tokens;
    settings.token_hop_limit = 2;
    server.set_network("red/guest0", settings);
    server.set_network("blue/guest0", settings);
    (void)server.set_guest("red/guest0", "web1", web1());
    (void)server.set_guest("red/guest0", "bare", Guest{"guest0", address("10.1.1.12"), {}, {}, {}});
  }
  [[nodiscard]] web::Connection connect() { return server.accept(peer, web::test::start).value(); }
  // The answer to one request by `peer`.
  std::string ask(std::string_view line, std::string_view headers = "") {
    auto connection = connect();
    const std::string request =
        std::string{line} + " HTTP/1.1\r\nHost: 10.1.1.1\r\n" + std::string{headers} + "\r\n";
    return web::test::converse(connection, request, request.size(), now);
  }
  std::string status(std::string_view line, std::string_view headers = "") {
    return ask(line, headers).substr(9, 3);
  }
  std::string body(std::string_view line, std::string_view headers = "") {
    return web::test::body_of(ask(line, headers));
  }

  Server server;
  web::Peer peer{"red/guest0", address("10.1.1.11"), web1_mac};
  web::Time now = web::test::start;
};

}  // namespace viaduct::metadata::test
