#include "controlplane/http/request.h"

#include <algorithm>
#include <charconv>

#include "controlplane/digest.h"

namespace viaduct::http {
namespace {

constexpr std::size_t most_drained = std::size_t{256} << 20;
constexpr std::chrono::seconds body_patience{60};
constexpr std::uint64_t longest_confirmation = 86400;
constexpr std::size_t longest_note = 256;

std::optional<std::uint64_t> as_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

Result<bool> read_flag(const httplib::Request& request, const char* name) {
  const std::string value = request.get_param_value(name);
  if (!request.has_param(name) || value == "false") return false;
  if (value == "true" || value.empty()) return true;
  return fail(Fault::invalid, "", std::string{name} + " is true or false, not '" + value + "'");
}

Result<std::optional<Revision>> read_if_match(const httplib::Request& request) {
  const std::string tag = request.get_header_value("If-Match");
  if (tag.empty() || tag == "*") return std::nullopt;
  const bool is_quoted = tag.size() > 2 && tag.front() == '"' && tag.back() == '"';
  const auto revision = is_quoted ? as_number(tag.substr(1, tag.size() - 2)) : std::nullopt;
  if (!revision) {
    return fail(Fault::invalid, "", "If-Match is a revision in quotes, as an ETag gave it");
  }
  return revision;
}

std::string fingerprint(const httplib::Request& request, std::string_view body) {
  return request.method + " " + request.target + " " + sha256(body);
}

}  // namespace

Result<std::string> read_body(const httplib::Request& request,
                              const httplib::ContentReader& reader) {
  if (!request.has_header("Content-Length") && !request.has_header("Transfer-Encoding")) return "";
  if (request.is_multipart_form_data()) {
    return fail(Fault::invalid, "", "send the JSON itself, not a form");
  }
  const std::size_t limit = api::JsonLimits{}.bytes;
  const auto deadline = std::chrono::steady_clock::now() + body_patience;
  std::string body;
  std::size_t total = 0;
  const bool is_whole = reader([&](const char* data, std::size_t size) {
    total += size;
    if (total <= limit) {
      body.append(data, size);
    } else {
      std::string{}.swap(body);
    }
    return total <= most_drained && std::chrono::steady_clock::now() < deadline;
  });
  if (total > limit) {
    return fail(Fault::too_large, "",
                "the body is larger than " + std::to_string(limit) + " bytes");
  }
  if (!is_whole) return fail(Fault::invalid, "", "the body did not come to its end");
  return body;
}

Result<api::Json> read_json(const httplib::Request& request, const httplib::ContentReader& reader) {
  const std::string body = TRY(read_body(request, reader));
  return api::parse_json(body);
}

Result<void> check_parameters(const httplib::Request& request,
                              std::initializer_list<std::string_view> known) {
  for (const auto& [name, value] : request.params) {
    if (std::ranges::find(known, name) != known.end()) continue;
    return fail(Fault::invalid, "", "there is no parameter '" + name + "' here");
  }
  return {};
}

Result<std::uint64_t> read_number(const httplib::Request& request, const char* name,
                                  std::uint64_t otherwise, std::uint64_t highest,
                                  std::uint64_t lowest) {
  if (!request.has_param(name)) return otherwise;
  const std::string text = request.get_param_value(name);
  const auto number = as_number(text);
  if (number && *number >= lowest && *number <= highest) return *number;
  return fail(Fault::invalid, "",
              std::string{name} + " is a whole number from " + std::to_string(lowest) + " to " +
                  std::to_string(highest) + ", not '" + text + "'");
}

Result<Terms> read_terms(const httplib::Request& request, std::string_view body) {
  Terms terms;
  terms.dry_run = TRY(read_flag(request, "dry_run"));
  if (request.has_param("confirm_within")) {
    const auto seconds = TRY(read_number(request, "confirm_within", 1, longest_confirmation, 1));
    terms.confirm_within = std::chrono::seconds{seconds};
  }
  terms.if_revision = TRY(read_if_match(request));
  terms.idempotency_key = request.get_header_value("Idempotency-Key");
  terms.author = request.get_param_value("author");
  terms.note = request.get_param_value("note");
  for (const std::string* text : {&terms.idempotency_key, &terms.author, &terms.note}) {
    if (text->size() > longest_note) {
      return fail(Fault::invalid, "",
                  "author, note and Idempotency-Key are at most " + std::to_string(longest_note) +
                      " bytes");
    }
  }
  if (!terms.idempotency_key.empty()) terms.request = fingerprint(request, body);
  return terms;
}

}  // namespace viaduct::http
