#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace viaduct {

// An ordered map whose copies share what they have in common: entries lie in blocks, sorted by key,
// and a change copies one block and the list of blocks. So a copy of ten thousand entries with one
// changed costs microseconds, and two versions are compared by the blocks that differ.
// A copy may be read by another thread while the original is changed.
template <class Value>
class PersistentMap {
 public:
  // The standard's algorithms want these names.
  using value_type = std::pair<std::string, Value>;  // NOLINT

 private:
  static constexpr std::size_t largest_block = 64;
  using Block = std::vector<value_type>;
  using Blocks = std::vector<std::shared_ptr<Block>>;

 public:
  class const_iterator {  // NOLINT
   public:
    using iterator_category = std::forward_iterator_tag;  // NOLINT
    using value_type = PersistentMap::value_type;         // NOLINT
    using difference_type = std::ptrdiff_t;               // NOLINT
    using pointer = const value_type*;                    // NOLINT
    using reference = const value_type&;                  // NOLINT

    const_iterator() = default;
    reference operator*() const { return (**block_)[at_]; }
    pointer operator->() const { return &**this; }
    const_iterator& operator++() {
      if (++at_ == (*block_)->size()) next_block();
      return *this;
    }
    const_iterator operator++(int) {
      const_iterator before = *this;
      ++*this;
      return before;
    }
    friend bool operator==(const const_iterator&, const const_iterator&) = default;

   private:
    friend class PersistentMap;
    const_iterator(const std::shared_ptr<Block>* block, std::size_t at) : block_(block), at_(at) {}
    void next_block() {
      ++block_;
      at_ = 0;
    }
    const std::shared_ptr<Block>* block_ = nullptr;
    std::size_t at_ = 0;
  };
  using iterator = const_iterator;  // NOLINT

  PersistentMap() = default;
  // Of several entries with one key, the last one counts.
  explicit PersistentMap(std::vector<value_type> entries);

  [[nodiscard]] const_iterator begin() const { return {blocks_.data(), 0}; }
  [[nodiscard]] const_iterator end() const { return {blocks_.data() + blocks_.size(), 0}; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }

  [[nodiscard]] const_iterator find(std::string_view key) const {
    const Place place = place_of(key);
    return place.is_there ? const_iterator{&blocks_[place.block], place.at} : end();
  }
  [[nodiscard]] bool contains(std::string_view key) const { return place_of(key).is_there; }
  [[nodiscard]] const Value& at(std::string_view key) const {
    const auto found = find(key);
    if (found == end()) throw std::out_of_range{std::string{key}};
    return found->second;
  }

  // The value to be changed, or nullptr.
  [[nodiscard]] Value* edit(std::string_view key);
  Value& operator[](std::string_view key);
  void insert_or_assign(std::string key, Value value);
  // How many there were, as std::map tells it.
  std::size_t erase(std::string_view key);

  // Calls visit(key, before, after) for every key at which the two differ, in order; nullptr stands
  // for none. Ends early, and returns false, when `visit` returns false.
  template <class Visit>
  static bool compare(const PersistentMap& from, const PersistentMap& to, Visit visit) {
    auto before = from.begin();
    auto after = to.begin();
    while (before != from.end() || after != to.end()) {
      if (before != from.end() && after != to.end() && before.at_ == 0 && after.at_ == 0 &&
          *before.block_ == *after.block_) {
        before.next_block();
        after.next_block();
        continue;
      }
      const int order = before == from.end() ? 1
                        : after == to.end()  ? -1
                                             : before->first.compare(after->first);
      bool goes_on = true;
      if (order < 0) {
        goes_on = visit(before->first, &before->second, nullptr);
      } else if (order > 0) {
        goes_on = visit(after->first, nullptr, &after->second);
      } else if (!(before->second == after->second)) {
        goes_on = visit(before->first, &before->second, &after->second);
      }
      if (!goes_on) return false;
      if (order <= 0) ++before;
      if (order >= 0) ++after;
    }
    return true;
  }

  friend bool operator==(const PersistentMap& a, const PersistentMap& b) {
    if (a.size_ != b.size_) return false;
    return compare(a, b, [](const auto&...) { return false; });
  }

 private:
  struct Place {
    std::size_t block = 0;
    std::size_t at = 0;
    bool is_there = false;
  };

  static std::ptrdiff_t offset(std::size_t at) { return static_cast<std::ptrdiff_t>(at); }

