#include "services/guest/password/state.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

namespace viaduct::password {
namespace {

constexpr std::size_t length_size = 2;
constexpr std::size_t address_size = 16;

void write_text(SecretBytes& to, std::string_view text) {
  to.push_back(static_cast<char>(text.size() >> 8));
  to.push_back(static_cast<char>(text.size()));
  to.insert(to.end(), text.begin(), text.end());
}

// Takes so many bytes off `rest`; none if there are fewer.
std::optional<std::string_view> take(std::string_view& rest, std::size_t size) {
  if (rest.size() < size) return std::nullopt;
  const std::string_view taken = rest.substr(0, size);
  rest.remove_prefix(size);
  return taken;
}

std::optional<std::string_view> take_text(std::string_view& rest) {
  const auto length = take(rest, length_size);
  if (!length) return std::nullopt;
  const auto high = static_cast<std::uint8_t>((*length)[0]);
  const auto low = static_cast<std::uint8_t>((*length)[1]);
  return take(rest, std::size_t{high} << 8 | low);
}

void write_mac(SecretBytes& to, const std::optional<Mac>& mac) {
  const auto bytes = mac.value_or(Mac{}).bytes;
  const std::string text{bytes.begin(), bytes.end()};
  write_text(to, mac ? text : std::string_view{});
}

std::optional<Mac> mac_of(std::string_view bytes) {
  if (bytes.empty()) return std::nullopt;
  Mac mac;
  std::ranges::copy(bytes, mac.bytes.begin());
  return mac;
}

std::optional<Pending> take_pending(std::string_view& rest) {
  const auto network = take_text(rest);
  const auto id = take_text(rest);
  const auto address = take(rest, address_size);
  const auto mac = take_text(rest);
  const auto password = take_text(rest);
  if (!network || !id || !address || !mac || !password) return std::nullopt;
  if (!mac->empty() && mac->size() != Mac{}.bytes.size()) return std::nullopt;
  if (password->empty() || password->size() > Secret::longest) return std::nullopt;
  std::array<std::uint8_t, address_size> octets{};
  std::ranges::copy(*address, octets.begin());
  return Pending{std::string{*network}, std::string{*id}, Address::v6(octets), mac_of(*mac),
                 Secret{*password}};
}

}  // namespace

SecretBytes write_pending(std::span<const Pending> all) {
  SecretBytes bytes;
  for (const Pending& pending : all) {
    write_text(bytes, pending.network);
    write_text(bytes, pending.id);
    const auto address = pending.address.bytes();
    bytes.insert(bytes.end(), address.begin(), address.end());
    write_mac(bytes, pending.mac);
    write_text(bytes, pending.password.text());
  }
  return bytes;
}

Result<std::vector<Pending>> read_pending(std::string_view bytes) {
  std::vector<Pending> all;
  while (!bytes.empty()) {
    auto pending = take_pending(bytes);
    if (!pending) return fail(Fault::malformed, "", "not a list of passwords");
    all.push_back(*std::move(pending));
  }
  return all;
}

}  // namespace viaduct::password
