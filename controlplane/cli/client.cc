#include "controlplane/cli/client.h"

#include <httplib.h>

#include "api/error.h"
#include "controlplane/http/problem.h"

namespace viaduct::cli {
namespace {

constexpr time_t patience_seconds = 120;

std::string target_of(const Call& call) {
  std::string target = call.path;
  char separator = '?';
  for (const auto& [name, value] : call.query) {
    target += separator + name + "=" + percent_encoded(value);
    separator = '&';
  }
  return target;
}

httplib::Client connect(const std::string& socket) {
  httplib::Client client{socket, 80};  // the port says nothing here
  client.set_address_family(AF_UNIX);
  client.set_read_timeout(patience_seconds);
  client.set_write_timeout(patience_seconds);
  return client;
}

Fault fault_of(int status) {
  for (const auto& [fault, name] : api::Names<Fault>::table) {
    if (http::status_of(fault) == status) return fault;
  }
  return Fault::failed;
}

// The Error behind a problem document.
Error problem(int status, std::string_view body) {
  const auto json = api::parse_json(body);
  if (!json || !json->is_object()) {
    return {fault_of(status), "", "viaductd answered with status " + std::to_string(status)};
  }
  return {fault_of(status), json->value("pointer", ""), json->value("detail", "")};
}

auto unreachable(const std::string& socket, httplib::Error error) {
  return fail(Fault::unavailable, "",
              "viaductd does not answer at " + socket + " (" + httplib::to_string(error) + ")");
}

}  // namespace

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  constexpr std::string_view safe = "-._~/:,";
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                          (c >= 'A' && c <= 'Z') || safe.find(c) != safe.npos;
    if (is_plain) {
      encoded += c;
    } else {
      encoded += {'%', digits[byte >> 4], digits[byte & 15]};
    }
  }
  return encoded;
}

Result<api::Json> Client::ask(const Call& call) {
  auto client = connect(socket_);
  httplib::Request request;
  request.method = call.method;
  request.path = target_of(call);
  for (const auto& [name, value] : call.headers) request.set_header(name, value);
  if (!call.body.empty()) {
    request.body = call.body;
    request.set_header("Content-Type", "application/json");
  }
  const auto answer = client.send(request);
  if (!answer) return unreachable(socket_, answer.error());
  if (answer->status >= 300) return tl::unexpected<Error>{problem(answer->status, answer->body)};
  return api::parse_json(answer->body, {.bytes = std::size_t{256} << 20, .depth = 64});
}

Result<void> Client::stream(const Call& call, const std::function<bool(std::string_view)>& sink) {
  auto client = connect(socket_);
  client.set_read_timeout(std::chrono::hours{1});
  int status = 0;
  std::string refusal;
  const auto answer = client.Get(
      target_of(call),
      [&](const httplib::Response& response) {
        status = response.status;
        return true;
      },
      [&](const char* data, std::size_t size) {
        if (status < 300) return sink({data, size});
        refusal.append(data, size);
        return true;
      });
  if (answer.error() == httplib::Error::Canceled) return {};
  if (!answer) return unreachable(socket_, answer.error());
  if (status >= 300) return tl::unexpected<Error>{problem(status, refusal)};
  return {};
}

}  // namespace viaduct::cli
