#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace viaduct::helper {

// What has to be added to the numbers of one direction of a TCP connection, since its text became
// longer or shorter on the way: a step for each place where it did. Of many steps it knows the last
// few, which is as far back as anything is sent again: the next announcement follows the answer to
// the last one.
class Shift {
 public:
  // Text that begins at `sequence`, and was not there before, becomes longer by `growth`. When it
  // is sent again, nothing changes.
  void note(std::uint32_t sequence, std::int32_t growth) noexcept;
  // What a byte's number, as it was sent, is for the receiver.
  [[nodiscard]] std::uint32_t of_sequence(std::uint32_t sequence) const noexcept;
  // What the number of a byte that the receiver waits for, as it says, is for the sender.
  [[nodiscard]] std::uint32_t of_acknowledgement(std::uint32_t number) const noexcept;

 private:
  struct Step {
    std::uint32_t at = 0;     // of bytes after this one
    std::int32_t before = 0;  // all that was added up to it
    std::int32_t after = 0;
  };
  static constexpr std::size_t kept = 4;
  std::array<Step, kept> steps_{};  // the oldest first
  std::size_t count_ = 0;
};

// The connections of one worker whose numbers are shifted. Never allocates.
class Adjustments {
 public:
  struct Connection {
    std::uint32_t session = 0;
    bool is_used = false;
    Shift forward;
    Shift reply;
  };
  [[nodiscard]] Connection* find(std::uint32_t session) noexcept;
  // A new one; nullptr if there is no room.
  [[nodiscard]] Connection* make(std::uint32_t session) noexcept;
  void forget(std::uint32_t session) noexcept {
    if (Connection* known = find(session)) known->is_used = false;
  }

 private:
  // Sessions have small numbers in a row, which fill the sets evenly.
  static constexpr std::size_t sets = 256;
  static constexpr std::size_t ways = 4;
  std::array<std::array<Connection, ways>, sets> connections_{};
};

}  // namespace viaduct::helper
