#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/json.h"

namespace viaduct::bench::report {

// A place in a foreign JSON text. What it does not hold as expected is an error with its pointer.
// Valid as long as the text's value is.
class Node {
 public:
  explicit Node(const api::Json& value, std::string pointer = "")
      : value_(&value), pointer_(std::move(pointer)) {}

  [[nodiscard]] const std::string& pointer() const { return pointer_; }
  [[nodiscard]] bool has(std::string_view name) const;
  [[nodiscard]] Result<Node> attribute(std::string_view name) const;
  [[nodiscard]] Result<std::vector<Node>> elements(std::string_view name) const;
  // Those of an object, with their names.
  [[nodiscard]] Result<std::vector<std::pair<std::string, Node>>> attributes(
      std::string_view name) const;

  [[nodiscard]] Result<std::string> text(std::string_view name) const;
  // Empty where the attribute is absent.
  [[nodiscard]] Result<std::string> text_if_any(std::string_view name) const;
  [[nodiscard]] Result<std::uint64_t> count(std::string_view name) const;
  [[nodiscard]] Result<double> number(std::string_view name) const;      // none below zero
  [[nodiscard]] Result<double> difference(std::string_view name) const;  // may be
  [[nodiscard]] Result<bool> flag(std::string_view name) const;
  // Nothing where the attribute is null or absent.
  [[nodiscard]] Result<std::optional<double>> number_if_any(std::string_view name) const;
  [[nodiscard]] Result<std::vector<double>> numbers(std::string_view name) const;

  // A string, or another scalar as it is written.
  [[nodiscard]] Result<std::string> scalar() const;

 private:
  [[nodiscard]] Result<double> as_number() const;
  [[nodiscard]] Result<double> as_difference() const;
  [[nodiscard]] Result<std::string> as_text() const;

  const api::Json* value_;
  std::string pointer_;
};

}  // namespace viaduct::bench::report
