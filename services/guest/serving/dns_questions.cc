#include "services/guest/serving/dns_questions.h"

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <vector>

#include "services/guest/serving/socket_address.h"

namespace viaduct::serving {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr std::size_t longest_datagram = 4096;  // we ask for 1232 bytes (RFC 9715)

}  // namespace

// Lives as long as it is among the questions, and until what it has begun ends.
class DnsQuestions::Question {
 public:
  Question() = default;
  Question(const Question&) = delete;
  Question& operator=(const Question&) = delete;
  virtual ~Question() = default;
  virtual void cancel() = 0;
};

class DnsQuestions::UdpQuestion final : public Question,
                                        public std::enable_shared_from_this<UdpQuestion> {
 public:
  UdpQuestion(DnsQuestions& all, dns::Token token) : all_(all), token_(token), socket_(all.loop_) {}

  void ask(const Endpoint& resolver, dns::Bytes message) {
    const asio::ip::udp::endpoint to{asio_address(resolver.address), resolver.port};
    error_code problem = asio::error::no_descriptors;
    if (auto socket = all_.supply_(resolver.address, dns::Transport::udp)) {
      socket_.assign(to.protocol(), socket->release(), problem);
    }
    // Connected: the kernel lets in the resolver alone, and tells of its refusals.
    if (!problem) socket_.connect(to, problem);
    if (!problem) socket_.send(asio::buffer(message.data(), message.size()), 0, problem);
    if (problem) {
      asio::post(all_.loop_, [self = shared_from_this()] { self->hear(std::nullopt); });
      return;
    }
    listen();
  }
  void cancel() override {
    is_over_ = true;
    error_code ignored;
    socket_.close(ignored);
  }

 private:
  void listen() {
    socket_.async_receive(asio::buffer(answer_),
                          [self = shared_from_this()](error_code problem, std::size_t size) {
                            if (self->is_over_) return;
                            if (problem) return self->hear(std::nullopt);
                            self->hear(dns::Bytes{self->answer_}.first(size));
                            // A forged one may have come first.
                            if (!self->is_over_) self->listen();
                          });
  }
  void hear(std::optional<dns::Bytes> message) {
    if (!is_over_) all_.tell(token_, message);
  }

  DnsQuestions& all_;
  dns::Token token_;
  bool is_over_ = false;
  asio::ip::udp::socket socket_;
  std::array<std::uint8_t, longest_datagram> answer_{};
};

class DnsQuestions::TcpQuestion final : public Question,
                                        public std::enable_shared_from_this<TcpQuestion> {
 public:
  TcpQuestion(DnsQuestions& all, dns::Token token) : all_(all), token_(token), socket_(all.loop_) {}

  void ask(const Endpoint& resolver, dns::Bytes message) {
    bytes_ = {static_cast<std::uint8_t>(message.size() >> 8),
              static_cast<std::uint8_t>(message.size())};
    bytes_.insert(bytes_.end(), message.begin(), message.end());
    const asio::ip::tcp::endpoint to{asio_address(resolver.address), resolver.port};
    error_code unready = asio::error::no_descriptors;
    if (auto socket = all_.supply_(resolver.address, dns::Transport::tcp)) {
      socket_.assign(to.protocol(), socket->release(), unready);
    }
    if (unready) {
      asio::post(all_.loop_, [self = shared_from_this(), unready] { self->has_failed(unready); });
      return;
    }
    socket_.async_connect(to, [self = shared_from_this()](error_code problem) {
      if (self->has_failed(problem)) return;
      self->write();
    });
  }
  void cancel() override {
    is_over_ = true;
    error_code ignored;
    socket_.close(ignored);
  }

 private:
  bool has_failed(const error_code& problem) {
    if (problem && !is_over_) all_.tell(token_, std::nullopt);
    return problem || is_over_;
  }
  void write() {
    asio::async_write(socket_, asio::buffer(bytes_),
                      [self = shared_from_this()](error_code problem, std::size_t) {
                        if (!self->has_failed(problem)) self->read_length();
                      });
  }
  void read_length() {
    bytes_.resize(2);
    asio::async_read(socket_, asio::buffer(bytes_),
                     [self = shared_from_this()](error_code problem, std::size_t) {
                       if (!self->has_failed(problem)) self->read_message();
                     });
  }
  void read_message() {
    bytes_.resize(std::size_t{bytes_[0]} << 8 | bytes_[1]);
    asio::async_read(socket_, asio::buffer(bytes_),
                     [self = shared_from_this()](error_code problem, std::size_t) {
                       if (!self->has_failed(problem)) {
                         self->all_.tell(self->token_, dns::Bytes{self->bytes_});
                       }
                     });
  }

  DnsQuestions& all_;
  dns::Token token_;
  bool is_over_ = false;
  asio::ip::tcp::socket socket_;
  std::vector<std::uint8_t> bytes_;
};

DnsQuestions::DnsQuestions(boost::asio::io_context& loop, Supply supply, Heard heard)
    : loop_(loop), supply_(std::move(supply)), heard_(std::move(heard)) {}

DnsQuestions::~DnsQuestions() {
  for (auto& [token, question] : all_) question->cancel();
}

void DnsQuestions::ask(dns::Token token, const Endpoint& resolver, dns::Transport transport,
                       dns::Bytes message) {
  const auto begin = [&]<class Kind>(std::shared_ptr<Kind> question) {
    all_.insert_or_assign(token, question);
    question->ask(resolver, message);
  };
  if (transport == dns::Transport::tcp) {
    begin(std::make_shared<TcpQuestion>(*this, token));
  } else {
    begin(std::make_shared<UdpQuestion>(*this, token));
  }
}

void DnsQuestions::forget(dns::Token token) {
  const auto question = all_.find(token);
  if (question == all_.end()) return;
  question->second->cancel();
  all_.erase(question);
}

void DnsQuestions::tell(dns::Token token, std::optional<dns::Bytes> message) {
  heard_(token, message);
}

}  // namespace viaduct::serving
