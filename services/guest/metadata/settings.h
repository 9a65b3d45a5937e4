#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "api/resource.h"
#include "services/guest/metadata/values.h"

// What guests are told about themselves, and in which networks.
namespace viaduct::metadata {

// Whether guests may, or must, show a token that they have asked for before.
enum class Tokens : std::uint8_t { off, optional, required };

struct Settings {
  Tokens tokens = Tokens::optional;
  api::Ranged<std::uint8_t, 1, 64> token_hop_limit = 1;
  api::Ranged<std::uint16_t, 1, 1024> connections_per_guest = 16;

  static constexpr std::string_view collection = "metadata_networks";
  static constexpr std::string_view summary =
      "A network whose guests are served metadata. Its id is that of the network's interface.";
  static constexpr std::tuple fields{
      api::Field{"tokens", &Settings::tokens,
                 "whether guests may, or must, show a token, which they ask for by a PUT of "
                 "/latest/api/token; with off, there are none",
                 api::Presence::optional},
      api::Field{"token_hop_limit", &Settings::token_hop_limit,
                 "how many hops a token may travel to the guest that asked for it",
                 api::Presence::optional},
      api::Field{"connections_per_guest", &Settings::connections_per_guest,
                 "how many connections one guest may have at a time", api::Presence::optional},
  };
  friend bool operator==(const Settings&, const Settings&) = default;
};

struct Guest {
  std::string interface;
  Address address;
  std::optional<Mac> mac;
  std::optional<UserData> user_data;
  Items items;

  static constexpr std::string_view collection = "metadata_guests";
  static constexpr std::string_view summary = "What one guest is told about itself.";
  static constexpr std::tuple fields{
      api::Field{"interface", &Guest::interface, "id of the guest interface"},
      api::Field{"address", &Guest::address, "its address there, by which it is known"},
      api::Field{"mac", &Guest::mac,
                 "its Ethernet address; who has the address with another one is told nothing",
                 api::Presence::optional},
      api::Field{"user_data", &Guest::user_data,
                 "its user data, in base64; empty is not the same as none",
                 api::Presence::optional},
      api::Field{"items", &Guest::items, "its metadata: an object of names and contents",
                 api::Presence::optional},
  };
  [[nodiscard]] Result<void> check() const;
  friend bool operator==(const Guest&, const Guest&) = default;
};

}  // namespace viaduct::metadata

namespace viaduct {

template <>
struct api::Names<metadata::Tokens> {
  static constexpr std::array table{
      std::pair{metadata::Tokens::off, std::string_view{"off"}},
      std::pair{metadata::Tokens::optional, std::string_view{"optional"}},
      std::pair{metadata::Tokens::required, std::string_view{"required"}}};
};

}  // namespace viaduct

VIADUCT_DECLARE_RESOURCE(viaduct::metadata::Settings);
VIADUCT_DECLARE_RESOURCE(viaduct::metadata::Guest);
