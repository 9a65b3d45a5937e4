#include "services/guest/dhcp/exchange.h"

#include <algorithm>
#include <string>

namespace viaduct::dhcp {
namespace {

using namespace std::chrono_literals;

constexpr auto offer_time = 30s;
constexpr auto aside_time = 10min;

Client client_of(const Message& message) {
  return {message.mac(), std::string{text_of(message.options.find(Code::client_identifier))}};
}

}  // namespace

Exchange::Exchange(Network& network, const Message& message, Time now)
    : network_(network),
      message_(message),
      now_(now),
      client_(client_of(message)),
      reservation_(network.reservations().of(client_)) {
  if (reservation_ == nullptr) return;
  const ServedSubnet* subnet = reachable(reservation_->address);
  if (subnet == nullptr || !subnet->settings().takes(reservation_->address)) reservation_ = nullptr;
}

std::optional<Reply> Exchange::answer() {
  switch (*message_.kind) {
    case Kind::discover:
      return discover();
    case Kind::request:
      return request();
    case Kind::inform:
      return inform();
    case Kind::decline:
      decline();
      return std::nullopt;
    case Kind::release:
      release();
      return std::nullopt;
    case Kind::offer:
    case Kind::ack:
    case Kind::nak:
      break;
  }
  return silent(Event::not_from_client);
}

std::nullopt_t Exchange::silent(Event why) {
  network_.count(why);
  return std::nullopt;
}

bool Exchange::reaches(const ServedSubnet& subnet) const {
  const Subnet& settings = subnet.settings();
  if (message_.relay != no_address) {
    const auto link = message_.relay_said(RelayCode::link_selection);
    return settings.subnet.contains(link.value_or(message_.relay));
  }
  // A client that a relay told its address renews it without the relay.
  return settings.is_on_link() || settings.subnet.contains(message_.client);
}

ServedSubnet* Exchange::reachable(const Address& address) {
  ServedSubnet* subnet = network_.subnet_of(address);
  return subnet != nullptr && reaches(*subnet) ? subnet : nullptr;
}

ServedSubnet* Exchange::first_reachable() {
  ServedSubnet* first = nullptr;
  network_.any_subnet([&](ServedSubnet& subnet) {
    if (reaches(subnet)) first = &subnet;
    return first != nullptr;
  });
  return first;
}

bool Exchange::is_open(const ServedSubnet& subnet, const Address& address) {
  return subnet.unused.contains(address) || subnet.lapsed.contains(address);
}

std::optional<Address> Exchange::own_address() {
  const auto address = network_.leases().address_of(client_);
  if (!address) return std::nullopt;
  const ServedSubnet* subnet = reachable(*address);
  const bool may_keep = subnet != nullptr && subnet->settings().is_in_range(*address) &&
                        !subnet->kept.contains(*address);
  return may_keep ? address : std::nullopt;
}

bool Exchange::is_full(const ServedSubnet& subnet) const {
  return subnet.leased() >= subnet.settings().lease_maximum;
}

std::optional<Address> Exchange::choose() {
  if (reservation_ != nullptr) return reservation_->address;
  if (const auto own = own_address()) return own;
  return choose_new();
}

std::optional<Address> Exchange::choose_new() {
  Event why = Event::no_subnet;
  std::optional<Address> chosen;
  const auto wanted = message_.options.address(Code::requested_address);
  network_.any_subnet([&](ServedSubnet& subnet) {
    if (!reaches(subnet)) return false;
    if (subnet.unused.capacity() == 0) {
      if (why == Event::no_subnet) why = Event::unknown_client;
      return false;
    }
    const bool is_wanted = wanted && is_open(subnet, *wanted);
    auto address = is_wanted ? wanted : subnet.unused.pick(hash(client_, 0));
    if (!address) address = subnet.lapsed.pick(hash(client_, 0));
    why = Event::exhausted;
    if (!address || is_full(subnet)) return false;
    why = Event::too_many_clients;
    if (subnet.admits_new_client(now_)) chosen = address;
    return true;
  });
  if (!chosen) network_.count(why);
  return chosen;
}

std::optional<Reply> Exchange::discover() {
  const auto address = choose();
  if (!address) return std::nullopt;
  // An address that is reserved needs no offer to be kept, nor does one that is the client's.
  const auto had = network_.leases().address_of(client_);
  const bool is_bound = had && network_.leases().find(*had)->state == State::bound;
  if (reservation_ == nullptr && !is_bound) {
    network_.offer(*address, client_, now_ + offer_time);
  }
  network_.count(Event::offered);
  return grant({message_, *network_.subnet_of(*address), reservation_}, Kind::offer, *address);
}

std::optional<Address> Exchange::server() const {
  return message_.options.address(Code::server_identifier);
}

bool Exchange::is_for_us() {
  const auto chosen = server();
  if (!chosen || chosen == message_.relay_said(RelayCode::server_identifier)) return true;
  return network_.any_subnet(
      [&](const ServedSubnet& subnet) { return subnet.settings().server == *chosen; });
}

// RFC 2131 4.3.2. The states of clients differ by where the address is that they ask for, and by
// whether they name a server; what is right is the same in all of them.
std::optional<Reply> Exchange::request() {
  if (!is_for_us()) {
    network_.withdraw_offer(client_);
    return silent(Event::withdrawn);
  }
  const auto requested = message_.options.address(Code::requested_address);
  const Address wanted = requested.value_or(message_.client);
  if (wanted == no_address) return silent(Event::malformed);

  ServedSubnet* subnet = reachable(wanted);
  const auto own = reservation_ != nullptr ? std::optional{reservation_->address} : own_address();
  if (own == wanted) return acknowledge(*subnet, wanted);
  // Whoever that server is: neither may we refuse what it offered, nor grant it in its place.
  const bool chose_somebody = message_.options.has(Code::server_identifier) && !server();
  if (chose_somebody) return silent(Event::malformed);
  if (reservation_ != nullptr) return refuse("another address is reserved");
  if (subnet != nullptr && is_open(*subnet, wanted)) return request_open(*subnet, wanted);
  const ServedSubnet* first = first_reachable();
  if (first == nullptr) return silent(Event::no_subnet);
  const bool is_known = network_.leases().address_of(client_).has_value();
  if (!is_known && !first->settings().authoritative) return silent(Event::unknown_client);
  return refuse(subnet == nullptr ? "not an address of this network" : "not your address");
}

std::optional<Reply> Exchange::request_open(ServedSubnet& subnet, const Address& address) {
  const bool is_known = network_.leases().address_of(client_).has_value();
  if (!is_known) {
    // Without a lease of ours it is another server's client, unless there is none.
    if (!server() && !subnet.settings().authoritative) return silent(Event::unknown_client);
    if (is_full(subnet)) return silent(Event::exhausted);
    if (!subnet.admits_new_client(now_)) return silent(Event::too_many_clients);
  }
  return acknowledge(subnet, address);
}

std::optional<Reply> Exchange::acknowledge(ServedSubnet& subnet, const Address& address) {
  const Terms terms{message_, subnet, reservation_};
  const std::uint32_t time = lease_time(terms);
  const std::uint64_t commit =
      network_.bind(address, {.client = client_,
                              .until = time == infinite ? never : now_ + std::chrono::seconds{time},
                              .host_name = host_name()});
  network_.count(Event::acknowledged);
  Reply reply = grant(terms, Kind::ack, address);
  reply.after_commit = commit;
  return reply;
}

std::optional<Reply> Exchange::refuse(std::string_view why) {
  const ServedSubnet* subnet = first_reachable();
  if (subnet == nullptr) return silent(Event::no_subnet);
  network_.count(Event::refused);
  return dhcp::refuse({message_, *subnet, reservation_}, why);
}

std::optional<Reply> Exchange::inform() {
  const ServedSubnet* subnet = reachable(message_.client);
  if (subnet == nullptr) return silent(Event::no_subnet);
  network_.count(Event::acknowledged);
  return dhcp::inform({message_, *subnet, reservation_});
}

// RFC 2131 4.3.3.
void Exchange::decline() {
  const auto address = message_.options.address(Code::requested_address);
  if (!address || !is_for_us() || network_.leases().address_of(client_) != address) {
    network_.count(Event::not_held);
    return;
  }
  // Nobody but this client may have a reserved address, so that there is nothing to set aside.
  if (network_.reservations().at(*address) != nullptr) {
    network_.release(*address, now_);
  } else {
    network_.set_aside(*address, now_ + aside_time);
  }
  network_.count(Event::declined);
}

// RFC 2131 4.3.4.
void Exchange::release() {
  const Address address = message_.client;
  const Lease* lease = network_.leases().find(address);
  const bool is_its_own =
      lease != nullptr && lease->state == State::bound && lease->client == client_ && is_for_us();
  if (!is_its_own) {
    network_.count(Event::not_held);
    return;
  }
  network_.release(address, now_);
  network_.count(Event::released);
}

// The reserved one, else what the client calls itself, if that is a name.
std::string Exchange::host_name() const {
  if (reservation_ != nullptr && !reservation_->host_name.empty()) return reservation_->host_name;
  const std::string_view said = text_of(message_.options.find(Code::host_name));
  return is_domain_name(said) ? std::string{said} : std::string{};
}

}  // namespace viaduct::dhcp
