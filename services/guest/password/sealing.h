#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "services/guest/password/secret.h"

namespace viaduct::password {

// Encrypts what is to outlive the process (AES-256-GCM, NIST SP 800-38D). A sealed text is "VSEA",
// a byte of version, a random nonce of 12 bytes, the ciphertext and a tag of 16 bytes.
class SealingKey {
 public:
  static constexpr std::size_t size = 32;  // bytes

  // From a file of exactly `size` bytes that nobody but us may read: a regular one of ours, of mode
  // 0600 or 0400. Fault::unauthorized otherwise, Fault::malformed for another size.
  static Result<SealingKey> load(const std::string& path);
  // REQUIRES: bytes.size() is `size`.
  explicit SealingKey(SecretBytes bytes) : bytes_(std::move(bytes)) {}

  // Fault::failed if there are no random numbers.
  [[nodiscard]] Result<std::string> seal(std::string_view text) const;
  // Fault::malformed for what is cut off or of another version, Fault::unauthorized for what was
  // sealed with another key or changed since.
  [[nodiscard]] Result<SecretBytes> open(std::string_view sealed) const;

 private:
  SecretBytes bytes_;
};

}  // namespace viaduct::password
