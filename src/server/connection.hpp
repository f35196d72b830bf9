// An accepted connection: its bytes in and out, the time that it has for them, and its end.
#pragma once

#include "io/coroutine.hpp"
#include "io/transport.hpp"
#include "tws/support/asio.hpp"

#include <boost/intrusive/list.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unistd.h>
#include <utility>

namespace tws::server {

struct Worker;

enum class ClosedBy { server, client, reset };

// A descriptor that nobody has taken yet.
class Accepted {
 public:
  explicit Accepted(int descriptor) : descriptor_(descriptor) {}
  Accepted(Accepted&& other) noexcept : descriptor_(other.release()) {}
  Accepted& operator=(Accepted&&) = delete;
  ~Accepted() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  int release() { return std::exchange(descriptor_, -1); }

 private:
  int descriptor_;
};

// On its worker's list for as long as it lives. Its end is counted when it is destroyed, so that
// every accepted connection is counted under exactly one ClosedBy.
struct Connection : boost::intrusive::list_base_hook<> {
  Connection(Accepted accepted, Worker& of);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  Worker& worker;
  io::Transport transport;
  Clock::time_point deadline = Clock::time_point::max();  // of what it waits for
  ClosedBy closed_by = ClosedBy::server;
  std::uint64_t requests = 0;
  std::uint64_t handed_over = 0;  // bytes to the kernel, and the FIN as one more
  std::uint64_t taken = 0;  // how many of them the client had acknowledged: see expect_progress
  bool idle = false;        // waits for the first byte of a request
  bool is_reading = false;  // idle, but its client has yet to take the last response
  bool expired = false;     // the deadline has passed
  bool cut = false;         // the drain is over
};

// Each wait has so much time; 0: any.
void give_time(Connection& connection, std::chrono::nanoseconds time);

// After a wait: why the connection, or the wait, is at its end, if it is. asio::error::timed_out:
// see `expired`; operation_aborted: see `cut`.
error_code after_wait(Connection& connection, int error);

// Counts an end that was not ours.
void note_end(Connection& connection, error_code ec);

// Into the worker's buffer. No bytes and no error: there is nothing yet.
std::string_view receive(Connection& connection, std::size_t most, error_code& ec);

// As many bytes as the kernel takes at once. `last`: see io::Transport::send.
std::size_t send_some(Connection& connection, std::string_view bytes, error_code& ec,
                      bool last = false);

// The time in which the client has to take the next 64 KiB, or all that there is, begins.
void expect_progress(Connection& connection);

// Instead of after_wait(), where the client has to take bytes: at the end of a time in which it
// took enough the next one begins. One that took less is cut off by RST: what the kernel holds for
// it would stay there for minutes.
error_code after_wait_for_progress(Connection& connection, int error);

// After a wait of an idle connection: whether it was the end of its time, and another time begins,
// because the client has yet to take its last response.
bool is_still_reading(Connection& connection);

// Hands over all of it, or ends in an error.
// `last`: see send_some.
io::Task<error_code> send(Connection& connection, std::string bytes, bool last = false);
io::Task<error_code> send_filler(Connection& connection, std::uint64_t size);

// A connection ends in stages (RFC 9112 9.6): close() alone sends RST where the client has sent
// more than was read, and throws away what is not on the wire yet.
//
// The last response was handed over: sends the FIN behind it, unless the client is to close.
struct Ending {
  error_code ec;        // why nothing more can be done
  bool linger = false;  // close() has to wait for the client's FIN
};
Ending begin_end(Connection& connection, bool more_will_come);

// Until the client has acknowledged all that it was sent.
io::Task<error_code> wait_until_taken(Connection& connection);

// Until the client's FIN, but not for ever.
io::Task<> linger(Connection& connection);

}  // namespace tws::server
