#include "services/guest/serving/dns_connections.h"

#include <algorithm>
#include <array>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <vector>

#include "services/guest/serving/socket_address.h"

namespace viaduct::serving {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

}  // namespace

class DnsConnections::Connection final : public std::enable_shared_from_this<Connection> {
 public:
  Connection(DnsConnections& all, std::uint32_t id, tcp::socket socket, const Endpoint& client)
      : all_(all), id_(id), socket_(std::move(socket)), client_(client), deadline_(all.loop_) {}

  [[nodiscard]] const Endpoint& client() const { return client_; }
  // When it was opened, or answered last.
  [[nodiscard]] std::chrono::steady_clock::time_point listens_since() const { return since_; }

  // Waits for a message. Silence, and an answer that does not come, end the connection.
  void listen() {
    since_ = std::chrono::steady_clock::now();
    deadline_.expires_at(since_ + patience);
    deadline_.async_wait([self = shared_from_this()](error_code problem) {
      if (!problem) self->close();
    });
    bytes_.resize(2);
    asio::async_read(socket_, asio::buffer(bytes_),
                     [self = shared_from_this()](error_code problem, std::size_t) {
                       if (problem) return self->close();
                       self->read_message();
                     });
  }
  void answer(dns::Bytes message) {
    bytes_ = {static_cast<std::uint8_t>(message.size() >> 8),
              static_cast<std::uint8_t>(message.size())};
    bytes_.insert(bytes_.end(), message.begin(), message.end());
    asio::async_write(socket_, asio::buffer(bytes_),
                      [self = shared_from_this()](error_code problem, std::size_t) {
                        if (problem) return self->close();
                        self->listen();
                      });
  }
  void cancel() {
    is_over_ = true;
    error_code ignored;
    socket_.close(ignored);
    deadline_.cancel();
  }

 private:
  void read_message() {
    bytes_.resize(std::size_t{bytes_[0]} << 8 | bytes_[1]);
    asio::async_read(socket_, asio::buffer(bytes_),
                     [self = shared_from_this()](error_code problem, std::size_t) {
                       if (problem) return self->close();
                       if (self->is_over_) return;
                       self->all_.heard_(self->id_, self->client_, self->bytes_);
                     });
  }
  void close() {
    if (is_over_) return;
    cancel();
    all_.all_.erase(id_);
  }

  DnsConnections& all_;
  std::uint32_t id_;
  tcp::socket socket_;
  Endpoint client_;
  asio::steady_timer deadline_;
  std::chrono::steady_clock::time_point since_;
  bool is_over_ = false;
  std::vector<std::uint8_t> bytes_;
};

DnsConnections::DnsConnections(asio::io_context& loop, Descriptor socket, Heard heard)
    : loop_(loop),
      acceptor_(loop, tcp_of(socket), socket.get()),
      rest_(loop),
      heard_(std::move(heard)) {
  (void)socket.release();
  accept();
}

DnsConnections::~DnsConnections() {
  for (auto& [id, connection] : all_) connection->cancel();
}

void DnsConnections::accept() {
  acceptor_.async_accept(lifetime_.guard([this](error_code problem, tcp::socket socket) {
    if (problem == asio::error::operation_aborted) return;
    error_code gone;
    const tcp::endpoint from = problem ? tcp::endpoint{} : socket.remote_endpoint(gone);
    if (!problem && !gone && has_room_for(endpoint_of(from).address)) {
      if (all_.size() == most) close_quietest();
      const std::uint32_t id = ++last_;
      const auto connection =
          std::make_shared<Connection>(*this, id, std::move(socket), endpoint_of(from));
      all_.emplace(id, connection);
      connection->listen();
    }
    if (!problem) return accept();
    // Out of descriptors, for instance: that does not end at once.
    rest_.expires_after(accept_again_after);
    rest_.async_wait(lifetime_.guard([this](error_code ended) {
      if (!ended) accept();
    }));
  }));
}

bool DnsConnections::has_room_for(const Address& client) const {
  const auto its = std::ranges::count_if(
      all_, [&](const auto& each) { return each.second->client().address == client; });
  return static_cast<std::size_t>(its) < most_of_one;
}

void DnsConnections::close_quietest() {
  const auto quietest = std::ranges::min_element(
      all_, {}, [](const auto& each) { return each.second->listens_since(); });
  quietest->second->cancel();
  all_.erase(quietest);
}

void DnsConnections::answer(std::uint32_t connection, dns::Bytes message) {
  const auto found = all_.find(connection);
  if (found != all_.end()) found->second->answer(message);
}

}  // namespace viaduct::serving
