#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "services/guest/web/service.h"

namespace viaduct::metadata {

// Makes tokens, and tells its own from others, without remembering any: a token is the end of its
// life and a code of that, of the network and of the address (HMAC-SHA-256, RFC 2104) under a key
// that nobody else has and that ends with the process.
class TokenMint {
 public:
  TokenMint();
  TokenMint(const TokenMint&) = delete;
  TokenMint& operator=(const TokenMint&) = delete;
  ~TokenMint();

  [[nodiscard]] std::string issue(const web::Peer& to, std::chrono::seconds lifetime,
                                  web::Time now) const;
  // Whether it was issued to this peer, and still lives.
  [[nodiscard]] bool accepts(std::string_view token, const web::Peer& from, web::Time now) const;

 private:
  [[nodiscard]] std::string token_for(const web::Peer& peer, std::uint64_t end) const;

  std::array<std::uint8_t, 32> key_;
};

}  // namespace viaduct::metadata
