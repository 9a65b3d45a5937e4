#pragma once

#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>

#include "base/result.h"

namespace viaduct::serving {

// The server's side of TLS (1.2 and later) with one certificate.
using Tls = std::shared_ptr<boost::asio::ssl::context>;

// Reads a chain of certificates, the server's own first, and its private key; both are PEM. Nothing
// of the key stays in memory but in what is returned.
Result<Tls> read_certificate(const std::string& chain, const std::string& key);

}  // namespace viaduct::serving
