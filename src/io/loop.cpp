#include "io/loop.hpp"

#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#ifdef __linux__
#include <linux/sockios.h>
#endif

#include <algorithm>
#include <array>
#include <cassert>
#include <cerrno>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

namespace tws::io {
namespace {

#ifdef __linux__
constexpr int no_signal = MSG_NOSIGNAL;
constexpr int more_follows = MSG_MORE;
#else
constexpr int no_signal = 0;  // Asio ignores SIGPIPE for the whole program
constexpr int more_follows = 0;
#endif

// How many waits in a row may end at once before other coroutines get their turn.
constexpr int most_in_a_row = 16;

constexpr std::chrono::hours longest_wait{1};

// At most an hour. A moment can be time_point::max(), so it is compared before subtracting.
std::chrono::nanoseconds time_until(Clock::time_point moment, Clock::time_point now) {
  if (moment <= now) return {};
  return moment < now + longest_wait ? moment - now : longest_wait;
}

std::size_t queued(int descriptor, [[maybe_unused]] unsigned long request) {
  int bytes = 0;
#ifdef __linux__
  const int failed = ::ioctl(descriptor, request, &bytes);
#else
  socklen_t size = sizeof bytes;
  const int failed = ::getsockopt(descriptor, SOL_SOCKET, SO_NWRITE, &bytes, &size);
#endif
  return failed ? 0 : static_cast<std::size_t>(std::max(bytes, 0));
}

#ifdef __linux__
constexpr unsigned long unsent_bytes = SIOCOUTQNSD;
constexpr unsigned long unacknowledged_bytes = SIOCOUTQ;
#else
constexpr unsigned long unsent_bytes = 0;
constexpr unsigned long unacknowledged_bytes = 0;
#endif

}  // namespace

Socket::~Socket() {
  assert(!waiting_);
  assert(!watched_ || loop_.current_ == nullptr || loop_.current_ == this);
  forget_moment();
  close();
}

void Socket::open(int descriptor) {
  close();
  descriptor_ = descriptor;
}

void Socket::close() {
  if (descriptor_ < 0) return;
  ::close(std::exchange(descriptor_, -1));
  watched_ = watched_to_write_ = readable_ = writable_ = ended_ = drained_ = false;
  urgent_ = failed_ = reset_ = false;
}

ssize_t Socket::receive(void* data, std::size_t size) {
  if (drained_) return 0;
  const ssize_t received = ::recv(descriptor_, data, size, 0);
  if (received == 0 && reset_) return -ECONNRESET;
  if (received < 0) {
    if (errno != EAGAIN && errno != EINTR) return -errno;
    readable_ = errno == EINTR;
    return -EAGAIN;
  }
  // A short read took all bytes (epoll(7)), up to the FIN if that is here. But a read stops at
  // urgent bytes, and an error that came with the bytes is reported by the next read.
  if (received == 0 || (static_cast<std::size_t>(received) < size && !urgent_ && !failed_)) {
    ended_ = ended_ || received == 0;
    readable_ = drained_ = ended_;
  }
  return received;
}

ssize_t Socket::send(const void* data, std::size_t size, bool last) {
  return sent(::send(descriptor_, data, size, no_signal | (last ? more_follows : 0)));
}

ssize_t Socket::send(std::string_view first, std::string_view second) {
  // The kernel does not write to them.
  std::array<iovec, 2> parts{{{const_cast<char*>(first.data()), first.size()},
                              {const_cast<char*>(second.data()), second.size()}}};
  msghdr message{};
  message.msg_iov = parts.data();
  message.msg_iovlen = parts.size();
  return sent(::sendmsg(descriptor_, &message, no_signal));
}

// What a system call that sends has returned.
ssize_t Socket::sent(ssize_t result) {
  writable_ = result >= 0;
  if (result >= 0) return result;
  reset_ = errno == ECONNRESET;
  if (errno != EAGAIN && errno != EINTR) return -errno;
  writable_ = errno == EINTR;
  return -EAGAIN;
}

int Socket::send_fin() {
  return ::shutdown(descriptor_, SHUT_WR) == 0 ? 0 : errno;
}

std::size_t Socket::unsent() const {
  return queued(descriptor_, unsent_bytes);
}

std::size_t Socket::unacknowledged() const {
  return queued(descriptor_, unacknowledged_bytes);
}

int Socket::accept() {
#ifdef __linux__
  const int accepted = ::accept4(descriptor_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
#else
  const int accepted = ::accept(descriptor_, nullptr, nullptr);
  if (accepted >= 0) {
    ::fcntl(accepted, F_SETFL, O_NONBLOCK);
    ::fcntl(accepted, F_SETFD, FD_CLOEXEC);
  }
#endif
  if (accepted >= 0) return accepted;
  if (errno != EAGAIN && errno != EINTR) return -errno;
  readable_ = errno == EINTR;
  return -EAGAIN;
}

int Socket::watch(bool to_write) {
  int error = 0;
  if (!watched_)
    error = loop_.poller_.add(descriptor_, *this, to_write);
  else if (to_write && !watched_to_write_)
    error = loop_.poller_.add_write(descriptor_, *this);
  if (error == 0) {
    watched_ = true;
    watched_to_write_ = watched_to_write_ || to_write;
  }
  return error;
}

bool Socket::is_here(Event events) const {
  return (events & Event::bytes && readable_) || (events & Event::room && writable_) ||
         (events & Event::failure && failed_);
}

bool Socket::is_ready(Event events) {
  return is_here(events) && ++in_a_row_ < most_in_a_row;
}

// False if the wait ends at once; `error` is not 0 if an error ended it.
bool Socket::suspend(std::coroutine_handle<> waiting, Event events, Clock::time_point deadline,
                     int& error) {
  assert(!waiting_);
  in_a_row_ = 0;
  if (is_here(events)) {  // the others have their turn first
    events = Event::none;
    deadline = loop_.turn_;
  } else if (events != Event::none) {
    error = watch(events & Event::room);
    if (error != 0) return false;
  }
  awaited_ = events;
  waiting_ = waiting;
  if (deadline != never) set_moment(deadline);
  return true;
}

void Socket::wake() {
  if (waiting_) go_on();
}

void Socket::wake_soon() {
  if (!waiting_ || awaited_ != Event::none) return;
  forget_moment();
  set_moment(loop_.turn_);
}

void Socket::changed(const Change& change) {
  readable_ = readable_ || change.readable;
  writable_ = writable_ || change.writable;
  ended_ = ended_ || (change.ended && !change.failed);
  urgent_ = urgent_ || change.urgent;
  failed_ = failed_ || change.failed;
  drained_ = false;
  if (waiting_ && is_here(awaited_)) go_on();
}

void Socket::go_on() {
  forget_moment();
  std::exchange(waiting_, nullptr).resume();
}

// Runs after the current turn, so that a turn ends even if moments are added during it.
void Socket::set_moment(Clock::time_point moment) {
  moment_ = std::max(moment, loop_.turn_ + Clock::duration{1});
  loop_.moments_.insert(*this);
}

void Socket::forget_moment() {
  if (is_linked()) loop_.moments_.erase(loop_.moments_.iterator_to(*this));
}

void Loop::run_until(Clock::time_point moment) {
  turn_ = Clock::now();
  while (!interrupted_.load(std::memory_order_relaxed) && turn_ < moment) {
    const auto next = moments_.empty() ? moment : std::min(moment, moments_.begin()->moment_);
    for (const Change& change : poller_.wait(time_until(next, turn_))) {
      current_ = change.socket;
      change.socket->changed(change);
    }
    current_ = nullptr;
    turn_ = Clock::now();
    if (moments_.empty() || moments_.begin()->moment_ > turn_) continue;
    while (!moments_.empty() && moments_.begin()->moment_ <= turn_) moments_.begin()->go_on();
    turn_ = Clock::now();
  }
  interrupted_ = false;
}

}  // namespace tws::io
