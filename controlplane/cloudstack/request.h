#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/json.h"
#include "controlplane/cloudstack/merge.h"
#include "controlplane/cloudstack/nic.h"

namespace viaduct::cloudstack {

// A message, with the place in the request that errors of it point to.
struct Message {
  std::string where;  // "/parts/0/content"
  std::string name;   // of its file, if it came in an aggregate
  std::string type;
  Result<api::Json> content = api::Json{};
};

// What came in one part of a request. In a request that is not strict, each message of it is taken
// or refused by itself.
struct Part {
  std::vector<Message> messages;
  std::vector<std::string> other_scripts;  // of an aggregate; nobody runs them here
};

// What a caller asks for, in one transaction:
//   {"strict":true, "reset":false, "nics":[{"name":"eth0","mac":"...","device":"..."}],
//    "parts":[{"type":"forwardrules","content":{...}}, {"aggregate":"TEXT"}, {"cmdline":"TEXT"}]}
struct Request {
  bool is_strict = true;                 // one message that is refused refuses all
  bool is_reset = false;                 // every message before this request is forgotten first
  std::optional<std::vector<Nic>> nics;  // replaces the list of NICs
  std::vector<Part> parts;
};

// Refuses what is no request. That a message in it is wrong is told when it is merged.
[[nodiscard]] Result<Request> read_request(const api::Json& body);

// What became of a request that was taken.
struct Outcome {
  std::vector<std::vector<Error>> refused;  // for each part, what was wrong with messages of it
  Notes notes;                              // of these messages, and of all that is known now

  // {"parts":[{"errors":[...]}, ...], "notes":[...]}
  [[nodiscard]] api::Json to_json() const;
};

// Merges all messages into `state`. An error, and then only of a strict request, is the first
// message's that was refused; `state` is to be thrown away then.
[[nodiscard]] Result<Outcome> merge(const Request& request, State& state);

}  // namespace viaduct::cloudstack
