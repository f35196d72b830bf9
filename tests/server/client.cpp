#include "client.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>
#include <utility>

namespace tws {

namespace {

constexpr std::chrono::seconds patience{30};
constexpr std::chrono::milliseconds usual_handshake{50};
constexpr std::chrono::milliseconds look_interval{5};

ServerOptions on_a_free_port(ServerOptions options) {
  static const ServerTls usual = self_signed("localhost");
  for (tcp::endpoint& endpoint : options.listen) endpoint.port(0);
  if (through_tls() && !options.tls) options.tls = usual;
  return options;
}

}  // namespace

TlsClientContext any_certificate(int version) {
  std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without MSG_NOSIGNAL
  TlsClientContext context(SSL_CTX_new(TLS_client_method()));
  SSL_CTX_set_min_proto_version(context.get(), version);
  SSL_CTX_set_max_proto_version(context.get(), version);
  SSL_CTX_set_mode(context.get(),
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  return context;
}

bool through_tls() {
  static const bool asked = std::getenv("TWS_THROUGH_TLS") != nullptr;
  return asked;
}

SSL_CTX* usual_context() {
  static const TlsClientContext usual = any_certificate();
  return through_tls() ? usual.get() : nullptr;
}

RawClient::RawClient(const tcp::endpoint& server, SSL_CTX* context, SSL_SESSION* session)
    : descriptor_(::socket(server.protocol().family(), SOCK_STREAM, 0)) {
  EXPECT_GE(descriptor_, 0);
  const int on = 1;
  ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const timeval time{patience.count(), 0};
  ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
  ::setsockopt(descriptor_, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time);
  const auto* address = static_cast<const sockaddr*>(server.data());
  EXPECT_EQ(::connect(descriptor_, address, static_cast<socklen_t>(server.size())), 0);
  if (!context) return;
  ::fcntl(descriptor_, F_SETFL, O_NONBLOCK);
  tls_.reset(SSL_new(context));
  if (session) SSL_set_session(tls_.get(), session);
  SSL_set_fd(tls_.get(), descriptor_);
  SSL_set_connect_state(tls_.get());
}

RawClient::~RawClient() {
  is_over_ = true;
  wait_until_sent();
  if (descriptor_ >= 0) ::close(descriptor_);
}

bool RawClient::wait_for(short events, std::chrono::milliseconds time) {
  pollfd wanted{descriptor_, events, 0};
  return ::poll(&wanted, 1, static_cast<int>(time.count())) == 1;
}

bool RawClient::send_rest() {
  while (!unsent_.empty()) {
    const int n = SSL_write(tls_.get(), unsent_.data(), static_cast<int>(unsent_.size()));
    const int error = SSL_get_error(tls_.get(), n);
    ERR_clear_error();
    if (n > 0) {
      sent += static_cast<std::uint64_t>(n);
      unsent_.erase(0, static_cast<std::size_t>(n));
    } else if (error == SSL_ERROR_WANT_READ) {
      return false;
    } else if (error != SSL_ERROR_WANT_WRITE || !wait_for(POLLOUT, patience)) {
      unsent_.clear();  // the server refused the rest
    }
  }
  return true;
}

// Until all is sent, which waits for the handshake; until the server is free for it, that is.
void RawClient::send_later() {
  const auto end = Clock::now() + patience;
  while (!is_over_ && Clock::now() < end && !send_rest()) wait_for(POLLIN, look_interval);
  is_sending_ = false;
}

void RawClient::wait_until_sent() {
  if (sender_.joinable()) sender_.join();
}

// As recv(2).
ssize_t RawClient::read_tls(char* data, std::size_t size) {
  wait_until_sent();
  for (;;) {
    errno = 0;
    const int n = SSL_read(tls_.get(), data, static_cast<int>(size));
    const int read_errno = errno;
    const int error = SSL_get_error(tls_.get(), n);
    ERR_clear_error();
    if (n > 0) return n;
    const bool waits = error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
    errno = waits ? EAGAIN : read_errno;
    if (!waits) return error == SSL_ERROR_SYSCALL && errno != 0 ? -1 : 0;
    if (!wait_for(error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, patience)) return -1;
  }
}

ssize_t RawClient::read(char* data, std::size_t size) {
  // A client that has sent nothing yet is silent here, too: SSL_read() would begin the handshake.
  const bool is_plain = !tls_ || (!sender_.joinable() && SSL_in_before(tls_.get()));
  if (is_plain && tls_) wait_for(POLLIN, patience);
  return is_plain ? ::recv(descriptor_, data, size, 0) : read_tls(data, size);
}

bool RawClient::saw_close_notify() const {
  return tls_ && (SSL_get_shutdown(tls_.get()) & SSL_RECEIVED_SHUTDOWN) != 0;
}

void RawClient::send(std::string_view bytes) {
  if (tls_) {
    wait_until_sent();
    unsent_ = bytes;
    if (send_rest() || (wait_for(POLLIN, usual_handshake) && send_rest())) return;
    is_sending_ = true;
    sender_ = std::thread([this] { send_later(); });
    return;
  }
  while (!bytes.empty()) {
    const auto n = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n < 0) return;  // the server refused the rest; what it answered is for the test to see
    sent += static_cast<std::uint64_t>(n);
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

bool RawClient::receive() {
  std::array<char, 65536> part;
  const auto n = read(part.data(), part.size());
  if (n < 0) {
    EXPECT_EQ(errno, ECONNRESET) << "nothing came in 30 s";
    reset_seen_ = true;
  }
  if (n <= 0) return false;
  received += static_cast<std::uint64_t>(n);
  unread_.append(part.data(), static_cast<std::size_t>(n));
  return true;
}

Response RawClient::read_response(bool to_head) {
  Response response;
  std::size_t end = 0;
  while ((end = unread_.find("\r\n\r\n")) == unread_.npos)
    if (!receive()) return response;
  response.head = unread_.substr(0, end + 4);
  unread_.erase(0, end + 4);
  std::size_t size = 0;
  const auto length = response.head.find("Content-Length: ");
  if (!to_head && length != response.head.npos)
    size = std::stoul(response.head.substr(length + 16));
  while (unread_.size() < size)
    if (!receive()) return response;
  response.body = unread_.substr(0, size);
  unread_.erase(0, size);
  response.status = std::stoi(response.head.substr(9, 3));
  return response;
}

std::size_t RawClient::read_some(std::size_t most) {
  std::string part(most, '\0');
  std::size_t got = 0;
  for (ssize_t n = 1; n > 0 && got < most; got += static_cast<std::size_t>(std::max<ssize_t>(n, 0)))
    n = read(part.data() + got, most - got);
  return got;
}

std::string RawClient::read_to_end() {
  while (receive()) {
  }
  return std::exchange(unread_, {});
}

bool RawClient::sees_fin() {
  const bool is_end = read_to_end().empty() && !reset_seen_;
  return is_end && (!tls_ || saw_close_notify() || !SSL_is_init_finished(tls_.get()));
}

bool RawClient::has_received_nothing_yet() {
  char byte;
  if (is_sending_) return true;
  if (tls_) {
    wait_until_sent();
    const int n = SSL_peek(tls_.get(), &byte, 1);
    const int error = SSL_get_error(tls_.get(), n);
    ERR_clear_error();
    return unread_.empty() && error == SSL_ERROR_WANT_READ;
  }
  return unread_.empty() && ::recv(descriptor_, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 &&
         errno == EAGAIN;
}

void RawClient::send_fin() {
  if (tls_) {
    wait_until_sent();
    if (SSL_is_init_finished(tls_.get())) SSL_shutdown(tls_.get());
    ERR_clear_error();
  }
  ::shutdown(descriptor_, SHUT_WR);
}

void RawClient::reset() {
  is_over_ = true;
  wait_until_sent();
  const linger at_once{1, 0};
  ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  ::close(std::exchange(descriptor_, -1));
}

RunningServer::RunningServer(ServerOptions options, AdminPages pages)
    : server_(on_a_free_port(std::move(options))),
      thread_([this, pages = std::move(pages)] { totals_ = server_.run(pages); }) {}

RunningServer::~RunningServer() {
  stop();
}

ServerTotals RunningServer::stop() {
  if (thread_.joinable()) {
    server_.stop();
    thread_.join();
  }
  return totals_;
}

std::string mode_name(const testing::TestParamInfo<ServerMode>& mode) {
  return mode.param == ServerMode::spawn ? "spawn" : "sequential";
}

ServerOptions in_mode(ServerMode mode) {
  ServerOptions options;
  options.mode = mode;
  return options;
}

std::string get(std::string_view target, std::string_view more_fields) {
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: test\r\n" + std::string(more_fields) +
         "\r\n";
}

}  // namespace tws
