#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

#include "api/resource.h"
#include "services/guest/password/secret.h"

// Which guests are told a password, and in which networks.
namespace viaduct::password {

struct Settings {
  api::Ranged<std::uint16_t, 1, 1024> connections_per_guest = 8;

  static constexpr std::string_view collection = "password_networks";
  static constexpr std::string_view summary =
      "A network whose guests are told their passwords. Its id is that of the network's interface.";
  static constexpr std::tuple fields{
      api::Field{"connections_per_guest", &Settings::connections_per_guest,
                 "how many connections one guest may have at a time", api::Presence::optional},
  };
  friend bool operator==(const Settings&, const Settings&) = default;
};

struct Password {
  std::string interface;
  Address address;
  std::optional<Mac> mac;
  Secret password;

  static constexpr std::string_view collection = "passwords";
  static constexpr std::string_view summary =
      "The password that a guest is told until it says that it has it. It is never shown.";
  static constexpr auto secret = &Password::password;
  static constexpr std::tuple fields{
      api::Field{"interface", &Password::interface, "id of the guest interface"},
      api::Field{"address", &Password::address, "the guest's address there"},
      api::Field{"mac", &Password::mac,
                 "its Ethernet address; who has the address with another one is told nothing",
                 api::Presence::optional},
      api::Field{"password", &Password::password,
                 "its password, 1 to 255 bytes; null for the one that was set before, if there is "
                 "still one",
                 api::Presence::optional},
  };
  [[nodiscard]] Result<void> check() const;
  friend bool operator==(const Password&, const Password&) = default;
};

}  // namespace viaduct::password

VIADUCT_DECLARE_RESOURCE(viaduct::password::Settings);
VIADUCT_DECLARE_RESOURCE(viaduct::password::Password);
