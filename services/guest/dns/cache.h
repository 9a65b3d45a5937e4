#pragma once

#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "services/guest/dns/answer.h"
#include "services/guest/dns/name_map.h"
#include "services/guest/dns/upstream.h"

namespace viaduct::dns {

// Answers of others, by the keys of queries (Query::key()). Of those for which there is no room,
// the ones that were of no use for longest go first.
class Cache {
 public:
  explicit Cache(std::uint64_t seed) : index_(0, HashName{seed}) {}

  // How many answers it may hold, of 512 bytes on average.
  void resize(std::size_t most);
  void insert(std::string_view key, std::shared_ptr<const Answer> answer, Time now);
  void clear() noexcept;

  struct Hit {
    const Answer* answer = nullptr;  // nullptr for none; good until the next change
    std::uint32_t age = 0;           // seconds
  };
  [[nodiscard]] Hit find(std::string_view key, Time now);

  [[nodiscard]] std::size_t size() const noexcept { return index_.size(); }
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

 private:
  struct Entry {
    std::string key;
    std::shared_ptr<const Answer> answer;
    Time stored;
    Time expires;
    [[nodiscard]] std::size_t bytes() const noexcept;
  };
  using Recent = std::list<Entry>;  // the one that was of use last is first

  void erase(Recent::iterator entry) noexcept;
  void make_room() noexcept;

  Recent recent_;
  std::unordered_map<std::string_view, Recent::iterator, HashName> index_;
  std::size_t most_ = 0;
  std::size_t bytes_ = 0;
};

// Takes `age` seconds, at most the answer's lifetime, off the TTLs of its records, which were
// copied to `records`.
inline void age_ttls(const Answer& answer, std::uint32_t age,
                     std::span<std::uint8_t> records) noexcept {
  for (const std::uint16_t at : answer.ttls) {
    write32(&records[at], read32(&records[at]) - age);
  }
}

}  // namespace viaduct::dns
