#pragma once

#include <openssl/crypto.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "api/codec.h"

namespace viaduct::password {

// Memory that is overwritten before it is given back.
template <class T>
struct CleansingAllocator {
  using value_type = T;  // NOLINT(readability-identifier-naming): the standard's name

  CleansingAllocator() = default;
  template <class Other>
  explicit CleansingAllocator(const CleansingAllocator<Other>& /*other*/) noexcept {}
  [[nodiscard]] T* allocate(std::size_t count) { return std::allocator<T>{}.allocate(count); }
  void deallocate(T* memory, std::size_t count) noexcept {
    OPENSSL_cleanse(memory, count * sizeof(T));
    std::allocator<T>{}.deallocate(memory, count);
  }
  friend bool operator==(const CleansingAllocator&, const CleansingAllocator&) = default;
};

// Unlike a string, a vector has no bytes in itself, so none stay behind where it was.
using SecretBytes = std::vector<char, CleansingAllocator<char>>;

// What is set and never shown: JSON writes it as null, and reads null as a secret that is not told.
struct Secret {
  static constexpr std::size_t longest = 255;  // bytes

  Secret() = default;
  explicit Secret(std::string_view text) : bytes(text.begin(), text.end()) {}
  [[nodiscard]] bool is_told() const noexcept { return !bytes.empty(); }
  [[nodiscard]] std::string_view text() const noexcept { return {bytes.data(), bytes.size()}; }
  friend bool operator==(const Secret& a, const Secret& b) noexcept {
    return a.bytes.size() == b.bytes.size() &&
           CRYPTO_memcmp(a.bytes.data(), b.bytes.data(), a.bytes.size()) == 0;
  }

  SecretBytes bytes;  // none: not told
};

}  // namespace viaduct::password

namespace viaduct::api {

template <>
struct Codec<password::Secret> {
  static Result<password::Secret> read(const Json& json) {
    if (json.is_null()) return password::Secret{};
    // An error must not quote it.
    if (!json.is_string()) return fail(Fault::invalid, "", "expected a string or null");
    const auto& text = json.get_ref<const std::string&>();
    if (text.empty() || text.size() > password::Secret::longest) {
      return fail(Fault::invalid, "",
                  "is not 1 to " + std::to_string(password::Secret::longest) + " bytes");
    }
    return password::Secret{text};
  }
  static Json write(const password::Secret& /*secret*/) { return {}; }
  static Json schema() {
    return {{"type", "string"},
            {"nullable", true},
            {"writeOnly", true},
            {"minLength", 1},
            {"maxLength", password::Secret::longest}};
  }
};

}  // namespace viaduct::api
