#include "services/guest/serving/dhcp_service.h"

#include <spdlog/spdlog.h>

#include <boost/asio/post.hpp>
#include <chrono>
#include <set>

namespace viaduct::serving {
namespace {

using namespace std::chrono_literals;

constexpr auto rest_after_failed_write = 1s;
constexpr std::size_t most_waiting = 10'000;  // replies; clients ask again

dhcp::Time wall_clock() {
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
  const auto stored = TRY(service->file_.open());
  if (!stored.is_whole) {
    spdlog::error(
        "leases of an earlier process are lost: {} cannot be read to its end and is kept as {}",
        lease_file, service->file_.kept_path());
  }
  service->server_.restore(stored);
  return service;
}

void DhcpService::listen(const std::string& network, Descriptor socket) {
  stop_listening(network);
  auto& added = sockets_.try_emplace(network, loop_, std::move(socket)).first->second;
  added.receive([this, network](ByteView bytes, const Endpoint&) { handle(network, bytes); },
                [this] { store_what_waits(); });
}

Result<void> DhcpService::serve(const Site& site, broker::Sockets& sockets) {
  for (const auto& [id, subnet] : site.subnets) {
    TRY(server_.set_subnet(subnet.interface, id, subnet));
  }
  for (const auto& [id, reservation] : site.reservations) {
    TRY(server_.set_reservation(reservation.interface, id, reservation));
  }
  server_.drop_unserved_leases();
  for (const auto& [id, subnet] : site.subnets) {
    if (sockets_.contains(subnet.interface)) continue;
    auto opened = TRY(sockets.open(
        {.kind = broker::Kind::dhcp, .interface = subnet.interface, .address = Address::v4({})}));
    listen(subnet.interface, std::move(opened.sockets.front()));
  }
  store_what_waits();
  return {};
}

void DhcpService::handle(const std::string& network, ByteView datagram) {
  auto reply = server_.handle(network, datagram, wall_clock());
  if (!reply) return;
  if (reply->after_commit <= server_.committed()) {
    (void)send(network, *reply);
  } else if (waiting_.size() < most_waiting) {
    waiting_.push_back({network, *std::move(reply)});
  }
}

UdpSocket* DhcpService::send(const std::string& network, const dhcp::Reply& reply) {
  const auto socket = sockets_.find(network);
  if (socket == sockets_.end()) return nullptr;
  // A station without an address does not answer ARP; all hear a broadcast (RFC 2131 4.1).
  Endpoint to = reply.destination;
  if (reply.station) to.address = Address::v4(Be32::of(0xffffffff));
  socket->second.send(reply.bytes, to, reply.source.address);
  return &socket->second;
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
  std::set<UdpSocket*> spoke;
  while (!waiting_.empty() && waiting_.front().reply.after_commit <= server_.committed()) {
    spoke.insert(send(waiting_.front().network, waiting_.front().reply));
    waiting_.pop_front();
  }
  spoke.erase(nullptr);
  for (UdpSocket* const socket : spoke) socket->flush();
  if (outcome) return store_what_waits();
  retry_.expires_after(rest_after_failed_write);
  retry_.async_wait([this](const boost::system::error_code& problem) {
    if (!problem) store_what_waits();
  });
}

}  // namespace viaduct::serving
