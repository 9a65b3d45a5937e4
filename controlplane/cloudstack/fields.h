#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/json.h"
#include "base/net.h"

// Reading what CloudStack writes. A field that is missing is as one that is null; unknown ones mean
// nothing; numbers and truths may be written as text. Errors point to the field.
namespace viaduct::cloudstack {

class Fields {
 public:
  // `object` must outlive it.
  explicit Fields(const api::Json& object) : object_(object) {}

  [[nodiscard]] Result<void> check() const;  // whether it is an object at all
  // nullptr if it is missing or null.
  [[nodiscard]] const api::Json* find(std::string_view name) const;

  [[nodiscard]] Result<std::string> text(std::string_view name) const;  // "" if missing
  [[nodiscard]] Result<std::string> needed_text(std::string_view name) const;
  [[nodiscard]] Result<bool> flag(std::string_view name, bool otherwise = false) const;
  // A whole number. -1 stands for any, as a missing one does.
  [[nodiscard]] Result<std::optional<std::uint64_t>> number(std::string_view name) const;
  [[nodiscard]] Result<std::uint64_t> needed_number(std::string_view name) const;
  [[nodiscard]] Result<std::optional<Address>> address(std::string_view name) const;  // IPv4
  [[nodiscard]] Result<Address> needed_address(std::string_view name) const;          // IPv4
  [[nodiscard]] Result<std::optional<Mac>> mac(std::string_view name) const;
  // An array of texts, or one text with commas; nothing if it is missing.
  [[nodiscard]] Result<std::vector<std::string>> list(std::string_view name) const;
  // A list of blocks of addresses: the IPv4 ones of them.
  [[nodiscard]] Result<std::vector<Prefix>> blocks(std::string_view name) const;

 private:
  const api::Json& object_;
};

// A block of addresses, of which host bits do not matter; a bare address is a block of one.
[[nodiscard]] Result<Prefix> parse_block(std::string_view text);

// How many bits an IPv4 mask has, 8 to 32: "255.255.255.0" or "24".
[[nodiscard]] Result<unsigned> parse_mask(std::string_view text);

// An IPv4 address in the network that it and its mask say.
[[nodiscard]] InterfaceAddress in_network(const Address& address, unsigned length);

// The parts between commas, without blanks around them; empty ones do not count.
[[nodiscard]] std::vector<std::string> split_list(std::string_view text);

// Calls visit(item) for each object of an array of `object`; errors point to the item.
template <class Visit>
Result<void> each_item(const api::Json& object, std::string_view name, Visit visit) {
  const api::Json* const items = Fields{object}.find(name);
  const std::string where = "/" + std::string{name};
  if (items == nullptr || !items->is_array()) {
    return fail(Fault::invalid, where, "expected a list of objects");
  }
  for (std::size_t i = 0; i < items->size(); ++i) {
    const std::string place = where + "/" + std::to_string(i);
    if (!(*items)[i].is_object()) return fail(Fault::invalid, place, "expected an object");
    const Result<void> outcome = visit((*items)[i]);
    if (!outcome) return fail_within(place, outcome.error());
  }
  return {};
}

}  // namespace viaduct::cloudstack
