#include "services/guest/dns/cache.h"

#include <iterator>
#include <utility>

namespace viaduct::dns {

namespace {

constexpr std::size_t usual_size = 512;
// One answer takes no more of the memory than its fair share and that of a few others.
constexpr std::size_t largest_answer = 8 * usual_size;

}  // namespace

std::size_t Cache::Entry::bytes() const noexcept {
  return sizeof *this + key.capacity() + answer->bytes();
}

void Cache::resize(std::size_t most) {
  most_ = most;
  make_room();
}

void Cache::insert(std::string_view key, std::shared_ptr<const Answer> answer, Time now) {
  if (const auto it = index_.find(key); it != index_.end()) erase(it->second);
  if (most_ == 0 || answer->lifetime == 0 || answer->bytes() > largest_answer) return;
  const Time expires = now + std::chrono::seconds{answer->lifetime};
  recent_.push_front({std::string{key}, std::move(answer), now, expires});
  index_.emplace(recent_.front().key, recent_.begin());
  bytes_ += recent_.front().bytes();
  make_room();
}

void Cache::clear() noexcept {
  index_.clear();
  recent_.clear();
  bytes_ = 0;
}

Cache::Hit Cache::find(std::string_view key, Time now) {
  const auto it = index_.find(key);
  if (it == index_.end()) return {};
  const Recent::iterator entry = it->second;
  if (entry->expires <= now) {
    erase(entry);
    return {};
  }
  recent_.splice(recent_.begin(), recent_, entry);
  const auto age = std::chrono::duration_cast<std::chrono::seconds>(now - entry->stored);
  return {entry->answer.get(), static_cast<std::uint32_t>(age.count())};
}

void Cache::erase(Recent::iterator entry) noexcept {
  bytes_ -= entry->bytes();
  index_.erase(entry->key);
  recent_.erase(entry);
}

void Cache::make_room() noexcept {
  while (!recent_.empty() && (index_.size() > most_ || bytes_ > most_ * usual_size)) {
    erase(std::prev(recent_.end()));
  }
}

}  // namespace viaduct::dns
