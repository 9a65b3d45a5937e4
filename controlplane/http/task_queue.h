#pragma once

#include <httplib.h>

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "base/cleansing/stack.h"

namespace viaduct::http {

// A fixed number of threads and a bounded number of waiting connections. When both are taken, the
// listener stops accepting until one is free: callers wait in the socket's backlog.
class TaskQueue final : public httplib::TaskQueue {
 public:
  TaskQueue(std::size_t threads, std::size_t waiting) : most_waiting_(waiting) {
    for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { run(); });
  }

  void enqueue(std::function<void()> task) override {
    std::unique_lock lock{mutex_};
    room_.wait(lock, [&] { return tasks_.size() < most_waiting_; });
    tasks_.push_back(std::move(task));
    work_.notify_one();
  }

  // Returns when all accepted connections have been answered.
  void shutdown() override {
    {
      const std::scoped_lock lock{mutex_};
      is_closing_ = true;
    }
    work_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }

 private:
  void run() {
    while (const auto task = next()) {
      task();
      wipe_stack();
    }
  }

  // Waits for a task; an empty one when there will be none.
  std::function<void()> next() {
    std::unique_lock lock{mutex_};
    work_.wait(lock, [&] { return is_closing_ || !tasks_.empty(); });
    if (tasks_.empty()) return {};
    auto task = std::move(tasks_.front());
    tasks_.pop_front();
    room_.notify_one();
    return task;
  }

  std::size_t most_waiting_;
  std::mutex mutex_;
  std::condition_variable work_;
  std::condition_variable room_;
  std::deque<std::function<void()>> tasks_;
  bool is_closing_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace viaduct::http
