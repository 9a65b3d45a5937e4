#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/result.h"
#include "controlplane/kernel/descriptor.h"

namespace viaduct::kernel {

// The name of a network namespace: one file below /run/netns, where `ip netns` looks for it. Takes
// only what api::is_id() takes, so that no name leads out of that folder.
class NamespaceName {
 public:
  static Result<NamespaceName> parse(std::string text);
  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] std::string path() const;

 private:
  explicit NamespaceName(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

// A network namespace, kept alive for as long as this object.
class NetworkNamespace {
 public:
  // Fault::not_found: there is none of this name.
  static Result<NetworkNamespace> open(const NamespaceName& name);
  // A new one, visible under its name only once `furnish` has been done inside.
  static Result<NetworkNamespace> create(const NamespaceName& name,
                                         const std::function<Result<void>()>& furnish);

  // What `act` returns, a Result, when it runs inside: on a thread of its own, so that the caller
  // stays where it is.
  template <class Act>
  [[nodiscard]] std::invoke_result_t<Act> run(const Act& act) const {
    std::invoke_result_t<Act> outcome;
    auto entered = run_inside([&] { outcome = act(); });
    if (!entered) return tl::unexpected<Error>{entered.error()};
    return outcome;
  }
  // Whether this is what the name stands for now.
  [[nodiscard]] bool is_named(const NamespaceName& name) const;

 private:
  explicit NetworkNamespace(Descriptor file) : file_(std::move(file)) {}
  Result<void> run_inside(const std::function<void()>& act) const;
  Descriptor file_;
};

// Takes the name away. The namespace itself lives on while a process or a socket is in it.
Result<void> remove_namespace(const NamespaceName& name);

std::vector<NamespaceName> namespaces_beginning_with(std::string_view prefix);

}  // namespace viaduct::kernel
