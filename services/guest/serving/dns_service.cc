#include "services/guest/serving/dns_service.h"

namespace viaduct::serving {
namespace {

constexpr std::uint16_t dns_port = 53;
// How a client's socket is known: the door, and the connection there; that is 0 for datagrams.
constexpr unsigned connection_bits = 48;

dns::Time now() {
  return std::chrono::steady_clock::now();
}

}  // namespace

DnsService::DnsService(boost::asio::io_context& loop)
    : loop_(loop),
      questions_(loop,
                 [this](dns::Token token, std::optional<dns::Bytes> message) {
                   hear_resolver(token, message);
                 }),
      timer_(loop),
      server_(*this) {}

Result<void> DnsService::serve(const Site& site) {
  server_.configure(site.dns);
  for (const auto& [id, host] : site.hosts) server_.set(id, host);
  for (const auto& [id, alias] : site.aliases) server_.set(id, alias);
  for (const auto& [id, wildcard] : site.wildcards) server_.set(id, wildcard);
  for (const auto& [id, forward] : site.forwards) server_.set(id, forward);
  for (const Interface& interface : site.interfaces) {
    const auto network = TRY(server_.set_network({interface.name, interface.addresses}));
    for (const InterfaceAddress& address : interface.addresses) {
      TRY(open_door(interface, address, network));
    }
  }
  return {};
}

Result<void> DnsService::open_door(const Interface& interface, const InterfaceAddress& address,
                                   dns::NetworkSlot network) {
  const Endpoint local{address.address, dns_port};
  const std::size_t number = doors_.size();
  auto datagrams = TRY(UdpSocket::open(loop_, local, interface.name));
  auto connections = TRY(DnsConnections::open(
      loop_, local, interface.name,
      [this, number](std::uint64_t connection, const Endpoint& client, dns::Bytes message) {
        hear(number, client, connection, message);
        flush();
      }));
  doors_.push_back({network, address.network, std::make_unique<UdpSocket>(std::move(datagrams)),
                    std::move(connections)});
  doors_.back().datagrams->receive(
      [this, number](ByteView bytes, const Endpoint& from) { hear(number, from, 0, bytes); },
      [this] { set_timer(); });
  return {};
}

void DnsService::hear(std::size_t door, const Endpoint& client, std::uint64_t connection,
                      dns::Bytes message) {
  const Door& at = doors_[door];
  server_.receive({.network = at.network,
                   .endpoint = client,
                   .transport = connection == 0 ? dns::Transport::udp : dns::Transport::tcp,
                   .connection = std::uint64_t{door} << connection_bits | connection,
                   .belongs = at.guests.contains(client.address)},
                  message, now());
  if (connection != 0) set_timer();
}

void DnsService::hear_resolver(dns::Token token, std::optional<dns::Bytes> message) {
  if (message) {
    server_.answer(token, *message, now());
  } else {
    server_.unreachable(token, now());
  }
  flush();
  set_timer();
}

void DnsService::answer(const dns::Client& client, dns::Bytes message) {
  const Door& door = doors_[client.connection >> connection_bits];
  if (client.transport == dns::Transport::udp) {
    return door.datagrams->send(message, client.endpoint);
  }
  constexpr std::uint64_t number = (std::uint64_t{1} << connection_bits) - 1;
  door.connections->answer(client.connection & number, message);
}

void DnsService::ask(dns::Token token, const Endpoint& resolver, dns::Transport transport,
                     dns::Bytes message) {
  questions_.ask(token, resolver, transport, message);
}

void DnsService::flush() {
  for (const Door& door : doors_) door.datagrams->flush();
}

void DnsService::set_timer() {
  const auto deadline = server_.next_deadline();
  if (!deadline || (timer_is_for_ && *timer_is_for_ <= *deadline)) return;
  timer_is_for_ = deadline;
  timer_.expires_at(*deadline);
  timer_.async_wait([this](const boost::system::error_code& problem) {
    if (problem) return;  // it is set anew
    timer_is_for_.reset();
    server_.tick(now());
    flush();
    set_timer();
  });
}

}  // namespace viaduct::serving
