// One thread's event loop, and sockets that coroutines wait for. Before each wait, Asio's reactor
// calls recv() and gets EAGAIN, or calls epoll_ctl(): one of three system calls per request. This
// loop knows from the kernel's reports and from short reads whether there are bytes to read.
//
// Call everything from the loop's thread only, unless stated otherwise.
#pragma once

#include "io/poller.hpp"

#include <boost/intrusive/set.hpp>
#include <sys/types.h>

#include <atomic>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace tws::io {

class Loop;

// The error_code of an errno.
inline error_code system_error(ssize_t number) {
  return {static_cast<int>(number), boost::system::system_category()};
}

// What a wait can be for. A failure is a RST or another error of the connection, not the FIN. A
// failure also ends a wait for bytes or room.
enum class Event : std::uint8_t { none = 0, bytes = 1, room = 2, failure = 4 };
constexpr Event operator|(Event a, Event b) {
  return static_cast<Event>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}
constexpr bool operator&(Event a, Event b) {
  return (static_cast<unsigned>(a) & static_cast<unsigned>(b)) != 0;
}

inline constexpr Clock::time_point never = Clock::time_point::max();

// A descriptor and the one coroutine that uses it, which has one wait at a time. A socket must not
// move, and nobody may wait for it when it is destroyed. A resumed coroutine may destroy its own
// socket, but no other one that the poller watches: the loop may be about to report a change of it.
class Socket : public boost::intrusive::set_base_hook<> {
 public:
  explicit Socket(Loop& loop) : loop_(loop) {}
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket();

  // Takes ownership of a non-blocking descriptor.
  void open(int descriptor);
  void close();
  bool is_open() const { return descriptor_ >= 0; }
  int descriptor() const { return descriptor_; }

  // Bytes are probably here already: try to receive before the first wait.
  void expect_bytes() { readable_ = true; }
  // Whether receive() would find something, as far as known without a system call.
  bool has_bytes() const { return readable_; }

  // recv(2): the number of bytes, 0 at the end, or -errno; -EAGAIN if there is nothing yet.
  ssize_t receive(void* data, std::size_t size);
  // send(2): the number of bytes or -errno; -EAGAIN if there is no room. `last`: close() or
  // shutdown(2) follows at once, so the FIN may share a packet with the bytes (Linux: MSG_MORE).
  ssize_t send(const void* data, std::size_t size, bool last = false);
  // sendmsg(2): the same for two parts.
  ssize_t send(std::string_view first, std::string_view second);

  // shutdown(2): sends the FIN after the bytes. 0 or an errno.
  int send_fin();

  // How many of the bytes given to the kernel it has not sent yet (on macOS: are not acknowledged),
  // and how many the peer has not acknowledged. The FIN counts as one. 0 if the kernel does not
  // tell.
  std::size_t unsent() const;
  std::size_t unacknowledged() const;

  // accept(2): a non-blocking descriptor or -errno; -EAGAIN if no connection is waiting.
  int accept();

  // `const int error = co_await socket.wait(Event::bytes, deadline);` 0 or an errno. The wait ends
  // with any of the events, at the deadline, or with wake(); check the socket and the clock to see
  // which. It may end too early, so that receive() returns -EAGAIN. If the deadline has already
  // passed, it ends with the loop's next turn. The wait begins with co_await.
  class Wait;
  Wait wait(Event events, Clock::time_point deadline = never);
  Wait readable();
  Wait writable();
  Wait until(Clock::time_point moment);
  Wait until_woken();
  bool has_failed() const { return failed_; }

  // Ends the current wait, if there is one. The coroutine is resumed within this call.
  void wake();
  // Ends a wait that has no event (until(), until_woken()) with the loop's next turn, not within
  // this call.
  void wake_soon();

 private:
  friend class Loop;

  ssize_t sent(ssize_t result);
  bool is_here(Event events) const;
  bool is_ready(Event events);
  bool suspend(std::coroutine_handle<> waiting, Event events, Clock::time_point deadline,
               int& error);
  void set_moment(Clock::time_point moment);
  int watch(bool to_write);
  void changed(const Change& change);
  void go_on();
  void forget_moment();

  Loop& loop_;
  int descriptor_ = -1;
  Event awaited_ = Event::none;
  bool watched_ = false;  // the poller watches it
  bool watched_to_write_ = false;
  bool readable_ = false;  // as far as known
  bool writable_ = false;
  bool ended_ = false;               // the FIN is here; bytes before it may be unread
  bool drained_ = false;             // ... and no bytes are unread
  bool reset_ = false;               // send() reported a RST, which the kernel does only once
  bool urgent_ = false;              // urgent bytes are here: a read may stop before the last byte
  bool failed_ = false;              // an error is here; unread bytes come first
  int in_a_row_ = 0;                 // waits in a row that ended at once
  std::coroutine_handle<> waiting_;  // null if nobody waits
  Clock::time_point moment_;         // valid while the socket is in the loop's list of moments
};

class Loop {
 public:
  // Resumes coroutines until the moment comes or interrupt() is called.
  void run_until(Clock::time_point moment);
  // Ends the current run_until(), or the next one, after all ready coroutines have had their turn.
  // From other threads use wake().
  void interrupt() { interrupted_ = true; }
  void wake() {
    interrupted_ = true;
    poller_.wake();
  }

  // The loop's own descriptors, without those of its sockets.
  std::vector<int> descriptors() const { return poller_.descriptors(); }

 private:
  friend class Socket;

  struct ByMoment {
    using type = Clock::time_point;
    type operator()(const Socket& socket) const { return socket.moment_; }
  };

  Poller poller_;
  boost::intrusive::multiset<Socket, boost::intrusive::key_of_value<ByMoment>> moments_;
  Clock::time_point turn_;           // when the clock was last read
  const Socket* current_ = nullptr;  // whose change is being handled
  std::atomic<bool> interrupted_ = false;
};

class [[nodiscard]] Socket::Wait {
 public:
  bool await_ready() const { return socket_.is_ready(events_); }
  bool await_suspend(std::coroutine_handle<> waiting) {
    return socket_.suspend(waiting, events_, deadline_, error_);
  }
  int await_resume() const { return error_; }

 private:
  friend class Socket;
  Wait(Socket& socket, Event events, Clock::time_point deadline)
      : socket_(socket), events_(events), deadline_(deadline) {}

  Socket& socket_;
  Event events_;
  Clock::time_point deadline_;
  int error_ = 0;
};

inline Socket::Wait Socket::wait(Event events, Clock::time_point deadline) {
  return {*this, events, deadline};
}
inline Socket::Wait Socket::readable() {
  return wait(Event::bytes);
}
inline Socket::Wait Socket::writable() {
  return wait(Event::room);
}
inline Socket::Wait Socket::until(Clock::time_point moment) {
  return wait(Event::none, moment);
}
inline Socket::Wait Socket::until_woken() {
  return wait(Event::none);
}

}  // namespace tws::io
