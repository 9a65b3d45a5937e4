#include "services/guest/web/request_reader.h"

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

namespace viaduct::web {
namespace {

namespace http = boost::beast::http;
using Parser = http::request_parser<http::string_body>;

std::string_view view_of(boost::beast::string_view text) {
  return {text.data(), text.size()};
}

Method method_of(http::verb verb) {
  switch (verb) {
    case http::verb::get:
      return Method::get;
    case http::verb::head:
      return Method::head;
    case http::verb::put:
      return Method::put;
    case http::verb::post:
      return Method::post;
    case http::verb::unknown:
      return Method::unknown;
    default:
      return Method::other;
  }
}

unsigned status_of(const boost::beast::error_code& problem) {
  if (problem == http::error::header_limit) return 431;
  if (problem == http::error::body_limit) return 413;
  if (problem == http::error::bad_version) return 505;
  return 400;
}

// What is still to come of a chunked body has at least the last chunk, "0" and two empty lines (RFC
// 9112 7.1). Beast asserts that when it looks at that chunk a second time.
constexpr std::size_t least_of_chunks = 5;

// Why a head is not acceptable that Beast accepts, as a status; 0 if it is.
unsigned refusal_of(const http::request<http::string_body>& message, std::size_t most_headers) {
  const auto headers = std::distance(message.begin(), message.end());
  if (static_cast<std::size_t>(headers) > most_headers) return 431;
  const bool is_1_1 = message.version() == 11;
  const auto hosts = message.count(http::field::host);
  if (hosts > 1 || (is_1_1 && hosts == 0)) return 400;  // RFC 9112 3.2
  const auto lengths = message.count(http::field::content_length);
  const auto encodings = message.count(http::field::transfer_encoding);
  if (lengths + encodings > 1) return 400;  // RFC 9112 6.3
  if (encodings != 0) {
    if (!is_1_1) return 400;  // RFC 9112 6.1
    const auto encoding = message[http::field::transfer_encoding];
    if (!equals_ignoring_case(view_of(encoding), "chunked")) return 501;
  }
  return message.count(http::field::expect) == 0 ? 0 : 417;
}

}  // namespace

struct RequestReader::State {
  explicit State(const Limits& limits)
      : most_headers(limits.headers), largest_head(limits.head_bytes) {
    parser.header_limit(limits.head_bytes);
    parser.body_limit(limits.body_bytes);
    parser.eager(false);  // so that the head is judged before the body is read
  }
  void take_head();
  void take_body();

  Parser parser;
  std::size_t most_headers;
  std::size_t largest_head;
  Request request;
  std::size_t head_size = 0;  // bytes of it that are done with
  unsigned refusal = 0;
  bool has_begun = false;
  bool has_head = false;
  bool is_whole = false;
};

void RequestReader::State::take_head() {
  const auto& message = parser.get();
  has_head = true;
  // Beast's limit is on the request line and the headers each, if they come at once.
  refusal = head_size > largest_head ? 431 : refusal_of(message, most_headers);
  if (refusal != 0) return;
  request.method = method_of(message.method());
  request.target = view_of(message.target());
  request.keeps_alive = parser.keep_alive();
  for (const auto& header : message) {
    request.headers.push_back(
        {std::string{view_of(header.name_string())}, std::string{view_of(header.value())}});
  }
}

void RequestReader::State::take_body() {
  is_whole = true;
  request.body = std::move(parser.get().body());
}

RequestReader::RequestReader(const Limits& limits) : state_(std::make_unique<State>(limits)) {}
RequestReader::RequestReader(RequestReader&&) noexcept = default;
RequestReader& RequestReader::operator=(RequestReader&&) noexcept = default;
RequestReader::~RequestReader() = default;

bool RequestReader::is_reading() const noexcept {
  return !state_->is_whole && state_->refusal == 0;
}
bool RequestReader::has_begun() const noexcept {
  return state_->has_begun;
}
unsigned RequestReader::refusal() const noexcept {
  return state_->refusal;
}
const Request& RequestReader::request() const noexcept {
  return state_->request;
}

std::size_t RequestReader::read(std::string_view bytes) {
  Parser& parser = state_->parser;
  std::size_t taken = 0;
  while (is_reading() && taken < bytes.size()) {
    boost::beast::error_code problem;
    const std::string_view rest = bytes.substr(taken);
    if (state_->has_head && parser.chunked() && rest.size() < least_of_chunks) break;
    const auto count = parser.put(boost::asio::const_buffer{rest.data(), rest.size()}, problem);
    taken += count;
    if (!state_->has_head) state_->head_size += count;
    if (problem == http::error::need_more) break;
    if (problem) {
      state_->refusal = status_of(problem);
      break;
    }
    if (!state_->has_head && parser.is_header_done()) state_->take_head();
    if (is_reading() && parser.is_done()) state_->take_body();
  }
  state_->has_begun |= taken != 0;
  return taken;
}

}  // namespace viaduct::web
