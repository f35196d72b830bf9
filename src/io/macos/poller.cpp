// After kqueue(2). Not checked at run time.
#include "io/poller.hpp"

#include <sys/event.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <unistd.h>

namespace tws::io {
namespace {

constexpr int most_at_once = 256;
constexpr uintptr_t waking = 1;  // the identifier of the user event

int add_filter(int queue, int descriptor, int16_t filter, Socket& socket) {
  struct kevent event;
  EV_SET(&event, descriptor, filter, EV_ADD | EV_CLEAR, 0, 0, &socket);
  return ::kevent(queue, &event, 1, nullptr, 0, nullptr) == 0 ? 0 : errno;
}

}  // namespace

Poller::Poller() : queue_(::kqueue()) {
  struct kevent event;
  EV_SET(&event, waking, EVFILT_USER, EV_ADD | EV_CLEAR, 0, 0, nullptr);
  if (queue_ >= 0 && ::kevent(queue_, &event, 1, nullptr, 0, nullptr) == 0) return;
  const int error = errno;
  ::close(queue_);
  throw std::system_error(error, std::generic_category(), "kqueue");
}

Poller::~Poller() {
  ::close(queue_);
}

std::vector<int> Poller::descriptors() const {
  return {queue_};
}

int Poller::add(int descriptor, Socket& socket, bool to_write) {
  const int error = add_filter(queue_, descriptor, EVFILT_READ, socket);
  return error != 0 || !to_write ? error : add_write(descriptor, socket);
}

int Poller::add_write(int descriptor, Socket& socket) {
  return add_filter(queue_, descriptor, EVFILT_WRITE, socket);
}

std::span<const Change> Poller::wait(std::chrono::nanoseconds time) {
  std::array<struct kevent, most_at_once> events;
  const timespec exact{static_cast<time_t>(time.count() / 1'000'000'000),
                       static_cast<long>(time.count() % 1'000'000'000)};
  const int count = ::kevent(queue_, nullptr, 0, events.data(), most_at_once, &exact);
  if (count < 0 && errno != EINTR)
    throw std::system_error(errno, std::generic_category(), "kevent");
  changes_.clear();
  for (int i = 0; i < count; ++i) {
    const auto& event = events[static_cast<std::size_t>(i)];
    if (event.udata == nullptr) continue;
    auto* const socket = static_cast<Socket*>(event.udata);
    // kqueue reports bytes and room as two separate events.
    auto change = std::find_if(changes_.begin(), changes_.end(),
                               [&](const Change& earlier) { return earlier.socket == socket; });
    if (change == changes_.end())
      change = changes_.insert(change, Change{socket, {}, {}, {}, {}, {}});
    const bool ended = (event.flags & EV_EOF) != 0;
    (event.filter == EVFILT_READ ? change->readable : change->writable) = true;
    change->ended = change->ended || (ended && event.filter == EVFILT_READ);
    change->failed = change->failed || (ended && event.fflags != 0);
  }
  return changes_;
}

void Poller::wake() {
  struct kevent event;
  EV_SET(&event, waking, EVFILT_USER, 0, NOTE_TRIGGER, 0, nullptr);
  ::kevent(queue_, &event, 1, nullptr, 0, nullptr);
}

}  // namespace tws::io
