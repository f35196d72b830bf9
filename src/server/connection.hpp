// An accepted connection: its bytes in and out, the time that it has for them, and its end.
#pragma once

#include "tws/io/coroutine.hpp"
#include "tws/io/loop.hpp"
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
  io::Socket socket;
  Clock::time_point deadline = Clock::time_point::max();  // of what it waits for
  ClosedBy closed_by = ClosedBy::server;
  std::uint64_t requests = 0;
  bool idle = false;     // waits for the first byte of a request
  bool expired = false;  // the deadline has passed
  bool cut = false;      // the drain is over
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

// Whether an idle connection has got nothing more, and its end has not come.
bool is_still_idle(Connection& connection);

// As many bytes as the kernel takes at once. `last`: see io::Socket::send.
std::size_t send_some(Connection& connection, std::string_view bytes, error_code& ec,
                      bool last = false);

// All of it, or an error. A client that does not take 64 KiB in limits.write_time is cut off by
// RST: what the kernel holds for it would stay there for minutes.
io::Task<error_code> send(Connection& connection, std::string bytes);
io::Task<error_code> send_filler(Connection& connection, std::uint64_t size);

// After the last response: whether there is no more to be done than to close. close() would send
// RST if the client sent more than we read, and the RST would take the response with it (RFC
// 9112 9.6).
bool may_close(Connection& connection, bool more_will_come);

// Else: FIN first, and reading on for a while.
io::Task<> linger(Connection& connection);

}  // namespace tws::server
