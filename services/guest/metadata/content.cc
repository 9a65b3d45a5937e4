#include "services/guest/metadata/content.h"

#include <optional>
#include <utility>

namespace viaduct::metadata {
namespace {

constexpr std::string_view user_data_file = "user-data";
constexpr std::string_view folder = "meta-data/";
constexpr std::string_view root = "/latest/";

std::optional<unsigned> hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
  return std::nullopt;
}

// Octets written as percent and two digits (RFC 3986 2.1), in a text of small letters.
std::optional<std::string> unescape(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      plain += text[i];
      continue;
    }
    if (text.size() - i < 3) return std::nullopt;
    const auto high = hex_digit(text[i + 1]);
    const auto low = hex_digit(text[i + 2]);
    if (!high || !low) return std::nullopt;
    plain += static_cast<char>(*high << 4 | *low);
    i += 2;
  }
  return plain;
}

}  // namespace

Content::Content(Guest guest) : user_data_(std::move(guest.user_data)) {
  for (auto& [name, content] : guest.items.all) {
    list_ += name + "\n";
    items_.emplace(web::to_lower(name), std::move(content));
  }
}

const std::string* Content::find(std::string_view path) const {
  if (path == user_data_file) return user_data_ ? &user_data_->bytes : nullptr;
  if (path == folder) return &list_;
  if (path.starts_with(folder)) path.remove_prefix(folder.size());
  const auto item = items_.find(path);
  return item == items_.end() ? nullptr : &item->second;
}

Path path_of(std::string_view target) {
  std::string text = web::to_lower(target.substr(0, target.find('?')));
  constexpr std::string_view scheme = "http://";
  if (text.starts_with(scheme)) {
    const auto slash = text.find('/', scheme.size());
    text = slash == std::string::npos ? "/" : text.substr(slash);
  }
  const auto plain = unescape(text);
  if (!plain) return {};
  const std::string path = web::to_lower(*plain);
  if (path == "/" || path == root || path.starts_with("/metadata/") ||
      path.starts_with("/userdata/")) {
    return {Path::Kind::forbidden, {}};
  }
  if (!path.starts_with(root)) return {};
  return {Path::Kind::file, path.substr(root.size())};
}

}  // namespace viaduct::metadata
