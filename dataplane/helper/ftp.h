#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

#include "base/net.h"

// What FTP says in its control connection about the data connection that comes next (RFC 959,
// RFC 2428):
//   PORT 10,1,1,20,19,136      EPRT |1|10.1.1.20|5000|          by the client
//   227 ... (10,1,1,20,19,136)  229 ... (|||5000|)              by the server
namespace viaduct::helper::ftp {

enum class Form { numbers, words, port };  // PORT and 227; EPRT; 229

// An endpoint that somebody listens at, and where in the text it stands.
struct Announcement {
  Form form = Form::numbers;
  char delimiter = '|';  // of words
  std::size_t begin = 0;
  std::size_t end = 0;
  std::optional<Address> address;  // none: that of who says it
  std::uint16_t port = 0;
};

enum class Side { client, server };

// The first announcement in what one side says in one segment. Lines that are not whole say
// nothing.
[[nodiscard]] std::optional<Announcement> read(std::string_view text, Side side) noexcept;

// An endpoint in the words of an announcement.
class Words {
 public:
  Words(const Announcement& said, const Endpoint& endpoint) noexcept;
  [[nodiscard]] std::string_view text() const noexcept { return {text_.data(), size_}; }

 private:
  void add(std::uint32_t number) noexcept;
  void add(char character) noexcept { text_[size_++] = character; }
  std::array<char, 24> text_{};  // "255,255,255,255,255,255"
  std::size_t size_ = 0;
};

}  // namespace viaduct::helper::ftp
