#pragma once

#include <CLI/CLI.hpp>
#include <map>
#include <string>
#include <vector>

#include "controlplane/cli/client.h"

namespace viaduct::cli {

// A command line that is being typed: what may come next in it. Reads it by the declarations that
// the finished line is parsed by, and asks viaductd for the names of what there is.
class Completion {
 public:
  Completion(const CLI::App& app, Client client)
      : app_(app), command_(&app), client_(std::move(client)) {}

  // One word that is finished.
  void read(const std::string& word);
  // What the word that begins like this may be; of "name=begun" only what follows the "=".
  std::vector<std::string> candidates(const std::string& begun);

 private:
  [[nodiscard]] const CLI::Option* option_named(const std::string& name) const;
  [[nodiscard]] const CLI::Option* next_argument() const;
  void take(const std::string& subject, const std::string& value);
  [[nodiscard]] std::vector<std::string> options() const;
  [[nodiscard]] std::vector<std::string> commands() const;
  std::vector<std::string> values_of(const std::string& subject);
  std::vector<std::string> values_of_attribute(const std::string& name);
  std::vector<std::string> paths();
  std::vector<std::string> interfaces();
  std::vector<std::string> attributes();
  std::vector<std::string> revisions();
  api::Json document();

  const CLI::App& app_;
  const CLI::App* command_;
  const CLI::Option* waiting_ = nullptr;  // an option whose value comes next
  std::size_t arguments_ = 0;
  std::map<std::string, std::string> given_;  // by subject, such as ROUTER of ROUTER or --router
  Client client_;
};

// Bash takes words apart at each "="; this puts them together again.
std::vector<std::string> rejoined(const std::vector<std::string>& words);

}  // namespace viaduct::cli
