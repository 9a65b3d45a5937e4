#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace viaduct::cloudstack_entry {

// Text in PEM (RFC 7468); the key in PKCS #8, unencrypted.
struct KeyAndRequest {
  std::string key;
  std::string request;
};

// A new RSA key of 2048 bits and a request (PKCS #10, RFC 2986) for a certificate of `host`, with
// `addresses` as its alternative names.
Result<KeyAndRequest> request_certificate(const std::string& host,
                                          const std::vector<std::string>& addresses);

// Whether `certificates` begins with the certificate of `key`; Fault::malformed for what cannot be
// read.
Result<bool> is_pair(const std::string& key, const std::string& certificates);

// Fault::malformed unless `text` is certificates, one at least.
Result<void> check_certificates(const std::string& text);

}  // namespace viaduct::cloudstack_entry
