#include "controlplane/digest.h"

#include <openssl/evp.h>

#include <array>

namespace viaduct {
namespace {

std::string hexadecimal_digest(std::string_view bytes, const EVP_MD* algorithm) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, algorithm, nullptr) != 1) {
    return "";
  }
  std::string text;
  for (unsigned int i = 0; i < size; ++i) text += {digits[digest[i] >> 4], digits[digest[i] & 15]};
  return text;
}

}  // namespace

std::string sha256(std::string_view bytes) {
  return hexadecimal_digest(bytes, EVP_sha256());
}

std::string sha512(std::string_view bytes) {
  return hexadecimal_digest(bytes, EVP_sha512());
}

}  // namespace viaduct
