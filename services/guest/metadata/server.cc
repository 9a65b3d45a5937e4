#include "services/guest/metadata/server.h"

#include <charconv>

namespace viaduct::metadata {
namespace {

using web::Method;
using web::status_response;

constexpr std::string_view token_file = "api/token";
constexpr std::string_view token_header = "X-aws-ec2-metadata-token";
constexpr std::string_view lifetime_header = "X-aws-ec2-metadata-token-ttl-seconds";
constexpr unsigned longest_lifetime = 21'600;  // seconds

// 1 to 21 600 seconds; 0 for anything else.
std::chrono::seconds read_lifetime(std::optional<std::string_view> text) {
  unsigned seconds = 0;
  if (!text) return {};
  const char* const last = text->data() + text->size();
  const auto [stop, problem] = std::from_chars(text->data(), last, seconds);
  const bool is_right = problem == std::errc{} && stop == last && seconds <= longest_lifetime;
  return std::chrono::seconds{is_right ? seconds : 0};
}

}  // namespace

Result<void> Server::set_guest(std::string_view network, std::string_view id, Guest guest) {
  Network* const there = networks_.find(network);
  if (there == nullptr) return fail(Fault::not_found, "/interface", "no metadata is served there");
  Entry entry{guest.address, guest.mac, nullptr};
  entry.content = std::make_shared<const Content>(std::move(guest));
  return there->guests.set(id, std::move(entry));
}

void Server::remove_guest(std::string_view network, std::string_view id) {
  if (Network* const there = networks_.find(network)) there->guests.remove(id);
}

web::Response Server::respond(const web::Peer& peer, const web::Request& request, web::Time now) {
  Network* const network = networks_.find(peer.network);
  if (network == nullptr) return status_response(404);
  auto [outcome, response] = judge(*network, peer, request, now);
  network->outcomes.add(outcome);
  return std::move(response);
}

Server::Verdict Server::judge(Network& network, const web::Peer& peer, const web::Request& request,
                              web::Time now) const {
  const Tokens tokens = network.settings.tokens;
  const Path path = path_of(request.target);
  if (request.method == Method::put && tokens != Tokens::off && path.file == token_file) {
    return issue_token(network, peer, request, now);
  }
  if (request.method != Method::get && request.method != Method::head) {
    web::Response refused = status_response(request.method == Method::unknown ? 501 : 405);
    refused.headers.push_back({"Allow", "GET, HEAD"});
    return {Outcome::method_refused, std::move(refused)};
  }
  if (tokens != Tokens::off) {
    const bool has_token = request.has(token_header);
    if (!has_token && tokens == Tokens::required) {
      return {Outcome::no_token, status_response(401)};
    }
    if (has_token && !mint_.accepts(request.only(token_header).value_or(""), peer, now)) {
      return {Outcome::bad_token, status_response(401)};
    }
  }
  return serve(network, peer, path);
}

Server::Verdict Server::issue_token(const Network& network, const web::Peer& peer,
                                    const web::Request& request, web::Time now) const {
  // A proxy that a guest runs must not fetch tokens for whoever asks it to.
  if (request.has("X-Forwarded-For")) return {Outcome::forwarded, status_response(403)};
  const std::chrono::seconds lifetime = read_lifetime(request.only(lifetime_header));
  if (lifetime.count() == 0) return {Outcome::bad_lifetime, status_response(400)};
  web::Response response;
  response.body = web::Body::of(mint_.issue(peer, lifetime, now));
  response.headers.push_back({std::string{lifetime_header}, std::to_string(lifetime.count())});
  response.hop_limit = network.settings.token_hop_limit.value;
  return {Outcome::token_issued, std::move(response)};
}

Server::Verdict Server::serve(Network& network, const web::Peer& peer, const Path& path) {
  if (path.kind == Path::Kind::forbidden) return {Outcome::forbidden, status_response(403)};
  if (path.kind == Path::Kind::unknown) return {Outcome::not_found, status_response(404)};
  const auto [guest, is_impostor] = network.guests.find(peer);
  if (guest == nullptr) {
    return {is_impostor ? Outcome::impostor : Outcome::unknown_guest, status_response(404)};
  }
  const std::string* const file = guest->content->find(path.file);
  if (file == nullptr) return {Outcome::not_found, status_response(404)};
  web::Response response;
  response.body = web::Body{guest->content, *file};
  return {Outcome::served, std::move(response)};
}

}  // namespace viaduct::metadata
