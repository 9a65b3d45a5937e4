#include "services/guest/serving/dns_service.h"

#include <algorithm>

namespace viaduct::serving {
namespace {

// How a client's socket is known: the door, and the connection there; that is 0 for datagrams.
constexpr unsigned connection_bits = 32;

using Clock = std::chrono::steady_clock;

}  // namespace

DnsService::DnsService(boost::asio::io_context& loop, DnsQuestions::Supply supply)
    : loop_(loop),
      questions_(loop, std::move(supply),
                 [this](dns::Token token, std::optional<dns::Bytes> message) {
                   hear_resolver(token, message);
                 }),
      timer_(loop),
      server_(*this) {}

Result<void> DnsService::serve(const Site& site, broker::Sockets& sockets) {
  server_.configure(site.dns);
  for (const auto& [id, host] : site.hosts) server_.set(id, host);
  for (const auto& [id, alias] : site.aliases) server_.set(id, alias);
  for (const auto& [id, wildcard] : site.wildcards) server_.set(id, wildcard);
  for (const auto& [id, forward] : site.forwards) server_.set(id, forward);
  for (const Interface& interface : site.interfaces) {
    TRY(set_network(interface.name, interface.addresses));
    TRY(open_doors(interface, sockets));
  }
  return {};
}

Result<void> DnsService::open_doors(const Interface& interface, broker::Sockets& sockets) {
  for (const InterfaceAddress& at : interface.addresses) {
    for (const auto kind : {broker::Kind::dns, broker::Kind::dns_stream}) {
      auto opened =
          TRY(sockets.open({.kind = kind, .interface = interface.name, .address = at.address}));
      open_door(interface.name,
                kind == broker::Kind::dns ? dns::Transport::udp : dns::Transport::tcp,
                std::move(opened.sockets.front()));
    }
  }
  return {};
}

Result<void> DnsService::set_network(const std::string& interface,
                                     const std::vector<InterfaceAddress>& addresses) {
  const auto slot = TRY(server_.set_network({interface, addresses}));
  networks_[interface] = {slot, addresses};
  return {};
}

void DnsService::remove_network(const std::string& interface) {
  networks_.erase(interface);
  server_.remove_network(interface);
}

bool DnsService::Network::is_home_of(const Address& client) const {
  return std::ranges::any_of(
      addresses, [&](const InterfaceAddress& own) { return own.network.contains(client); });
}

DnsService::Door DnsService::open_door(const std::string& interface, dns::Transport transport,
                                       Descriptor socket) {
  const Door door = ++last_door_;
  OpenDoor& made = doors_[door];
  made.interface = interface;
  if (transport == dns::Transport::tcp) {
    made.connections = std::make_unique<DnsConnections>(
        loop_, std::move(socket),
        [this, door](std::uint32_t connection, const Endpoint& client, dns::Bytes message) {
          hear(door, client, connection, message);
          flush();
        });
    return door;
  }
  made.datagrams = std::make_unique<UdpSocket>(loop_, std::move(socket));
  made.datagrams->receive(
      [this, door](ByteView bytes, const Endpoint& from) { hear(door, from, 0, bytes); },
      [this] { set_timer(); });
  return door;
}

void DnsService::hear(Door door, const Endpoint& client, std::uint32_t connection,
                      dns::Bytes message) {
  const auto network = networks_.find(doors_.at(door).interface);
  if (network == networks_.end()) return;
  server_.receive({.network = network->second.slot,
                   .endpoint = client,
                   .transport = connection == 0 ? dns::Transport::udp : dns::Transport::tcp,
                   .connection = std::uint64_t{door} << connection_bits | connection,
                   .belongs = network->second.is_home_of(client.address)},
                  message, Clock::now());
  if (connection != 0) set_timer();
}

void DnsService::hear_resolver(dns::Token token, std::optional<dns::Bytes> message) {
  if (message) {
    server_.answer(token, *message, Clock::now());
  } else {
    server_.unreachable(token, Clock::now());
  }
  flush();
  set_timer();
}

void DnsService::answer(const dns::Client& client, dns::Bytes message) {
  // It may have been closed while a resolver was asked.
  const auto door = doors_.find(static_cast<Door>(client.connection >> connection_bits));
  if (door == doors_.end()) return;
  if (door->second.datagrams) return door->second.datagrams->send(message, client.endpoint);
  door->second.connections->answer(static_cast<std::uint32_t>(client.connection), message);
}

void DnsService::ask(dns::Token token, const Endpoint& resolver, dns::Transport transport,
                     dns::Bytes message) {
  questions_.ask(token, resolver, transport, message);
}

void DnsService::flush() {
  for (const auto& [number, door] : doors_) {
    if (door.datagrams) door.datagrams->flush();
  }
}

void DnsService::set_timer() {
  const auto deadline = server_.next_deadline();
  if (!deadline || (timer_is_for_ && *timer_is_for_ <= *deadline)) return;
  timer_is_for_ = deadline;
  timer_.expires_at(*deadline);
  timer_.async_wait(lifetime_.guard([this](const boost::system::error_code& problem) {
    if (problem) return;  // it is set anew
    timer_is_for_.reset();
    server_.tick(Clock::now());
    flush();
    set_timer();
  }));
}

}  // namespace viaduct::serving
