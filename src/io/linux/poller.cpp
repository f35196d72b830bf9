#include "io/poller.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <system_error>
#include <unistd.h>

namespace tws::io {
namespace {

constexpr std::size_t most_at_once = 256;

int control(int queue, int operation, int descriptor, Socket& socket, std::uint32_t events) {
  epoll_event event{events | EPOLLIN | EPOLLPRI | EPOLLRDHUP | EPOLLET, {.ptr = &socket}};
  return ::epoll_ctl(queue, operation, descriptor, &event) == 0 ? 0 : errno;
}

// epoll_wait() counts in milliseconds. Linux 5.11 has a call with nanoseconds, but sandboxes may
// forbid it.
int wait_for(int queue, std::array<epoll_event, most_at_once>& events,
             std::chrono::nanoseconds time) {
  const timespec exact{time.count() / 1'000'000'000, time.count() % 1'000'000'000};
  const int count = ::epoll_pwait2(queue, events.data(), most_at_once, &exact, nullptr);
  if (count >= 0 || errno == EINTR) return count;
  const auto rounded = std::chrono::ceil<std::chrono::milliseconds>(time).count();
  return ::epoll_wait(queue, events.data(), most_at_once, static_cast<int>(rounded));
}

}  // namespace

Poller::Poller()
    : queue_(::epoll_create1(EPOLL_CLOEXEC)), wake_up_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  // Without this the kernel may extend waits by up to 50 us. Threads started later by this thread
  // inherit it (prctl(2)).
  ::prctl(PR_SET_TIMERSLACK, 1UL);
  epoll_event event{EPOLLIN | EPOLLET, {.ptr = nullptr}};
  if (queue_ >= 0 && wake_up_ >= 0 && ::epoll_ctl(queue_, EPOLL_CTL_ADD, wake_up_, &event) == 0)
    return;
  const int error = errno;
  ::close(queue_);
  ::close(wake_up_);
  throw std::system_error(error, std::generic_category(), "epoll");
}

Poller::~Poller() {
  ::close(queue_);
  ::close(wake_up_);
}

std::vector<int> Poller::descriptors() const {
  return {queue_, wake_up_};
}

int Poller::add(int descriptor, Socket& socket, bool to_write) {
  return control(queue_, EPOLL_CTL_ADD, descriptor, socket, to_write ? std::uint32_t{EPOLLOUT} : 0);
}

int Poller::add_write(int descriptor, Socket& socket) {
  return control(queue_, EPOLL_CTL_MOD, descriptor, socket, EPOLLOUT);
}

std::span<const Change> Poller::wait(std::chrono::nanoseconds time) {
  std::array<epoll_event, most_at_once> events;
  const int count = wait_for(queue_, events, time);
  if (count < 0 && errno != EINTR)
    throw std::system_error(errno, std::generic_category(), "epoll_wait");
  changes_.clear();
  for (int i = 0; i < count; ++i) {
    const auto& event = events[static_cast<std::size_t>(i)];
    if (event.data.ptr == nullptr) continue;  // edge-triggered: no need to read wake_up_
    const bool failed = (event.events & (EPOLLERR | EPOLLHUP)) != 0;
    changes_.push_back({static_cast<Socket*>(event.data.ptr),
                        (event.events & EPOLLIN) != 0 || failed,
                        (event.events & EPOLLOUT) != 0 || failed, (event.events & EPOLLRDHUP) != 0,
                        failed, (event.events & EPOLLPRI) != 0});
  }
  return changes_;
}

void Poller::wake() {
  const std::uint64_t one = 1;
  // This fails only if the counter is full, and then the loop is awake.
  [[maybe_unused]] const auto written = ::write(wake_up_, &one, sizeof one);
}

}  // namespace tws::io
