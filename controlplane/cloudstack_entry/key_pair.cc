#include "controlplane/cloudstack_entry/key_pair.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <memory>

namespace viaduct::cloudstack_entry {
namespace {

constexpr unsigned key_bits = 2048;
// What the reference writes for organization, unit and country, although the last has two letters.
constexpr std::string_view organization = "cloudstack";

template <auto release>
struct Release {
  template <typename T>
  void operator()(T* owned) const {
    release(owned);
  }
};
using Bio = std::unique_ptr<BIO, Release<BIO_free_all>>;
using Key = std::unique_ptr<EVP_PKEY, Release<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Release<X509_free>>;
using Request = std::unique_ptr<X509_REQ, Release<X509_REQ_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Release<X509_EXTENSION_free>>;

struct FreeExtensions {
  void operator()(STACK_OF(X509_EXTENSION) * extensions) const {
    sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
  }
};
using Extensions = std::unique_ptr<STACK_OF(X509_EXTENSION), FreeExtensions>;

// Nobody is there to be asked for a pass phrase.
int no_pass_phrase(char* /*buffer*/, int /*size*/, int /*writes*/, void* /*data*/) {
  return -1;
}

Bio reading(const std::string& text) {
  return Bio{BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))};
}

std::string written(const Bio& bio) {
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &bytes);
  return size > 0 ? std::string(bytes, static_cast<std::size_t>(size)) : std::string{};
}

Certificate next_certificate(const Bio& bio) {
  return Certificate{PEM_read_bio_X509(bio.get(), nullptr, no_pass_phrase, nullptr)};
}

// With a type of its own a text is taken as it is, however long.
bool add_name(X509_NAME* name, int what, int type, std::string_view text) {
  return X509_NAME_add_entry_by_NID(name, what, type,
                                    reinterpret_cast<const unsigned char*>(text.data()),
                                    static_cast<int>(text.size()), -1, 0) == 1;
}

bool name_subject(const Request& request, std::string_view host) {
  X509_NAME* name = X509_REQ_get_subject_name(request.get());
  return add_name(name, NID_commonName, V_ASN1_UTF8STRING, host) &&
         add_name(name, NID_organizationalUnitName, V_ASN1_UTF8STRING, organization) &&
         add_name(name, NID_organizationName, V_ASN1_UTF8STRING, organization) &&
         add_name(name, NID_countryName, V_ASN1_PRINTABLESTRING, organization);
}

bool add_alternative_names(const Request& request, const std::vector<std::string>& addresses) {
  if (addresses.empty()) return true;
  std::string names;
  for (const std::string& address : addresses) {
    names += (names.empty() ? "IP:" : ",IP:") + address;
  }
  Extension extension{X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, names.c_str())};
  const Extensions extensions{sk_X509_EXTENSION_new_null()};
  if (extension == nullptr || extensions == nullptr) return false;
  if (sk_X509_EXTENSION_push(extensions.get(), extension.get()) == 0) return false;
  (void)extension.release();  // the list has it
  return X509_REQ_add_extensions(request.get(), extensions.get()) == 1;
}

tl::unexpected<Error> fail_to_make(const char* what) {
  return fail(Fault::failed, "", std::string{what} + " cannot be made");
}

}  // namespace

Result<KeyAndRequest> request_certificate(const std::string& host,
                                          const std::vector<std::string>& addresses) {
  const Key key{EVP_RSA_gen(key_bits)};
  const Bio key_text{BIO_new(BIO_s_mem())};
  if (key == nullptr || key_text == nullptr ||
      PEM_write_bio_PKCS8PrivateKey(key_text.get(), key.get(), nullptr, nullptr, 0, nullptr,
                                    nullptr) != 1) {
    return fail_to_make("a key");
  }
  const Request request{X509_REQ_new()};
  const Bio request_text{BIO_new(BIO_s_mem())};
  const bool is_made = request != nullptr && request_text != nullptr &&
                       name_subject(request, host) && add_alternative_names(request, addresses) &&
                       X509_REQ_set_pubkey(request.get(), key.get()) == 1 &&
                       X509_REQ_sign(request.get(), key.get(), EVP_sha256()) > 0 &&
                       PEM_write_bio_X509_REQ(request_text.get(), request.get()) == 1;
  if (!is_made) return fail_to_make("a request for a certificate");
  return KeyAndRequest{written(key_text), written(request_text)};
}

Result<bool> is_pair(const std::string& key, const std::string& certificates) {
  const Certificate certificate = next_certificate(reading(certificates));
  if (certificate == nullptr) return fail(Fault::malformed, "", "holds no certificate in PEM");
  const Key read{PEM_read_bio_PrivateKey(reading(key).get(), nullptr, no_pass_phrase, nullptr)};
  if (read == nullptr) return fail(Fault::malformed, "", "is no unencrypted private key in PEM");
  return X509_check_private_key(certificate.get(), read.get()) == 1;
}

Result<void> check_certificates(const std::string& text) {
  const Bio bio = reading(text);
  std::size_t found = 0;
  ERR_clear_error();
  while (next_certificate(bio) != nullptr) ++found;
  const bool is_at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  if (found > 0 && is_at_end) return {};
  return fail(Fault::malformed, "", "is not certificates in PEM");
}

}  // namespace viaduct::cloudstack_entry
