#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "controlplane/kernel/namespaces.h"
#include "controlplane/kernel/netns.h"

namespace viaduct::kernel {

// Namespaces under a prefix of this test's own; whatever it made is taken away at the end. Looks
// at the kernel, and meddles with it, by the tools that an operator has.
class Lab : public ::testing::Test {
 protected:
  void TearDown() override;

  // What a program prints; a test failure if it fails.
  static std::string run(std::vector<std::string> command);
  // `ip` in the namespace of a router, or of another name under the prefix.
  std::string ip(const std::string& router, std::vector<std::string> command);

  // Routers as in a document: {"red": {"interfaces": ...}}.
  static Configuration configured(std::string_view routers);

  [[nodiscard]] NamespaceName name(const std::string& router) const;
  [[nodiscard]] NetworkNamespace network(const std::string& router) const;
  // A TAP as the data plane would have it; it vanishes with the descriptor.
  [[nodiscard]] Descriptor tap(const std::string& router, const std::string& interface) const;

  // Whether it comes true before patience ends.
  static bool eventually(const std::function<bool()>& condition);

  const std::string prefix = "vtest" + std::to_string(::getpid()) + "-";
};

}  // namespace viaduct::kernel
