#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "api/json.h"

namespace viaduct::cloudstack {

// What an operator should know of messages that were taken.
enum class Note : std::uint8_t {
  not_applied,  // kept, but the appliance does not do it yet
  waits,        // takes effect when something else is there, such as its NIC
  ignored,      // means nothing here
  odd,          // cannot be, so it was left out
};

// Notes that say the same of several things are one.
class Notes {
 public:
  // `about` names the entry, or what else it is about; `type` is that of the message.
  void add(Note note, std::string_view type, std::string_view about, std::string_view why);
  void append(const Notes& others);
  // [{"note":"waits","type":"forwardrules","why":"...","count":3,"about":["...", ...]}, ...]
  [[nodiscard]] api::Json to_json() const;

 private:
  static constexpr std::size_t most = 200;         // different ones
  static constexpr std::size_t most_examples = 5;  // of what one is about
  struct Said {
    Note note;
    std::string type;
    std::string why;
    std::size_t count = 0;
    std::vector<std::string> about;
  };
  Said* find(Note note, std::string_view type, std::string_view why);

  std::vector<Said> all_;
};

}  // namespace viaduct::cloudstack
