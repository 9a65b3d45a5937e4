#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/framing.h"

namespace viaduct {

using Arguments = std::vector<std::string>;

// The same program, but inside a network namespace; an empty name is where we are.
[[nodiscard]] Arguments inside_namespace(const std::string& name, Arguments program);

// A program that runs beside us. It dies with us, whatever becomes of us, and with this object.
// What it says goes to a file. Its standard input stays open for as long as it lives.
class Process {
 public:
  static Result<Process> start(const Arguments& program, std::string log);
  Process(Process&& other) noexcept
      : pid_(std::exchange(other.pid_, 0)),
        input_(std::move(other.input_)),
        log_(std::move(other.log_)) {}
  Process& operator=(Process&&) = delete;
  ~Process();

  [[nodiscard]] bool is_running();
  // Ends its input, and waits a moment for it to end likewise.
  void ask_to_end();
  // What it said last.
  [[nodiscard]] std::string last_words() const;
  // How often it was taken off its core for another; 0 if that cannot be told.
  [[nodiscard]] std::uint64_t involuntary_switches() const;

 private:
  Process(pid_t pid, Descriptor input, std::string log)
      : pid_(pid), input_(std::move(input)), log_(std::move(log)) {}
  bool has_ended_within_grace();
  pid_t pid_;  // 0 once it has ended
  Descriptor input_;
  std::string log_;
};

// Runs a program to its end and gives it `input`; fails with what it said if it does.
Result<void> run_to_end(const Arguments& program, const std::string& input = "");

}  // namespace viaduct
