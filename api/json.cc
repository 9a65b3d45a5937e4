#include "api/json.h"

#include <algorithm>
#include <optional>
#include <unordered_set>
#include <utility>
#include <vector>

namespace viaduct::api {
namespace {

constexpr std::size_t longest_name = 1024;

// The library's words without its codes, and without what it read: that may be of any length and
// need not be UTF-8.
std::string reason_of(std::string_view words) {
  if (const auto code = words.find("] "); code != words.npos) words.remove_prefix(code + 2);
  words = words.substr(0, words.find("; last read"));
  if (const auto place = words.find(": "); place != words.npos) words.remove_prefix(place + 2);
  return std::string{words.substr(0, words.find(" parsing '"))};
}

// Builds a value in one pass over its text and stops at the first thing we refuse.
class Builder : public nlohmann::json_sax<Json> {
 public:
  explicit Builder(std::size_t deepest) : deepest_(deepest) {}
  [[nodiscard]] Json& built() { return built_; }
  [[nodiscard]] const Error& refused() const { return *refused_; }

  bool null() override { return add({}); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(number_integer_t value) override { return add(value); }
  bool number_unsigned(number_unsigned_t value) override { return add(value); }
  bool number_float(number_float_t value, const string_t& /*text*/) override { return add(value); }
  bool string(string_t& value) override { return add(std::move(value)); }
  bool binary(binary_t& /*value*/) override { return false; }  // not in texts
  bool start_object(std::size_t /*size*/) override { return descend(Json::object()); }
  bool start_array(std::size_t /*size*/) override { return descend(Json::array()); }
  bool end_object() override { return ascend(); }
  bool end_array() override { return ascend(); }
  bool key(string_t& name) override {
    if (name.size() > longest_name) {
      return refuse(
          {Fault::too_large, "",
           "an attribute's name is longer than " + std::to_string(longest_name) + " bytes"});
    }
    if (!open_.back().is_new(name)) {
      return refuse({Fault::invalid, "", "attribute '" + name + "' occurs twice in one object"});
    }
    name_ = std::move(name);
    return true;
  }
  bool parse_error(std::size_t offset, const std::string& /*token*/,
                   const nlohmann::detail::exception& problem) override {
    return refuse(
        {Fault::invalid, "",
         "not JSON, at byte " + std::to_string(offset) + ": " + reason_of(problem.what())});
  }

 private:
  struct Open {
    static constexpr std::size_t few = 16;  // names that are looked through
    Json* value;
    std::unordered_set<std::string> names = {};

    bool is_new(const std::string& name) {
      const auto& known = value->get_ref<const Json::object_t&>();
      if (known.size() < few) {
        return std::ranges::none_of(known, [&](const auto& each) { return each.first == name; });
      }
      if (names.empty()) {
        for (const auto& each : known) names.insert(each.first);
      }
      return names.insert(name).second;
    }
  };

  Json& place(Json value) {
    if (open_.empty()) return built_ = std::move(value);
    Json& parent = *open_.back().value;
    if (parent.is_object()) return append(parent, std::move(name_), std::move(value));
    parent.push_back(std::move(value));
    return parent.back();
  }
  bool add(Json value) {
    place(std::move(value));
    return true;
  }
  bool descend(Json empty) {
    if (open_.size() == deepest_) {
      return refuse({Fault::too_large, "", "nested deeper than " + std::to_string(deepest_)});
    }
    open_.push_back({&place(std::move(empty))});
    return true;
  }
  bool ascend() {
    open_.pop_back();
    return true;
  }
  bool refuse(Error error) {
    refused_ = std::move(error);
    return false;
  }

  std::size_t deepest_;
  Json built_;
  std::vector<Open> open_;  // the values that we are inside of, outermost first
  std::string name_;        // of the attribute whose value comes next
  std::optional<Error> refused_;
};

}  // namespace

Result<Json> parse_json(std::string_view text, JsonLimits limits) {
  if (text.size() > limits.bytes) {
    return fail(Fault::too_large, "", "larger than " + std::to_string(limits.bytes) + " bytes");
  }
  Builder builder{limits.depth};
  if (!Json::sax_parse(text, &builder)) return tl::unexpected<Error>{builder.refused()};
  return std::move(builder.built());
}

Json& append(Json& object, std::string name, Json value) {
  auto& attributes = object.get_ref<Json::object_t&>();
  attributes.emplace_back(std::move(name), std::move(value));
  return attributes.back().second;
}

std::string pointer_token(std::string_view name) {
  std::string token;
  for (const char c : name) {
    if (c == '~') {
      token += "~0";
    } else if (c == '/') {
      token += "~1";
    } else {
      token += c;
    }
  }
  return token;
}

}  // namespace viaduct::api

#ifndef __OPTIMIZE__
template class nlohmann::basic_json<nlohmann::ordered_map>;
#endif
