#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>

#include "base/hash.h"
#include "base/net.h"

namespace viaduct::web {

// How many connections the clients of one network have.
class Admission {
 public:
  // The place of one connection, given back with it.
  class Seat {
   public:
    Seat(Seat&&) noexcept = default;
    Seat& operator=(Seat&& other) noexcept {
      std::swap(admission_, other.admission_);
      std::swap(client_, other.client_);
      return *this;
    }
    ~Seat() {
      if (admission_) admission_->leave(client_);
    }

   private:
    friend class Admission;
    Seat(std::shared_ptr<Admission> admission, const Address& client)
        : admission_(std::move(admission)), client_(client) {}
    std::shared_ptr<Admission> admission_;
    Address client_;
  };

  // None if there are `most` already, or `most_of_client` of this one.
  static std::optional<Seat> enter(const std::shared_ptr<Admission>& admission,
                                   const Address& client, std::size_t most,
                                   std::size_t most_of_client) {
    if (admission->all_ >= most) return std::nullopt;
    std::size_t& taken = admission->taken_[client];
    if (taken >= most_of_client) return std::nullopt;
    ++taken;
    ++admission->all_;
    return Seat{admission, client};
  }
  [[nodiscard]] std::size_t count() const noexcept { return all_; }

 private:
  struct HashAddress {
    std::size_t operator()(const Address& address) const noexcept { return hash(address); }
  };
  void leave(const Address& client) {
    --all_;
    const auto taken = taken_.find(client);
    if (--taken->second == 0) taken_.erase(taken);
  }

  std::unordered_map<Address, std::size_t, HashAddress> taken_;
  std::size_t all_ = 0;
};

}  // namespace viaduct::web
