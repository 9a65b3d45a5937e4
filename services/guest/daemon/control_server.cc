#include "services/guest/daemon/control_server.h"

#include <openssl/crypto.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include "api/error.h"
#include "base/errno_text.h"

namespace viaduct::guestd {
namespace {

namespace asio = boost::asio;
using asio::local::stream_protocol;
using boost::system::error_code;
using namespace std::chrono_literals;

constexpr auto idle = 60s;            // until the next question begins
constexpr auto whole_question = 30s;  // from its length to its end
constexpr auto whole_answer = 30s;    // until it is found and taken
constexpr auto rest_after_shortage = 100ms;

using Length = std::array<unsigned char, 4>;  // big-endian

Length write_length(std::size_t size) {
  return {static_cast<unsigned char>(size >> 24), static_cast<unsigned char>(size >> 16),
          static_cast<unsigned char>(size >> 8), static_cast<unsigned char>(size)};
}

std::size_t read_length(const Length& length) {
  return std::size_t{length[0]} << 24 | std::size_t{length[1]} << 16 | std::size_t{length[2]} << 8 |
         length[3];
}

std::string too_large() {
  const Error error{Fault::too_large, "", "larger than one frame"};
  return api::Json{{"ok", false}, {"error", api::write_error(error)}}.dump();
}

}  // namespace

Result<Descriptor> listen_at(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    return fail(Fault::invalid, path, "is too long for a socket's path");
  }
  path.copy(static_cast<char*>(address.sun_path), path.size());
  Descriptor socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  unlink(path.c_str());
  const mode_t before = umask(0117);
  const bool is_bound =
      bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  umask(before);
  if (!is_bound || listen(socket.get(), SOMAXCONN) != 0) {
    return fail(Fault::unavailable, path, "cannot listen: " + errno_text());
  }
  return socket;
}

class ControlServer::Connection final : public std::enable_shared_from_this<Connection> {
 public:
  Connection(ControlServer& all, stream_protocol::socket socket)
      : all_(all), socket_(std::move(socket)), deadline_(all.loop_) {}

  void wait_for_question() {
    set_deadline(idle);
    asio::async_read(socket_, asio::buffer(length_),
                     [self = shared_from_this()](error_code problem, std::size_t) {
                       if (problem) return self->end();
                       self->read_question();
                     });
  }

 private:
  void read_question() {
    const std::size_t size = read_length(length_);
    if (size > largest_frame) {
      is_last_ = true;
      return send(too_large());
    }
    set_deadline(whole_question);
    bytes_.resize(size);
    asio::async_read(socket_, asio::buffer(bytes_),
                     [self = shared_from_this()](error_code problem, std::size_t) {
                       if (problem) return self->end();
                       self->ask();
                     });
  }
  void ask() {
    set_deadline(whole_answer);
    std::string question = std::exchange(bytes_, {});
    all_.control_.ask(
        question, [self = shared_from_this()](const std::string& answer) { self->send(answer); });
    // It may have told passwords.
    OPENSSL_cleanse(question.data(), question.size());
  }
  void send(const std::string& answer) {
    bytes_ = answer.size() <= largest_frame ? answer : too_large();
    length_ = write_length(bytes_.size());
    const std::array parts{asio::buffer(length_), asio::buffer(bytes_)};
    asio::async_write(socket_, parts, [self = shared_from_this()](error_code problem, std::size_t) {
      if (problem || self->is_last_) return self->end();
      self->wait_for_question();
    });
  }
  void set_deadline(std::chrono::seconds patience) {
    deadline_.expires_after(patience);
    deadline_.async_wait([self = shared_from_this()](error_code problem) {
      if (!problem) self->end();
    });
  }
  void end() {
    if (std::exchange(is_over_, true)) return;
    error_code ignored;
    socket_.close(ignored);
    deadline_.cancel();
    const bool was_full = all_.all_.size() >= most_connections;
    all_.all_.erase(shared_from_this());
    if (was_full) all_.accept();
  }

  ControlServer& all_;
  stream_protocol::socket socket_;
  asio::steady_timer deadline_;
  Length length_{};
  std::string bytes_;
  bool is_last_ = false;
  bool is_over_ = false;
};

ControlServer::ControlServer(asio::io_context& loop, Descriptor socket, Control& control)
    : loop_(loop),
      acceptor_(loop, stream_protocol{}, socket.get()),
      rest_(loop),
      control_(control) {
  (void)socket.release();
  accept();
}

void ControlServer::accept() {
  acceptor_.async_accept([this](error_code problem, stream_protocol::socket socket) {
    if (problem == asio::error::operation_aborted) return;
    if (problem) {
      // Out of descriptors, for instance: that does not end at once.
      rest_.expires_after(rest_after_shortage);
      rest_.async_wait([this](error_code ended) {
        if (!ended) accept();
      });
      return;
    }
    const auto connection = std::make_shared<Connection>(*this, std::move(socket));
    all_.insert(connection);
    connection->wait_for_question();
    if (all_.size() < most_connections) accept();
  });
}

}  // namespace viaduct::guestd
