#pragma once

#include <sys/types.h>

#include <chrono>
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

// How a program ended, and what it said on its way.
struct Finished {
  int status = 0;  // its exit status; 128 and the signal's number if a signal ended it
  std::string out;
  std::string err;
};

// Runs a program to its end without any input, however it ends; one that is still running when
// `patience` is over is killed. Of each stream the first MiB is kept. Fails with Fault::not_found
// if the program cannot be started.
Result<Finished> run_and_listen(const Arguments& program, std::chrono::milliseconds patience);

}  // namespace viaduct
