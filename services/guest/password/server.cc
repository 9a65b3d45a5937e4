#include "services/guest/password/server.h"

#include <vector>

namespace viaduct::password {
namespace {

using web::Method;

constexpr std::string_view request_header = "DomU_Request";
constexpr std::string_view saved_password = "saved_password";
// Clients of the server that this one stands in for know its refusal by the body of a response
// whose status is 200.
constexpr std::string_view bad_request = "HTTP/1.0 400 Bad Request\r\n\r\nbad_request";

web::Response response_of(web::Body body) {
  web::Response response;
  response.body = std::move(body);
  return response;
}

}  // namespace

Result<void> Server::set_password(std::string_view network, std::string_view id,
                                  Password password) {
  Network* const there = networks_.find(network);
  if (there == nullptr) return fail(Fault::not_found, "/interface", "no passwords are told there");
  Entry entry{password.address, password.mac, nullptr};
  const Entry* const before = there->guests.find(id);
  const bool is_known =
      before != nullptr && before->secret != nullptr && is_for(entry, before->address, before->mac);
  if (is_known && (!password.password.is_told() || password.password == *before->secret)) {
    entry.secret = before->secret;
    entry.is_told = before->is_told;
  } else if (password.password.is_told()) {
    entry.secret = std::make_shared<const Secret>(std::move(password.password));
  }
  return there->guests.set(id, std::move(entry));
}

void Server::remove_password(std::string_view network, std::string_view id) {
  if (Network* const there = networks_.find(network)) there->guests.remove(id);
}

Result<std::string> Server::seal(const SealingKey& key) const {
  std::vector<Pending> all;
  networks_.each([&](const std::string& name, const Network& network) {
    network.guests.each([&](const std::string& id, const Entry& entry) {
      if (entry.secret) all.push_back({name, id, entry.address, entry.mac, *entry.secret});
    });
  });
  const SecretBytes text = write_pending(all);
  return key.seal({text.data(), text.size()});
}

Result<void> Server::restore(std::string_view sealed, const SealingKey& key) {
  const SecretBytes text = TRY(key.open(sealed));
  for (Pending& pending : TRY(read_pending({text.data(), text.size()}))) {
    Network* const network = networks_.find(pending.network);
    Entry* const entry = network == nullptr ? nullptr : network->guests.find(pending.id);
    if (entry == nullptr || entry->secret) continue;
    if (!is_for(*entry, pending.address, pending.mac)) continue;
    entry->secret = std::make_shared<const Secret>(std::move(pending.password));
    entry->is_told = true;
  }
  return {};
}

web::Response Server::respond(const web::Peer& peer, const web::Request& request,
                              web::Time /*now*/) {
  Network* const network = networks_.find(peer.network);
  if (network == nullptr) return web::status_response(404);
  auto [outcome, response] = judge(*network, peer, request);
  network->outcomes.add(outcome);
  response.closes = true;
  response.headers.push_back({"Cache-Control", "no-store"});
  return std::move(response);
}

Server::Verdict Server::judge(Network& network, const web::Peer& peer,
                              const web::Request& request) {
  // Passwords are set by configuration. Clients are told nothing of that, as ever.
  if (request.method == Method::post) return {Outcome::save_refused, response_of({})};
  if (request.method != Method::get) return {Outcome::unsupported, web::status_response(501)};
  const std::string_view what = request.only(request_header).value_or("");
  if (what == "send_my_password") return tell(network, peer);
  if (what == saved_password) return forget(network, peer);
  return {Outcome::bad_request, response_of(web::Body::constant(bad_request))};
}

Server::Verdict Server::tell(Network& network, const web::Peer& peer) {
  const auto [guest, is_impostor] = network.guests.find(peer);
  if (guest == nullptr || !guest->secret) {
    return {is_impostor ? Outcome::impostor : Outcome::none,
            response_of(web::Body::constant(saved_password))};
  }
  guest->is_told = true;
  return {Outcome::told, response_of({guest->secret, guest->secret->text()})};
}

Server::Verdict Server::forget(Network& network, const web::Peer& peer) {
  const auto [guest, is_impostor] = network.guests.find(peer);
  Outcome outcome = is_impostor ? Outcome::impostor : Outcome::none;
  if (guest != nullptr && guest->secret && guest->is_told) {
    guest->secret = nullptr;
    outcome = Outcome::acknowledged;
  }
  return {outcome, response_of(web::Body::constant(saved_password))};
}

}  // namespace viaduct::password
