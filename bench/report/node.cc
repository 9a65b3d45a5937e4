#include "bench/report/node.h"

#include <algorithm>
#include <cmath>

namespace viaduct::bench::report {
namespace {

// Nothing that the bench measures comes near it; what does is a broken file.
constexpr double most = 1e15;

// They would steer the terminal that the report is printed on.
bool steers_terminals(std::string_view text) {
  return std::ranges::any_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

}  // namespace

bool Node::has(std::string_view name) const {
  return value_->is_object() && value_->contains(name);
}

Result<Node> Node::attribute(std::string_view name) const {
  if (!value_->is_object()) return fail(Fault::invalid, pointer_, "is not an object");
  const auto found = value_->find(name);
  std::string pointer = pointer_ + "/" + api::pointer_token(name);
  if (found == value_->end()) return fail(Fault::invalid, std::move(pointer), "is missing");
  return Node{*found, std::move(pointer)};
}

Result<std::vector<Node>> Node::elements(std::string_view name) const {
  const Node array = TRY(attribute(name));
  if (!array.value_->is_array()) return fail(Fault::invalid, array.pointer_, "is not an array");
  std::vector<Node> elements;
  for (const api::Json& element : *array.value_) {
    elements.emplace_back(element, array.pointer_ + "/" + std::to_string(elements.size()));
  }
  return elements;
}

Result<std::vector<std::pair<std::string, Node>>> Node::attributes(std::string_view name) const {
  const Node object = TRY(attribute(name));
  if (!object.value_->is_object()) return fail(Fault::invalid, object.pointer_, "is not an object");
  std::vector<std::pair<std::string, Node>> attributes;
  for (const auto& [key, value] : object.value_->items()) {
    if (steers_terminals(key)) {
      return fail(Fault::invalid, object.pointer_, "has a name with control characters");
    }
    attributes.emplace_back(key, Node{value, object.pointer_ + "/" + api::pointer_token(key)});
  }
  return attributes;
}

Result<std::string> Node::text(std::string_view name) const {
  return TRY(attribute(name)).as_text();
}

Result<std::string> Node::text_if_any(std::string_view name) const {
  return has(name) ? text(name) : std::string{};
}

Result<std::uint64_t> Node::count(std::string_view name) const {
  const Node node = TRY(attribute(name));
  if (!node.value_->is_number_unsigned()) {
    return fail(Fault::invalid, node.pointer_, "is not a whole number");
  }
  TRY(node.as_number());
  return node.value_->get<std::uint64_t>();
}

Result<double> Node::number(std::string_view name) const {
  return TRY(attribute(name)).as_number();
}

Result<double> Node::difference(std::string_view name) const {
  return TRY(attribute(name)).as_difference();
}

Result<bool> Node::flag(std::string_view name) const {
  const Node node = TRY(attribute(name));
  if (!node.value_->is_boolean()) {
    return fail(Fault::invalid, node.pointer_, "is neither true nor false");
  }
  return node.value_->get<bool>();
}

Result<std::optional<double>> Node::number_if_any(std::string_view name) const {
  if (!value_->is_object()) return fail(Fault::invalid, pointer_, "is not an object");
  const auto found = value_->find(name);
  if (found == value_->end() || found->is_null()) return std::nullopt;
  return std::optional<double>{TRY(number(name))};
}

Result<std::vector<double>> Node::numbers(std::string_view name) const {
  std::vector<double> numbers;
  for (const Node& element : TRY(elements(name))) numbers.push_back(TRY(element.as_number()));
  return numbers;
}

Result<std::string> Node::scalar() const {
  if (value_->is_string()) return as_text();
  if (value_->is_structured()) return fail(Fault::invalid, pointer_, "is not a single value");
  return value_->dump();
}

Result<double> Node::as_number() const {
  const double number = TRY(as_difference());
  if (number < 0) return fail(Fault::invalid, pointer_, "is negative");
  return number;
}

Result<double> Node::as_difference() const {
  if (!value_->is_number()) return fail(Fault::invalid, pointer_, "is not a number");
  const auto number = value_->get<double>();
  if (std::abs(number) > most) {
    return fail(Fault::invalid, pointer_, "is too large for a measurement");
  }
  return number;
}

Result<std::string> Node::as_text() const {
  if (!value_->is_string()) return fail(Fault::invalid, pointer_, "is not a string");
  const auto& text = value_->get_ref<const std::string&>();
  if (steers_terminals(text)) return fail(Fault::invalid, pointer_, "holds control characters");
  return text;
}

}  // namespace viaduct::bench::report
