#include "services/guest/serving/web_listener.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <variant>
#include <vector>

#include "services/guest/serving/socket_address.h"

namespace viaduct::serving {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t longest_piece = 16384;  // bytes that are read at a time
constexpr int usual_hop_limit = -1;           // what the kernel takes for its default

using Clock = std::chrono::steady_clock;

using Secured = asio::ssl::stream<tcp::socket>;
using Stream = std::variant<tcp::socket, Secured>;

Stream stream_of(tcp::socket socket, const Tls& tls) {
  if (!tls) return Stream{std::move(socket)};
  return Stream{std::in_place_type<Secured>, std::move(socket), *tls};
}

// The Ethernet address that the connection was opened from. None if the kernel has not kept the
// frame, as under a flood of them (SYN cookies).
std::optional<Mac> mac_of(tcp::socket& socket) {
  constexpr std::size_t source = 6;  // in an Ethernet header, behind the destination
  std::array<std::uint8_t, 128> frame{};
  socklen_t size = frame.size();
  Mac mac;
  if (getsockopt(socket.native_handle(), IPPROTO_TCP, TCP_SAVED_SYN, frame.data(), &size) != 0 ||
      size < source + mac.bytes.size()) {
    return std::nullopt;
  }
  std::copy_n(frame.begin() + source, mac.bytes.size(), mac.bytes.begin());
  return mac;
}

void set_hop_limit(tcp::socket& socket, int limit) {
  const bool is_v4 = socket.local_endpoint().protocol() == tcp::v4();
  (void)setsockopt(socket.native_handle(), is_v4 ? IPPROTO_IP : IPPROTO_IPV6,
                   is_v4 ? IP_TTL : IPV6_UNICAST_HOPS, &limit, sizeof limit);
}

}  // namespace

// One connection: what happens at its socket and clock is told to its state machine.
class WebListener::Conversation final : public std::enable_shared_from_this<Conversation> {
 public:
  Conversation(WebListener& all, tcp::socket socket, web::Connection connection)
      : all_(&all),
        tls_(all.tls_),
        stream_(stream_of(std::move(socket), tls_)),
        connection_(std::move(connection)),
        timer_(all.loop_) {}

  // A client has as long for the handshake as for its first byte.
  void begin() {
    auto* const secured = std::get_if<Secured>(&stream_);
    if (secured == nullptr) return go_on();
    is_shaking_hands_ = true;
    go_on();
    secured->async_handshake(Secured::server, [self = shared_from_this()](error_code problem) {
      if (self->all_ == nullptr) return;
      if (problem) return self->end();
      self->is_shaking_hands_ = false;
      self->go_on();
    });
  }
  void go_on() {
    if (all_ == nullptr) return;
    if (connection_.is_finished()) return end();
    set_timer();
    if (is_shaking_hands_) return;
    write();
    read();
  }
  // From outside: the listener goes.
  void cut() {
    all_ = nullptr;
    error_code ignored;
    socket().close(ignored);
    timer_.cancel();
  }

