// Coroutines that run at once when they are called, on their caller's thread, up to their first
// wait.
#pragma once

#include <coroutine>
#include <exception>
#include <optional>
#include <utility>

namespace tws::io {

// A coroutine that nobody waits for; it destroys itself at its end. An exception in it ends the
// program.
struct Spawned {
  struct promise_type {
    Spawned get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
};

namespace detail {

struct TaskPromise {
  // When a coroutine ends, it resumes the coroutine that waits for it, which destroys its frame.
  struct GoOn {
    bool await_ready() noexcept { return false; }
    template <typename Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> ended) noexcept {
      if (const auto next = ended.promise().waiting) return next;
      return std::noop_coroutine();
    }
    void await_resume() noexcept {}
  };

  std::suspend_never initial_suspend() noexcept { return {}; }
  GoOn final_suspend() noexcept { return {}; }
  void unhandled_exception() { exception = std::current_exception(); }

  std::coroutine_handle<> waiting;
  std::exception_ptr exception;
};

template <typename T>
struct ValuePromise : TaskPromise {
  void return_value(T result) { value.emplace(std::move(result)); }
  T take() { return std::move(*value); }
  std::optional<T> value;
};

template <>
struct ValuePromise<void> : TaskPromise {
  void return_void() {}
  void take() {}
};

}  // namespace detail

// `T result = co_await task();` If the task never waits, this costs no more than a function call.
// It must be awaited, or have ended, before it is destroyed.
template <typename T = void>
class [[nodiscard]] Task {
 public:
  struct promise_type : detail::ValuePromise<T> {
    Task get_return_object() {
      return Task(std::coroutine_handle<promise_type>::from_promise(*this));
    }
  };

  Task(Task&& other) noexcept : frame_(std::exchange(other.frame_, nullptr)) {}
  Task& operator=(Task&&) = delete;
  ~Task() {
    if (frame_) frame_.destroy();
  }

  bool await_ready() const { return frame_.done(); }
  void await_suspend(std::coroutine_handle<> waiting) { frame_.promise().waiting = waiting; }
  T await_resume() {
    auto& promise = frame_.promise();
    if (promise.exception) std::rethrow_exception(promise.exception);
    return promise.take();
  }

 private:
  explicit Task(std::coroutine_handle<promise_type> frame) : frame_(frame) {}

  std::coroutine_handle<promise_type> frame_;
};

}  // namespace tws::io
