#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "api/json.h"

namespace viaduct::cli {

using Query = std::map<std::string, std::string>;

// One request to viaductd. Header fields are name and value.
struct Call {
  std::string method;
  std::string path;
  Query query = {};
  std::string body = {};
  std::map<std::string, std::string> headers = {};
};

// viaductd at its UNIX socket. What it refuses comes back as the Error it stands for.
class Client {
 public:
  explicit Client(std::string socket) : socket_(std::move(socket)) {}

  Result<api::Json> ask(const Call& call);
  // Hands the answer's bytes to `sink` as they come, until it has enough and returns false.
  Result<void> stream(const Call& call, const std::function<bool(std::string_view)>& sink);

 private:
  std::string socket_;
};

// `text` as it may stand in a query.
std::string percent_encoded(std::string_view text);

}  // namespace viaduct::cli