 private:
  tcp::socket& socket() {
    auto* const secured = std::get_if<Secured>(&stream_);
    return secured == nullptr ? std::get<tcp::socket>(stream_) : secured->next_layer();
  }
  void end() {
    WebListener& all = *all_;
    cut();
    all.all_.erase(shared_from_this());
  }
  void set_timer() {
    if (timer_is_for_ == connection_.deadline()) return;
    timer_is_for_ = connection_.deadline();
    timer_.expires_at(timer_is_for_);
    timer_.async_wait([self = shared_from_this()](error_code problem) {
      if (problem || self->all_ == nullptr) return;
      self->timer_is_for_ = {};
      self->connection_.tick(Clock::now());
      self->go_on();
    });
  }
  void read() {
    const std::size_t room = std::min(connection_.room(), longest_piece);
    if (is_reading_ || room == 0) return;
    is_reading_ = true;
    input_.resize(room);
    const auto done = [self = shared_from_this()](error_code problem, std::size_t size) {
      self->is_reading_ = false;
      if (self->all_ != nullptr) self->take(problem, size);
    };
    std::visit([&](auto& stream) { stream.async_read_some(asio::buffer(input_), done); }, stream_);
  }
  void take(error_code problem, std::size_t size) {
    if (problem == asio::error::eof || problem == asio::ssl::error::stream_truncated) {
      connection_.end_of_input(Clock::now());
    } else if (problem) {
      return end();
    } else {
      connection_.receive({input_.data(), std::min(size, connection_.room())}, Clock::now());
    }
    is_held_ = true;
    all_->user_.before_answer(all_->network_, [self = shared_from_this()] {
      self->is_held_ = false;
      self->go_on();
    });
  }
  void write() {
    if (is_writing_ || is_held_) return;
    if (connection_.has_said_all()) return shut();
    const std::string_view output = connection_.output();
    if (output.empty()) return;
    is_writing_ = true;
    const int limit = connection_.hop_limit() ? *connection_.hop_limit() : usual_hop_limit;
    if (std::exchange(hop_limit_, limit) != limit) set_hop_limit(socket(), limit);
    const auto done = [self = shared_from_this()](error_code problem, std::size_t size) {
      self->is_writing_ = false;
      if (self->all_ == nullptr) return;
      if (problem) return self->end();
      self->connection_.sent(size, Clock::now());
      self->go_on();
    };
    std::visit([&](auto& stream) { stream.async_write_some(asio::buffer(output), done); }, stream_);
  }
  void shut() {
    if (std::exchange(is_shut_, true)) return;
    if (auto* const secured = std::get_if<Secured>(&stream_)) {
      // Tells the client that this was all; who says nothing more is cut by the timer.
      return secured->async_shutdown([self = shared_from_this()](error_code) {
        if (self->all_ != nullptr) self->end();
      });
    }
    error_code ignored;
    socket().shutdown(tcp::socket::shutdown_send, ignored);
  }

  WebListener* all_;  // nullptr once this is over
  Tls tls_;
  Stream stream_;
  web::Connection connection_;
  asio::steady_timer timer_;
  web::Time timer_is_for_{};
  std::vector<char> input_;
  int hop_limit_ = usual_hop_limit;
  bool is_shaking_hands_ = false;
  bool is_reading_ = false;
  bool is_writing_ = false;
  bool is_held_ = false;  // what it says waits for the user
  bool is_shut_ = false;
};

WebListener::WebListener(asio::io_context& loop, Descriptor socket, std::string network, User& user,
                         Tls tls)
    : loop_(loop),
      acceptor_(loop, tcp_of(socket), socket.get()),
      rest_(loop),
      network_(std::move(network)),
      user_(user),
      tls_(std::move(tls)) {
  (void)socket.release();
  accept();
}

WebListener::~WebListener() {
  for (const auto& each : all_) each->cut();
}

void WebListener::accept() {
  acceptor_.async_accept(lifetime_.guard([this](error_code problem, tcp::socket socket) {
    if (problem == asio::error::operation_aborted) return;
    error_code gone;
    const tcp::endpoint from = problem ? tcp::endpoint{} : socket.remote_endpoint(gone);
    if (!problem && !gone) begin(std::move(socket), endpoint_of(from));
    if (!problem) return accept();
    // Out of descriptors, for instance: that does not end at once.
    rest_.expires_after(accept_again_after);
    rest_.async_wait(lifetime_.guard([this](error_code ended) {
      if (!ended) accept();
    }));
  }));
}

void WebListener::begin(tcp::socket socket, const Endpoint& client) {
  auto connection = user_.accept({network_, client.address, mac_of(socket)}, Clock::now());
  if (!connection) return;
  const auto made =
      std::make_shared<Conversation>(*this, std::move(socket), *std::move(connection));
  all_.insert(made);
  made->begin();
}

}  // namespace viaduct::serving
