#include "client.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <cerrno>
#include <unistd.h>
#include <utility>

namespace tws {

namespace {

ServerOptions on_a_free_port(ServerOptions options) {
  for (tcp::endpoint& endpoint : options.listen) endpoint.port(0);
  return options;
}

}  // namespace

RawClient::RawClient(const tcp::endpoint& server)
    : descriptor_(::socket(server.protocol().family(), SOCK_STREAM, 0)) {
  EXPECT_GE(descriptor_, 0);
  const int on = 1;
  ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const timeval patience{30, 0};
  ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(descriptor_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  const auto* address = static_cast<const sockaddr*>(server.data());
  EXPECT_EQ(::connect(descriptor_, address, static_cast<socklen_t>(server.size())), 0);
}

RawClient::~RawClient() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void RawClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto n = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n < 0) return;  // the server refused the rest; what it answered is for the test to see
    sent += static_cast<std::uint64_t>(n);
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

bool RawClient::receive() {
  std::array<char, 65536> part;
  const auto n = ::recv(descriptor_, part.data(), part.size(), 0);
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
  const auto n = ::recv(descriptor_, part.data(), part.size(), MSG_WAITALL);
  return n < 0 ? 0 : static_cast<std::size_t>(n);
}

std::string RawClient::read_to_end() {
  while (receive()) {
  }
  return std::exchange(unread_, {});
}

bool RawClient::sees_fin() {
  return read_to_end().empty() && !reset_seen_;
}

bool RawClient::has_received_nothing_yet() {
  char byte;
  return unread_.empty() && ::recv(descriptor_, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 &&
         errno == EAGAIN;
}

void RawClient::send_fin() {
  ::shutdown(descriptor_, SHUT_WR);
}

void RawClient::reset() {
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
