#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "api/resource.h"

// What a CloudStack management server has told this router: the merged state of its messages, one
// entry for each thing that they speak of. It lies in the document, so it is as durable and as
// transactional as the resources that are made of it.
namespace viaduct::cloudstack {

// A JSON object that nobody changes. Copies share it.
class Content {
 public:
  Content() : json_(nothing()) {}
  explicit Content(api::Json json) : json_(std::make_shared<const api::Json>(std::move(json))) {}
  [[nodiscard]] const api::Json& json() const noexcept { return *json_; }
  friend bool operator==(const Content& a, const Content& b) {
    return a.json_ == b.json_ || *a.json_ == *b.json_;
  }

 private:
  static const std::shared_ptr<const api::Json>& nothing() {
    static const auto empty = std::make_shared<const api::Json>(api::Json::object());
    return empty;
  }
  std::shared_ptr<const api::Json> json_;
};

// Its id is TYPE.KEY: the type of the message, and what identifies the thing among those of its
// type, such as "dhcpentry.10.1.1.11".
struct Entry {
  Content content;

  static constexpr std::string_view collection = "cloudstack";
  static constexpr std::string_view summary =
      "What a CloudStack management server said of one thing, without its secrets. The resources "
      "of router 'vr' are made of these.";
  static constexpr std::size_t longest_id = 127;
  static constexpr std::tuple fields{
      api::Field{"content", &Entry::content, "the JSON object, as it came"}};
  friend bool operator==(const Entry&, const Entry&) = default;
};

using Entries = api::Named<Entry>;

// The id of an entry. What ids do not take is escaped, so that different keys have different ids.
[[nodiscard]] std::string entry_id(std::string_view type, std::string_view key);

// Calls visit(id, json) for each entry whose id begins so, in the order of their ids.
template <class Visit>
void each_beginning(const Entries& entries, std::string_view begin, Visit visit) {
  auto at = std::ranges::lower_bound(entries, begin, {}, &Entries::value_type::first);
  for (; at != entries.end() && at->first.starts_with(begin); ++at) {
    visit(at->first, at->second.content.json());
  }
}

// The same for each entry of one type.
template <class Visit>
void each_of(const Entries& entries, std::string_view type, Visit visit) {
  each_beginning(entries, std::string{type} + ".", visit);
}

}  // namespace viaduct::cloudstack

namespace viaduct {

template <>
struct api::Codec<cloudstack::Content> {
  static Result<cloudstack::Content> read(const Json& json) {
    if (!json.is_object()) return tl::unexpected<Error>{expected("an object", json)};
    return cloudstack::Content{json};
  }
  static Json write(const cloudstack::Content& content) { return content.json(); }
  static Json schema() { return {{"type", "object"}, {"additionalProperties", true}}; }
};

}  // namespace viaduct

VIADUCT_DECLARE_RESOURCE(viaduct::cloudstack::Entry);
