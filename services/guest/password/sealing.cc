#include "services/guest/password/sealing.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <memory>

#include "base/durable_file.h"
#include "base/framing.h"

namespace viaduct::password {
namespace {

constexpr std::string_view prefix{"VSEA\1", 5};  // authenticated too
constexpr std::size_t nonce_size = 12;
constexpr std::size_t tag_size = 16;
constexpr std::size_t largest = std::size_t{1} << 30;  // bytes; OpenSSL counts in int

struct FreeCipher {
  void operator()(EVP_CIPHER_CTX* cipher) const { EVP_CIPHER_CTX_free(cipher); }
};
using Cipher = std::unique_ptr<EVP_CIPHER_CTX, FreeCipher>;

const std::uint8_t* octets(const char* bytes) {
  return reinterpret_cast<const std::uint8_t*>(bytes);
}
std::uint8_t* octets(char* bytes) {
  return reinterpret_cast<std::uint8_t*>(bytes);
}

// A cipher that has seen the prefix. nullptr if OpenSSL has no memory.
Cipher begin(const SecretBytes& key, const char* nonce, bool encrypts) {
  Cipher cipher{EVP_CIPHER_CTX_new()};
  int ignored = 0;
  const bool is_ready = cipher != nullptr &&
                        EVP_CipherInit_ex2(cipher.get(), EVP_aes_256_gcm(), octets(key.data()),
                                           octets(nonce), encrypts ? 1 : 0, nullptr) == 1 &&
                        EVP_CipherUpdate(cipher.get(), nullptr, &ignored, octets(prefix.data()),
                                         static_cast<int>(prefix.size())) == 1;
  return is_ready ? std::move(cipher) : Cipher{};
}

// As many bytes as there are in `text`.
bool update(const Cipher& cipher, std::string_view text, char* out) {
  int done = 0;
  return text.empty() || EVP_CipherUpdate(cipher.get(), octets(out), &done, octets(text.data()),
                                          static_cast<int>(text.size())) == 1;
}

// GCM has nothing left to write at the end.
bool end(const Cipher& cipher) {
  std::array<std::uint8_t, EVP_MAX_BLOCK_LENGTH> nothing{};
  int done = 0;
  return EVP_CipherFinal_ex(cipher.get(), nothing.data(), &done) == 1;
}

bool control(const Cipher& cipher, int what, char* tag) {
  return EVP_CIPHER_CTX_ctrl(cipher.get(), what, tag_size, tag) == 1;
}

}  // namespace

Result<SealingKey> SealingKey::load(const std::string& path) {
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)};
  struct stat status {};
  if (file.get() < 0 || fstat(file.get(), &status) != 0) {
    return file_problem(path, "cannot be read");
  }
  if (!S_ISREG(status.st_mode) || status.st_uid != geteuid() || (status.st_mode & 0177) != 0) {
    return fail(Fault::unauthorized, path, "is not a file that we alone may read");
  }
  SecretBytes bytes(size + 1);
  const ssize_t got = ::read(file.get(), bytes.data(), bytes.size());
  if (got < 0) return file_problem(path, "cannot be read");
  if (static_cast<std::size_t>(got) != size) {
    return fail(Fault::malformed, path, "is not a key of 32 bytes");
  }
  bytes.pop_back();
  return SealingKey{std::move(bytes)};
}

Result<std::string> SealingKey::seal(std::string_view text) const {
  if (text.size() > largest) return fail(Fault::too_large, "", "too much to be sealed");
  std::string sealed{prefix};
  sealed.resize(prefix.size() + nonce_size + text.size() + tag_size);
  char* const nonce = sealed.data() + prefix.size();
  char* const body = nonce + nonce_size;
  if (RAND_bytes(octets(nonce), nonce_size) != 1) return fail(Fault::failed, "", "no randomness");
  const Cipher cipher = begin(bytes_, nonce, true);
  if (!cipher || !update(cipher, text, body) || !end(cipher) ||
      !control(cipher, EVP_CTRL_GCM_GET_TAG, body + text.size())) {
    return fail(Fault::failed, "", "cannot be sealed");
  }
  return sealed;
}

Result<SecretBytes> SealingKey::open(std::string_view sealed) const {
  constexpr std::size_t overhead = prefix.size() + nonce_size + tag_size;
  if (!sealed.starts_with(prefix)) return fail(Fault::malformed, "", "not sealed in this version");
  if (sealed.size() < overhead || sealed.size() > largest) {
    return fail(Fault::malformed, "", "a sealed text is cut off or too large");
  }
  const char* const nonce = sealed.data() + prefix.size();
  const auto body = sealed.substr(prefix.size() + nonce_size, sealed.size() - overhead);
  std::array<char, tag_size> tag{};
  std::ranges::copy(sealed.substr(sealed.size() - tag_size), tag.begin());
  SecretBytes text(body.size());
  const Cipher cipher = begin(bytes_, nonce, false);
  if (!cipher || !update(cipher, body, text.data()) ||
      !control(cipher, EVP_CTRL_GCM_SET_TAG, tag.data()) || !end(cipher)) {
    return fail(Fault::unauthorized, "", "sealed with another key, or changed since");
  }
  return text;
}

}  // namespace viaduct::password
