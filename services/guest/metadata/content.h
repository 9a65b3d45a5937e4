#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "services/guest/metadata/settings.h"
#include "services/guest/web/message.h"
#include "services/guest/web/name_map.h"

namespace viaduct::metadata {

// A guest's files, ready to be sent. Responses share them, also after they were replaced.
class Content {
 public:
  // REQUIRES: names differ not in case alone.
  explicit Content(Guest guest);

  // One file's bytes: `path` is what follows "/latest/", in small letters. nullptr if there is no
  // such file.
  [[nodiscard]] const std::string* find(std::string_view path) const;

 private:
  std::optional<UserData> user_data_;
  web::NameMap<std::string> items_;  // by their names in small letters
  std::string list_;
};

// Where a request's target leads.
struct Path {
  enum class Kind : unsigned char { file, forbidden, unknown };
  Kind kind = Kind::unknown;
  std::string file;  // what follows "/latest/", in small letters
};

// Of a target in origin or absolute form (RFC 9112 3.2); a query is of no account.
[[nodiscard]] Path path_of(std::string_view target);

}  // namespace viaduct::metadata
