#include "controlplane/cloudstack/balancer_check.h"

#include <algorithm>
#include <array>
#include <sstream>
#include <string>
#include <vector>

#include "base/net.h"
#include "controlplane/cloudstack/fields.h"

namespace viaduct::cloudstack {
namespace {

constexpr std::array<std::string_view, 3> algorithms{"roundrobin", "leastconn", "source"};

std::vector<std::string> words_of(const std::string& line) {
  std::istringstream words{line};
  std::vector<std::string> all;
  for (std::string word; words >> word;) all.push_back(word);
  return all;
}

// An entry of the list holds one line or several.
std::vector<std::string> lines_of(const api::Json& configuration) {
  std::vector<std::string> lines;
  for (const api::Json& item : configuration) {
    std::istringstream text{item.get<std::string>()};
    for (std::string line; std::getline(text, line);) lines.push_back(line);
  }
  return lines;
}

Result<void> check_line(const std::vector<std::string>& words) {
  if (words.empty() || words[0].starts_with('#')) return {};
  const auto wrong = [](std::string why) {
    return fail(Fault::invalid, "/configuration", std::move(why));
  };
  const std::string& first = words[0];
  if (first == "balance") {
    const bool is_known =
        words.size() > 1 && std::ranges::find(algorithms, words[1]) != algorithms.end();
    if (!is_known) return wrong("'balance' knows roundrobin, leastconn and source");
  }
  if (first == "appsession") return wrong("haproxy has no 'appsession' any more");
  if ((first == "bind" && words.size() < 2) || (first == "server" && words.size() < 3)) {
    return wrong("'" + first + "' needs an address and a port");
  }
  if (first == "server" && !parse_endpoint(words[2])) {
    return wrong("'" + words[2].substr(0, 64) + "' is no address and port of a server");
  }
  return {};
}

// "203.0.113.13:80:"
Result<void> check_endpoints(const Fields& rule, std::string_view name) {
  for (std::string text : TRY(rule.list(name))) {
    while (text.ends_with(':')) text.pop_back();
    const auto endpoint = parse_endpoint(text);
    if (!endpoint) return fail_within("/" + std::string{name}, endpoint.error());
  }
  return {};
}

Result<void> check_certificate(const api::Json& item) {
  const Fields fields{item};
  TRY(fields.needed_text("name"));
  const std::string certificate = TRY(fields.needed_text("cert"));
  const std::string key = TRY(fields.needed_text("key"));
  if (certificate.find("-----BEGIN CERTIFICATE-----") == certificate.npos) {
    return fail(Fault::invalid, "/cert", "is no certificate in PEM");
  }
  if (key.find("PRIVATE KEY-----") == key.npos) {
    return fail(Fault::invalid, "/key", "is no private key in PEM");
  }
  return {};
}

Result<void> check_rule(const api::Json& rule) {
  const Fields fields{rule};
  const api::Json* const configuration = fields.find("configuration");
  const bool is_text = configuration != nullptr && configuration->is_array() &&
                       std::ranges::all_of(*configuration, &api::Json::is_string);
  if (!is_text) return fail(Fault::invalid, "/configuration", "expected a list of strings");
  for (const std::string& line : lines_of(*configuration)) TRY(check_line(words_of(line)));
  TRY(check_endpoints(fields, "add_rules"));
  TRY(check_endpoints(fields, "remove_rules"));
  if (fields.find("ssl_certs") == nullptr) return {};
  return each_item(rule, "ssl_certs", check_certificate);
}

bool is_secret(const std::string& line) {
  const std::vector<std::string> words = words_of(line);
  return words.size() > 1 && words[0] == "stats" && words[1] == "auth";
}

}  // namespace

Result<void> check_balancer(const api::Json& content) {
  return each_item(content, "rules", check_rule);
}

api::Json without_secrets(api::Json content) {
  for (api::Json& rule : content["rules"]) {
    std::vector<std::string> lines = lines_of(rule["configuration"]);
    std::erase_if(lines, is_secret);
    rule["configuration"] = lines;
    if (!rule.contains("ssl_certs")) continue;
    for (api::Json& certificate : rule["ssl_certs"]) {
      certificate.erase("key");
      certificate.erase("password");
    }
  }
  return content;
}

}  // namespace viaduct::cloudstack