  // Where `key` is, or where it belongs.
  [[nodiscard]] Place place_of(std::string_view key) const;
  // The block, shared with nobody.
  Block& own(std::size_t index);
  Value& insert(Place place, value_type entry);
  // Makes room in a full block. What comes at the very end begins a new one, so that sorted entries
  // fill theirs.
  Place split(Place place);
  // Joins a block with the next one if both are small.
  void unite(std::size_t index);

  Blocks blocks_;  // none is empty
  std::size_t size_ = 0;
};

// What follows stands outside of the class so that it is no inline function: who declares the
// instantiation of a map elsewhere does not compile it again.

template <class Value>
PersistentMap<Value>::PersistentMap(std::vector<value_type> entries) {
  const auto by_key = [](const value_type& a, const value_type& b) { return a.first < b.first; };
  if (!std::ranges::is_sorted(entries, by_key)) std::ranges::stable_sort(entries, by_key);
  for (auto& [key, value] : entries) insert_or_assign(std::move(key), std::move(value));
}

template <class Value>
Value* PersistentMap<Value>::edit(std::string_view key) {
  const Place place = place_of(key);
  return place.is_there ? &own(place.block)[place.at].second : nullptr;
}

template <class Value>
Value& PersistentMap<Value>::operator[](std::string_view key) {
  const Place place = place_of(key);
  if (place.is_there) return own(place.block)[place.at].second;
  return insert(place, {std::string{key}, Value{}});
}

template <class Value>
void PersistentMap<Value>::insert_or_assign(std::string key, Value value) {
  const Place place = place_of(key);
  if (place.is_there) {
    own(place.block)[place.at].second = std::move(value);
  } else {
    insert(place, {std::move(key), std::move(value)});
  }
}

template <class Value>
std::size_t PersistentMap<Value>::erase(std::string_view key) {
  const Place place = place_of(key);
  if (!place.is_there) return 0;
  Block& block = own(place.block);
  block.erase(block.begin() + offset(place.at));
  --size_;
  if (block.empty()) {
    blocks_.erase(blocks_.begin() + offset(place.block));
  } else if (place.block > 0) {
    unite(place.block - 1);
  }
  return 1;
}

template <class Value>
auto PersistentMap<Value>::place_of(std::string_view key) const -> Place {
  if (blocks_.empty()) return {};
  const auto after = std::upper_bound(
      blocks_.begin(), blocks_.end(), key,
      [](std::string_view k, const auto& block) { return k < block->front().first; });
  const auto index =
      after == blocks_.begin() ? 0 : static_cast<std::size_t>(after - blocks_.begin() - 1);
  const Block& block = *blocks_[index];
  const auto found = std::ranges::lower_bound(block, key, {}, &value_type::first);
  return {index, static_cast<std::size_t>(found - block.begin()),
          found != block.end() && found->first == key};
}

template <class Value>
auto PersistentMap<Value>::own(std::size_t index) -> Block& {
  std::shared_ptr<Block>& block = blocks_[index];
  if (block.use_count() != 1) {
    block = std::make_shared<Block>(*block);
  } else {
    // Another thread may just have dropped its copy, having read it.
    std::atomic_thread_fence(std::memory_order_acquire);
  }
  return *block;
}

template <class Value>
Value& PersistentMap<Value>::insert(Place place, value_type entry) {
  ++size_;
  if (blocks_.empty()) {
    blocks_.push_back(std::make_shared<Block>());
  } else if (blocks_[place.block]->size() == largest_block) {
    place = split(place);
  }
  Block& block = own(place.block);
  return block.insert(block.begin() + offset(place.at), std::move(entry))->second;
}

template <class Value>
auto PersistentMap<Value>::split(Place place) -> Place {
  const bool is_last = place.block + 1 == blocks_.size() && place.at == largest_block;
  const std::size_t kept = is_last ? largest_block : largest_block / 2;
  Block& left = own(place.block);
  auto right = std::make_shared<Block>(std::make_move_iterator(left.begin() + offset(kept)),
                                       std::make_move_iterator(left.end()));
  right->reserve(largest_block);
  left.resize(kept);
  blocks_.insert(blocks_.begin() + offset(place.block + 1), std::move(right));
  if (place.at <= kept && !is_last) return place;
  return {place.block + 1, place.at - kept, false};
}

template <class Value>
void PersistentMap<Value>::unite(std::size_t index) {
  if (blocks_[index]->size() + blocks_[index + 1]->size() > largest_block / 2) return;
  Block& left = own(index);
  const Block& right = *blocks_[index + 1];
  left.insert(left.end(), right.begin(), right.end());
  blocks_.erase(blocks_.begin() + offset(index + 1));
}

}  // namespace viaduct
