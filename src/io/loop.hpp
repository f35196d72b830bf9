// One thread's event loop, and sockets that coroutines wait for. Asio's reactor tries a recv() that
// returns EAGAIN before each wait, or makes an epoll_ctl(): a system call in three of a request.
// This one knows from the kernel's changes and from short reads whether there is anything to be
// read.
//
// Everything belongs to the loop's thread, unless it says otherwise.
#pragma once

#include "io/poller.hpp"

#include <boost/intrusive/set.hpp>
#include <sys/types.h>

#include <atomic>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace tws::io {

class Loop;

// What an errno says.
inline error_code system_error(ssize_t number) {
  return {static_cast<int>(number), boost::system::system_category()};
}

// What a wait may end with. A failure is a RST, or whatever else broke the connection: the FIN and
// bytes are none. A failure ends a wait for bytes or room, too.
enum class Event : std::uint8_t { none = 0, bytes = 1, room = 2, failure = 4 };
constexpr Event operator|(Event a, Event b) {
  return static_cast<Event>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}
constexpr bool operator&(Event a, Event b) {
  return (static_cast<unsigned>(a) & static_cast<unsigned>(b)) != 0;
}

inline constexpr Clock::time_point never = Clock::time_point::max();

// A descriptor and the one coroutine that drives it, which waits for one thing at a time. It must
// not move, and must not be waited for when it is destroyed. A coroutine that goes on may destroy
// its own socket, and no other one that the poller knows: the loop may have a change for that in
// hand.
class Socket : public boost::intrusive::set_base_hook<> {
 public:
  explicit Socket(Loop& loop) : loop_(loop) {}
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket();

  // Takes a non-blocking descriptor, which is closed with it.
  void open(int descriptor);
  void close();
  bool is_open() const { return descriptor_ >= 0; }
  int descriptor() const { return descriptor_; }

  // Bytes are probably here already: try to receive before the first wait.
  void expect_bytes() { readable_ = true; }
  // Whether receive() would find something, as far as is known without asking.
  bool has_bytes() const { return readable_; }

  // recv(2): the number of bytes, 0 at the end, or -errno; -EAGAIN where there is nothing yet.
  ssize_t receive(void* data, std::size_t size);
  // send(2): the number of bytes or -errno; -EAGAIN where there is no room. `last`: the FIN follows
  // at once, with close() or shutdown(2), and may share a packet with the bytes (Linux: MSG_MORE).
  ssize_t send(const void* data, std::size_t size, bool last = false);

  // shutdown(2): the FIN follows the bytes that were sent. 0 or an errno.
  int send_fin();

  // How many of the bytes that were handed to the kernel are not on the wire yet (on macOS: not
  // acknowledged), and how many the other end has not acknowledged. The FIN counts as one. 0 where
  // the kernel does not say.
  std::size_t unsent() const;
  std::size_t unacknowledged() const;

  // accept(2): a non-blocking descriptor or -errno; -EAGAIN where nobody has come yet.
  int accept();

  // `const int error = co_await socket.wait(Event::bytes, deadline);` 0 or an errno. It ends with
  // any of the events, at the deadline, and with wake(); which it was, the socket and the clock
  // tell. It may end too early, so that receive() has nothing. A deadline that has passed comes
  // with the loop's next turn. Nothing is waited for before co_await.
  class Wait;
  Wait wait(Event events, Clock::time_point deadline = never);
  Wait readable();
  Wait writable();
  Wait until(Clock::time_point moment);
  Wait until_woken();
  bool has_failed() const { return failed_; }

  // Ends what is being waited for, if anything is. The coroutine goes on within this call.
  void wake();
  // Ends a wait for no event with the loop's next turn, not within this call.
  void wake_soon();

 private:
  friend class Loop;

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
  bool watched_ = false;  // the poller knows it
  bool watched_to_write_ = false;
  bool readable_ = false;  // as far as is known
  bool writable_ = false;
  bool ended_ = false;               // the FIN is here, behind the bytes that may be
  bool drained_ = false;             // ... and there are none
  bool reset_ = false;               // send() was told of a RST: the kernel tells it once
  bool urgent_ = false;              // urgent bytes are here: a read may stop before the last byte
  bool failed_ = false;              // an error is here: it is told behind the bytes that may be
  int in_a_row_ = 0;                 // waits that were none
  std::coroutine_handle<> waiting_;  // null where nobody waits
  Clock::time_point moment_;         // meaningful while it is among the loop's moments
};

class Loop {
 public:
  // Makes coroutines go on until the moment comes or interrupt() is called.
  void run_until(Clock::time_point moment);
  // Ends run_until(), now or the next one, once those that are ready have had their turn. wake() is
  // for any other thread.
  void interrupt() { interrupted_ = true; }
  void wake() {
    interrupted_ = true;
    poller_.wake();
  }

  // Its own, without those of its sockets.
  std::vector<int> descriptors() const { return poller_.descriptors(); }

 private:
  friend class Socket;

  struct ByMoment {
    using type = Clock::time_point;
    type operator()(const Socket& socket) const { return socket.moment_; }
  };

  Poller poller_;
  boost::intrusive::multiset<Socket, boost::intrusive::key_of_value<ByMoment>> moments_;
  Clock::time_point turn_;           // when the clock was last looked at
  const Socket* current_ = nullptr;  // whose change is being told
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
