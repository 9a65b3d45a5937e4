#pragma once

#include <span>
#include <string>

#include "controlplane/document.h"

namespace viaduct::cli {

// {"protocol":"tcp","sources":["10.0.0.0/8"]} of "protocol=tcp" and "sources=10.0.0.0/8", each
// value of the type that `schema` declares; lists are separated by commas. "name=" is null, which
// in a merge patch takes the attribute away.
Result<api::Json> read_attributes(std::span<const std::string> words, const api::Json& schema);

// The value that `text` stands for, of the type that its schema declares.
api::Json read_value(std::string_view text, const api::Json& schema);

// {"routers":{"red":BODY}} for routers/red.
api::Json nest(const api::DocumentPath& path, api::Json body);

// A value as a person reads it: lists joined by commas, strings without quotes.
std::string readable(const api::Json& value);

// Every resource type with its attributes, for --help.
std::string attributes_help();

}  // namespace viaduct::cli
