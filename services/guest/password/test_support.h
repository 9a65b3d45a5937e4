#pragma once

#include <string>
#include <string_view>

#include "services/guest/password/server.h"
#include "services/guest/web/test_support.h"

// A server with a guest that has a password, and one that has none.
namespace viaduct::password::test {

using web::test::address;

inline const Mac web1_mac{{2, 0, 0, 0, 0, 0x11}};
inline const Mac other_mac{{2, 0, 0, 0, 0, 0x99}};
inline constexpr std::string_view get_password = "DomU_Request: send_my_password\r\n";
inline constexpr std::string_view acknowledge = "DomU_Request: saved_password\r\n";

inline SealingKey key(char filling = 'k') {
  return SealingKey{SecretBytes(SealingKey::size, filling)};
}

struct World {
  explicit World(std::string_view password = "t4Wq9ZxK") {
    server.set_network("red/guest0", {});
    (void)server.set_password("red/guest0", "web1", web1(password));
    (void)server.set_password("red/guest0", "web2", {"guest0", address("10.1.1.12"), {}, {}});
  }
  static Password web1(std::string_view password) {
    return {"guest0", address("10.1.1.11"), web1_mac, Secret{password}};
  }
  // The answer to one request by `peer`.
  std::string ask(std::string_view headers, std::string_view line = "GET /") {
    auto connection = server.accept(peer, web::test::start).value();
    const std::string request =
        std::string{line} + " HTTP/1.1\r\nHost: 10.1.1.1\r\n" + std::string{headers} + "\r\n";
    return web::test::converse(connection, request, request.size(), web::test::start);
  }
  std::string body(std::string_view headers) { return web::test::body_of(ask(headers)); }

  Server server;
  web::Peer peer{"red/guest0", address("10.1.1.11"), web1_mac};
};

}  // namespace viaduct::password::test
