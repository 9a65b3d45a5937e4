#include "services/guest/metadata/tokens.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <charconv>
#include <cstdlib>

namespace viaduct::metadata {
namespace {

constexpr std::size_t digits_of_end = 16;
constexpr int base = 16;

std::string hex(std::uint64_t number, std::size_t digits) {
  constexpr std::string_view alphabet = "0123456789abcdef";
  std::string text(digits, '0');
  for (std::size_t i = digits; i-- > 0; number >>= 4) text[i] = alphabet[number & 0xf];
  return text;
}

std::uint64_t milliseconds(web::Time time) {
  using std::chrono::duration_cast;
  const auto since = duration_cast<std::chrono::milliseconds>(time.time_since_epoch());
  return static_cast<std::uint64_t>(since.count());
}

}  // namespace

TokenMint::TokenMint() : key_{} {
  // Without a key, tokens could be forged.
  if (RAND_bytes(key_.data(), static_cast<int>(key_.size())) != 1) std::abort();
}

TokenMint::~TokenMint() {
  OPENSSL_cleanse(key_.data(), key_.size());
}

std::string TokenMint::token_for(const web::Peer& peer, std::uint64_t end) const {
  std::string token = hex(end, digits_of_end);
  const std::string text = token + to_string(peer.address) + " " + peer.network;
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> code{};
  unsigned size = 0;
  if (HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()),
           reinterpret_cast<const std::uint8_t*>(text.data()), text.size(), code.data(),
           &size) == nullptr) {
    std::abort();
  }
  for (std::size_t i = 0; i < size; ++i) token += hex(code[i], 2);
  return token;
}

std::string TokenMint::issue(const web::Peer& to, std::chrono::seconds lifetime,
                             web::Time now) const {
  return token_for(to, milliseconds(now + lifetime));
}

bool TokenMint::accepts(std::string_view token, const web::Peer& from, web::Time now) const {
  if (token.size() < digits_of_end) return false;
  std::uint64_t end = 0;
  const char* const last = token.data() + digits_of_end;
  const auto [stop, problem] = std::from_chars(token.data(), last, end, base);
  if (problem != std::errc{} || stop != last || milliseconds(now) >= end) return false;
  const std::string right = token_for(from, end);
  return right.size() == token.size() &&
         CRYPTO_memcmp(right.data(), token.data(), right.size()) == 0;
}

}  // namespace viaduct::metadata
