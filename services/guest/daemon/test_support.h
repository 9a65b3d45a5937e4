#pragma once

#include <optional>
#include <string>

#include "base/private_directory.h"
#include "services/guest/daemon/control.h"

// guestd without sockets: whatever it would open is not there yet.
namespace viaduct::guestd::test {

class NoSockets final : public broker::Sockets {
 public:
  Result<broker::Opened> open(const broker::Request& request) override {
    return fail(Fault::not_found, request.router, "there is no such thing");
  }
};

struct World {
  World() {
    services = GuestServices::open(loop, sockets,
                                   {.state_directory = directory.file(""),
                                    .namespace_path = directory.file("netns-")})
                   .value();
    control.emplace(*services);
  }

  // Waits for what is stored before it is answered.
  api::Json ask(std::string_view question) {
    std::optional<std::string> answer;
    control->ask(question, [&](const std::string& text) { answer = text; });
    while (!answer) loop.run_one();
    return api::parse_json(*answer, {.bytes = answer->size(), .depth = 64}).value();
  }
  // What is wrong with a question: the fault and where, or "".
  std::string complaint(std::string_view question) {
    const api::Json answer = ask(question);
    if (answer.at("ok").get<bool>()) return "";
    const api::Json& error = answer.at("error");
    return error.at("fault").get<std::string>() + " " + error.at("where").get<std::string>();
  }

  PrivateDirectory directory = PrivateDirectory::make().value();
  boost::asio::io_context loop;
  NoSockets sockets;
  std::unique_ptr<GuestServices> services;
  std::optional<Control> control;
};

// Router red, with guests at guest0 that are served everything.
inline constexpr std::string_view red = R"({"routers":{"red":{
  "interfaces":{"guest0":{"addresses":["10.1.0.1/16"],
                          "services":["dhcp","dns","metadata","password"]}},
  "dhcp_subnets":{"lan":{"interface":"guest0","subnet":"10.1.0.0/16","server":"10.1.0.1"}},
  "dhcp_reservations":{"web1":{"interface":"guest0","mac":"02:00:00:00:00:11",
                               "address":"10.1.0.11"}},
  "dns_settings":{"dns":{"domain":"cs1.example"}},
  "metadata_networks":{"guest0":{}},
  "password_networks":{"guest0":{}},
  "passwords":{"web1":{"interface":"guest0","address":"10.1.0.11","password":null}}}}})";

inline std::string apply_red(std::string_view more = "") {
  return R"({"op":"apply","revision":1,"document":)" + std::string{red} + std::string{more} + "}";
}

}  // namespace viaduct::guestd::test
