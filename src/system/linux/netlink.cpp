#include "system/linux/netlink.hpp"

#include "system/linux/sock_diag.hpp"

#include <linux/netlink.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>
#include <unistd.h>

namespace tws {

using boost::system::error_code;

namespace {

// The kernel fills at most 32 KiB per message (af_netlink.c, netlink_recvmsg).
constexpr std::size_t buffer_size = 64 * 1024;

// The kernel makes its reply within recv(), so a missing reply will never come.
constexpr timeval patience{2, 0};

error_code errno_code(int error) {
  return {error, boost::system::system_category()};
}

class Fd {
 public:
  explicit Fd(int fd) : fd_(fd) {}
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd() {
    if (fd_ >= 0) close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

template <typename Call>
ssize_t retry_on_signal(Call call) {
  ssize_t result;
  do {
    result = call();
  } while (result < 0 && errno == EINTR);
  return result;
}

error_code dump(int fd, std::span<std::byte> buffer, const RowSink& on_row,
                const std::function<bool()>& is_enough) {
  bool interrupted = false;
  while (!is_enough()) {
    const ssize_t length =
        retry_on_signal([&] { return recv(fd, buffer.data(), buffer.size(), MSG_TRUNC); });
    if (length < 0) return errno_code(errno == EAGAIN ? ETIMEDOUT : errno);
    const auto size = static_cast<std::size_t>(length);
    if (size == 0 || size > buffer.size()) return errno_code(EBADMSG);
    const DumpReply reply = read_dump(buffer.first(size), on_row);
    interrupted |= reply.interrupted;
    if (reply.status == DumpReply::More) continue;
    if (reply.status != DumpReply::Done) return errno_code(reply.error);
    break;
  }
  return interrupted ? errno_code(EINTR) : error_code{};
}

error_code dump(std::span<const std::byte> request, const RowSink& on_row,
                const std::function<bool()>& is_enough) {
  const Fd fd(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
  if (fd.get() < 0) return errno_code(errno);
  if (setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) != 0)
    return errno_code(errno);
  if (retry_on_signal([&] { return send(fd.get(), request.data(), request.size(), 0); }) < 0)
    return errno_code(errno);
  std::vector<std::byte> buffer(buffer_size);
  return dump(fd.get(), buffer, on_row, is_enough);
}

}  // namespace

error_code dump_sockets(std::uint32_t states, std::span<const std::uint16_t> ports,
                        const RowSink& on_row) {
  return dump(dump_request(states, ports), on_row, [] { return false; });
}

error_code dump_connections(std::uint32_t states, std::span<const std::uint16_t> ports,
                            std::size_t most, const RowSink& on_row) {
  std::size_t rows = 0;
  return dump(
      dump_request(states, ports, Details::numbers),
      [&](const SocketRow& row) {
        ++rows;
        on_row(row);
      },
      [&] { return rows >= most; });
}

}  // namespace tws
