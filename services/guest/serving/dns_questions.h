#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <unordered_map>

#include "base/framing.h"
#include "services/guest/dns/outlet.h"

namespace viaduct::serving {

// Questions to resolvers that are under way, each by a socket of its own.
class DnsQuestions {
 public:
  // What came in for a token: the answer, or nothing if its resolver cannot be reached.
  using Heard = std::function<void(dns::Token token, std::optional<dns::Bytes> message)>;
  // A socket that is neither bound nor connected, of the resolver's family.
  using Supply = std::function<Result<Descriptor>(const Address& resolver, dns::Transport)>;
  DnsQuestions(boost::asio::io_context& loop, Supply supply, Heard heard);
  DnsQuestions(const DnsQuestions&) = delete;
  DnsQuestions& operator=(const DnsQuestions&) = delete;
  ~DnsQuestions();

  void ask(dns::Token token, const Endpoint& resolver, dns::Transport transport,
           dns::Bytes message);
  void forget(dns::Token token);

 private:
  class Question;
  class UdpQuestion;
  class TcpQuestion;
  void tell(dns::Token token, std::optional<dns::Bytes> message);

  boost::asio::io_context& loop_;
  Supply supply_;
  Heard heard_;
  std::unordered_map<dns::Token, std::shared_ptr<Question>> all_;
};

}  // namespace viaduct::serving
