#include "services/guest/serving/tls.h"

#include <openssl/crypto.h>

#include "base/durable_file.h"

namespace viaduct::serving {

Result<Tls> read_certificate(const std::string& chain, const std::string& key) {
  namespace asio = boost::asio;
  using asio::ssl::context;
  boost::system::error_code problem;
  const auto tls = std::make_shared<context>(context::tls_server);
  tls->set_options(context::default_workarounds | context::no_sslv2 | context::no_sslv3 |
                       context::no_tlsv1 | context::no_tlsv1_1 | context::no_compression |
                       context::single_dh_use,
                   problem);
  if (problem) return fail(Fault::failed, "", problem.message());
  const std::string certificates = TRY(read_whole(chain));
  tls->use_certificate_chain(asio::buffer(certificates), problem);
  if (problem) return fail(Fault::invalid, chain, "is no certificate: " + problem.message());
  std::string secret = TRY(read_whole(key));
  tls->use_private_key(asio::buffer(secret), context::pem, problem);
  OPENSSL_cleanse(secret.data(), secret.size());
  if (problem) return fail(Fault::invalid, key, "is no key of " + chain + ": " + problem.message());
  return tls;
}

}  // namespace viaduct::serving
