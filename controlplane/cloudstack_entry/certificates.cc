#include <netdb.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <filesystem>
#include <memory>

#include "controlplane/cloudstack_entry/entry_points.h"
#include "controlplane/cloudstack_entry/key_pair.h"
#include "controlplane/cloudstack_entry/own_addresses.h"

// The certificate by which this machine is known to the management server. What the reference keeps
// in a Java key store is kept as text here; the key store's name is accepted and not used.
namespace viaduct::cloudstack_entry {
namespace {

constexpr std::string_view directory = "/usr/local/cloud/systemvm/conf/";
constexpr std::string_view trusted_file = "/usr/local/share/ca-certificates/cloudstack/ca.crt";
constexpr std::string_view certificate_file = "cloud.crt";
constexpr std::string_view authority_file = "cloud.ca.crt";
constexpr std::string_view key_file = "cloud.key";
// The key of a request that is not answered yet: until then, the one in use stays.
constexpr std::string_view requested_key_file = "cloud.key.requested";
constexpr std::string_view pass_phrase_property = "keystore.passphrase=";

// The protocol names each file, and each is this one.
Result<std::string> file_named(const Site& site, std::string_view path, std::string_view name) {
  const std::string expected = std::string{directory} + std::string{name};
  if (path != expected) return fail(Fault::invalid, std::string{path}, "is not " + expected);
  return site.path(path);
}

std::string file_beside(const Site& site, std::string_view name) {
  return site.path(directory) + std::string{name};
}

// PEM that came as one word.
std::string unfolded(std::string text) {
  std::ranges::replace(text, '^', '\n');
  std::ranges::replace(text, '~', ' ');
  if (!text.ends_with('\n')) text += '\n';
  return text;
}

// Fully qualified, where somebody knows how.
std::string host_name() {
  std::array<char, HOST_NAME_MAX + 1> name{};
  (void)gethostname(name.data(), name.size() - 1);
  addrinfo hints{};
  hints.ai_flags = AI_CANONNAME;
  addrinfo* found = nullptr;
  if (getaddrinfo(name.data(), nullptr, &hints, &found) != 0) return name.data();
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owned{found, freeaddrinfo};
  return found->ai_canonname != nullptr ? found->ai_canonname : name.data();
}

// A pass phrase that is there already stays.
Result<void> keep_pass_phrase(const std::string& file, const std::string& pass_phrase) {
  auto properties = read_file(file);
  if (!properties && properties.error().fault != Fault::not_found) {
    return tl::unexpected<Error>{properties.error()};
  }
  std::string text = properties.value_or("");
  if (("\n" + text).find("\n" + std::string{pass_phrase_property}) != text.npos) return {};
  if (!text.empty() && !text.ends_with('\n')) text += '\n';
  return write_file(file, text + std::string{pass_phrase_property} + pass_phrase + "\n");
}

bool is_one_line(const std::string& text) {
  return !text.empty() && text.find_first_of("\r\n") == std::string::npos;
}

Result<std::string> set_up(Site& site, const Arguments& arguments) {
  const std::string properties = TRY(file_named(site, arguments[0], "agent.properties"));
  TRY(file_named(site, arguments[1], "cloud.jks"));
  const std::string request_file = TRY(file_named(site, arguments[4], "cloud.csr"));
  const std::vector<std::string> addresses = TRY(own_addresses(site));
  const KeyAndRequest made = TRY(request_certificate(host_name(), addresses));
  TRY(keep_pass_phrase(properties, arguments[2]));
  TRY(write_file(file_beside(site, requested_key_file), made.key));
  TRY(write_file(request_file, made.request));
  return made.request;
}

// What a call of keystore-cert-import brings.
struct Import {
  std::string certificate;
  std::string authority;
  std::string key;  // empty: the one that was made for the request
};

// `words` follow the mode.
Result<Import> read_import(const Site& site, const Arguments& words) {
  TRY(file_named(site, words[0], certificate_file));
  TRY(file_named(site, words[2], authority_file));
  TRY(file_named(site, words[4], key_file));
  const bool has_key = words.size() == 6 && !words[5].empty();
  return Import{unfolded(words[1]), unfolded(words[3]), has_key ? unfolded(words[5]) : ""};
}

tl::unexpected<Error> at(std::string_view file, const Error& error) {
  return fail(error.fault, std::string{file}, error.why);
}

// The key that goes with the certificate: the given one, or of those at hand the one that does.
Result<std::string> matching_key(const Site& site, const Import& import) {
  std::vector<std::string> candidates;
  if (!import.key.empty()) {
    candidates = {import.key};
  } else {
    for (const std::string_view name : {requested_key_file, key_file}) {
      if (auto key = read_file(file_beside(site, name))) candidates.push_back(*std::move(key));
    }
  }
  for (const std::string& key : candidates) {
    const auto fits = is_pair(key, import.certificate);
    if (!fits) return at(key_file, fits.error());
    if (*fits) return key;
  }
  return fail(Fault::conflict, std::string{certificate_file},
              candidates.empty() ? "has no key: there was no keystore-setup" : "is of another key");
}

Result<void> install(Site& site, const Arguments& words) {
  const Import import = TRY(read_import(site, words));
  if (const auto good = check_certificates(import.certificate); !good) {
    return at(certificate_file, good.error());
  }
  if (const auto good = check_certificates(import.authority); !good) {
    return at(authority_file, good.error());
  }
  const std::string key = TRY(matching_key(site, import));
  TRY(write_file(file_beside(site, authority_file), import.authority));
  TRY(write_file(site.path(trusted_file), import.authority));
  TRY(write_file(file_beside(site, key_file), key));
  TRY(write_file(file_beside(site, certificate_file), import.certificate));
  std::error_code ignored;  // a key that nobody asks for any more
  std::filesystem::remove(file_beside(site, requested_key_file), ignored);
  return {};
}

// Where the mode stands: some callers put the pass phrase before the key store.
std::size_t place_of_mode(const Arguments& arguments) {
  for (const std::size_t place : {std::size_t{2}, std::size_t{3}}) {
    const std::size_t after = arguments.size() - place - 1;
    if (arguments.size() <= place || (after != 5 && after != 6)) continue;
    if (arguments[place] == "ssh" || arguments[place] == "agent") return place;
  }
  return 0;
}

}  // namespace

int set_up_keystore(Site& site, const Arguments& arguments) {
  if (arguments.size() != 5 || !is_one_line(arguments[2]) || !is_short_number(arguments[3])) {
    return report(site, {Fault::malformed, "",
                         "usage: keystore-setup PROPERTIES KEYSTORE PASSPHRASE DAYS REQUEST"});
  }
  const auto request = set_up(site, arguments);
  if (!request) return report(site, request.error());
  site.out << *request;
  return 0;
}

int import_certificate(Site& site, const Arguments& arguments) {
  const std::size_t mode = place_of_mode(arguments);
  if (mode == 0) {
    return report(site, {Fault::malformed, "",
                         "usage: keystore-cert-import PROPERTIES [PASSPHRASE] KEYSTORE ssh|agent "
                         "FILE CERTIFICATE FILE AUTHORITY FILE [KEY]"});
  }
  const auto after = arguments.begin() + static_cast<std::ptrdiff_t>(mode) + 1;
  const auto installed = install(site, {after, arguments.end()});
  return installed ? 0 : report(site, installed.error());
}

}  // namespace viaduct::cloudstack_entry
