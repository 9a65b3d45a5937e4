#pragma once

#include <string>

namespace viaduct {

// docs/reference.md: every resource type with its attributes, made from their declarations.
std::string reference_text();

}  // namespace viaduct
