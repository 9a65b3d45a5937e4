#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/cleansing/stack.h"
#include "controlplane/control.h"

namespace viaduct {

// Lets Control attend to its standing duties twice a second, from birth to destruction.
class Supervisor {
 public:
  explicit Supervisor(Control& control) : control_(control) {}

 private:
  void run(const std::stop_token& stopped) {
    while (!stopped.stop_requested()) {
      control_.attend();
      wipe_stack();
      std::unique_lock lock{mutex_};
      wakened_.wait_for(lock, stopped, period, [] { return false; });
    }
  }

  static constexpr std::chrono::milliseconds period{500};
  Control& control_;
  std::mutex mutex_;
  std::condition_variable_any wakened_;
  std::jthread thread_{[this](const std::stop_token& stopped) { run(stopped); }};
};

}  // namespace viaduct
