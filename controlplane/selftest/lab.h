#pragma once

#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "controlplane/kernel/netns.h"
#include "controlplane/selftest/side.h"

namespace viaduct::selftest {

// Who is who. The router under test stands between two cables:
//
//   guests 10.1.1.10 ... .30 --- guest0 [router] public0 --- 203.0.113.1 --- servers 198.51.100.x
//
// We play the guests and the servers. Two hosts are real, for programs: `program_guest` among the
// guests, and `program_servers` on the public network.
namespace plan {
Address guest(unsigned number);   // 0 to 20
Address server(unsigned number);  // 0 to 9
extern const Address router_inside;
extern const std::array<Address, 2> router_outside;  // its public addresses
extern const Address upstream;                       // the router's next hop
extern const Address program_guest;
extern const std::array<Address, 2> program_servers;
constexpr std::string_view inside_interface = "guest0";
constexpr std::string_view outside_interface = "public0";
}  // namespace plan

// Three namespaces, of the guests, of the router and of the internet, with a cable on both sides
// of the router. All are gone with this object.
class Lab {
 public:
  static Result<Lab> make(std::string_view purpose);
  Lab(Lab&& other) noexcept : prefix_(std::exchange(other.prefix_, {})) {}
  Lab& operator=(Lab&&) = delete;
  ~Lab();

  [[nodiscard]] std::string name(std::string_view part) const {
    return prefix_ + std::string{part};
  }
  [[nodiscard]] std::string guests() const { return name("guests"); }
  [[nodiscard]] std::string router() const { return name("router"); }
  [[nodiscard]] std::string internet() const { return name("internet"); }

  [[nodiscard]] Result<Side> guests_side() const;
  [[nodiscard]] Result<Side> internet_side() const;

 private:
  explicit Lab(std::string prefix) : prefix_(std::move(prefix)) {}
  [[nodiscard]] Result<void> build() const;
  std::string prefix_;
};

}  // namespace viaduct::selftest
