#include "services/guest/serving/dhcp_service.h"

#include <boost/asio/post.hpp>
#include <chrono>

namespace viaduct::serving {
namespace {

using namespace std::chrono_literals;

constexpr auto rest_after_failure = 1s;
constexpr std::size_t most_waiting = 10'000;  // replies; clients ask again

dhcp::Time now() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

}  // namespace

DhcpService::DhcpService(boost::asio::io_context& loop, std::string lease_file)
    : loop_(loop), file_(std::move(lease_file)), retry_(loop) {}

DhcpService::~DhcpService() {
  disk_.join();
}

Result<std::unique_ptr<DhcpService>> DhcpService::open(boost::asio::io_context& loop,
                                                       const std::string& lease_file) {
  std::unique_ptr<DhcpService> service{new DhcpService{loop, lease_file}};
  service->server_.restore(TRY(service->file_.open()));
  return service;
}

Result<void> DhcpService::serve(const Site& site) {
  for (const auto& [id, subnet] : site.subnets) {
    TRY(server_.set_subnet(subnet.interface, id, subnet));
  }
  for (const auto& [id, reservation] : site.reservations) {
    TRY(server_.set_reservation(reservation.interface, id, reservation));
  }
  server_.drop_unserved_leases();
  for (const auto& [id, subnet] : site.subnets) {
    const std::string& interface = subnet.interface;
    if (sockets_.contains(interface)) continue;
    auto socket = TRY(UdpSocket::open(loop_, {Address::v4({}), dhcp::server_port}, interface));
    auto& added = sockets_.emplace(interface, std::move(socket)).first->second;
    added.receive([this, interface](ByteView bytes, const Endpoint&) { handle(interface, bytes); },
                  [this] { store_what_waits(); });
  }
  store_what_waits();
  return {};
}

void DhcpService::handle(const std::string& interface, ByteView datagram) {
  auto reply = server_.handle(interface, datagram, now());
  if (!reply) return;
  if (reply->after_commit <= server_.committed()) return send(interface, *reply);
  if (waiting_.size() < most_waiting) waiting_.push_back({interface, *std::move(reply)});
}

void DhcpService::send(const std::string& interface, const dhcp::Reply& reply) {
  const auto socket = sockets_.find(interface);
  if (socket == sockets_.end()) return;
  // A station without an address does not answer ARP; all hear a broadcast (RFC 2131 4.1).
  Endpoint to = reply.destination;
  if (reply.station) to.address = Address::v4(Be32::of(0xffffffff));
  socket->second.send(reply.bytes, to, reply.source.address);
}

void DhcpService::store_what_waits() {
  auto batch = server_.next_batch();
  if (!batch) return;
  boost::asio::post(disk_, [this, batch = *std::move(batch)] {
    auto outcome = file_.store(batch);
    boost::asio::post(loop_, [this, outcome = std::move(outcome)] { finish_store(outcome); });
  });
}

void DhcpService::finish_store(const Result<bool>& outcome) {
  server_.stored(outcome);
  while (!waiting_.empty() && waiting_.front().reply.after_commit <= server_.committed()) {
    send(waiting_.front().interface, waiting_.front().reply);
    waiting_.pop_front();
  }
  for (auto& [interface, socket] : sockets_) socket.flush();
  if (outcome) return store_what_waits();
  retry_.expires_after(rest_after_failure);
  retry_.async_wait([this](const boost::system::error_code& problem) {
    if (!problem) store_what_waits();
  });
}

}  // namespace viaduct::serving
