// A connection of the load, led step by step against a socket of the test's.
#include "load/connection.hpp"

#include "io/pair.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <optional>
#include <poll.h>
#include <string>
#include <string_view>

namespace tws::load {
namespace {

using namespace std::chrono_literals;
using Awaits = Connection::Awaits;

constexpr std::string_view response = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

class Led : public testing::Test {
 protected:
  Led() {
    sockaddr_in address{};
    listener_ = io::listening(address);
    port_ = ntohs(address.sin_port);
  }
  ~Led() override {
    connection_.reset();
    for (const int descriptor : {listener_, server_})
      if (descriptor >= 0) ::close(descriptor);
  }

  // Begins a run of so many requests, and accepts its first connection.
  void begin(Plan plan, std::uint64_t requests = 10) {
    plan.urls = {"http://127.0.0.1:" + std::to_string(port_) + "/"};
    job_.plan = plan;
    std::optional<double> lookup;
    job_.targets = resolve_targets(plan, lookup);
    shared_.emplace(job_, 0, 1, requests);
    shared_->books.start = shared_->books.load_start = Clock::now();
    connection_.emplace(*shared_, loop_);
    connection_->begin();
    if (plan.rate) return;
    if (connection_->awaits() == Awaits::room) connection_->go_on(0);
    accept();
  }

  void accept() {
    if (server_ >= 0) ::close(server_);
    server_ = ::accept(listener_, nullptr, nullptr);
    ASSERT_GE(server_, 0);
  }

  // The request that the server has got.
  std::string asked() {
    std::array<char, 1000> buffer;
    const auto size = ::recv(server_, buffer.data(), buffer.size(), 0);
    return size > 0 ? std::string(buffer.data(), static_cast<std::size_t>(size)) : std::string();
  }

  // Waits until there is something to be read, and lets the connection go on.
  void go_on_with_bytes() {
    ASSERT_EQ(connection_->awaits(), Awaits::bytes);
    pollfd ready{connection_->socket().descriptor(), POLLIN, 0};
    ASSERT_EQ(::poll(&ready, 1, 10'000), 1);
    connection_->go_on(0);
  }

  const Tally& tally() const { return shared_->books.tally; }

  int listener_ = -1, server_ = -1;
  std::uint16_t port_ = 0;
  Job job_;
  io::Loop loop_;
  std::optional<Shared> shared_;
  std::optional<Connection> connection_;
};

TEST_F(Led, AKeptConnectionSendsTheNextRequestWhenTheAnswerIsHere) {
  begin({});
  EXPECT_TRUE(asked().starts_with("GET / HTTP/1.1\r\n"));
  io::say(server_, response.substr(0, 10));
  go_on_with_bytes();
  EXPECT_EQ(tally().responses(), 0u);
  io::say(server_, response.substr(10));
  go_on_with_bytes();
  EXPECT_EQ(tally().responses(), 1u);
  EXPECT_EQ(tally().requests_started, 2u);
  EXPECT_EQ(tally().attempts_started, 1u);
  EXPECT_TRUE(asked().starts_with("GET / HTTP/1.1\r\n"));
}

TEST_F(Led, WithoutARequestLeftItIsOverAndClosesAtTheEnd) {
  begin({}, 1);
  io::say(server_, response);
  go_on_with_bytes();
  EXPECT_TRUE(connection_->is_over());
  EXPECT_EQ(connection_->awaits(), Awaits::nothing);
  EXPECT_EQ(tally().closed_by_client, 0u);
  connection_->close_at_once();
  EXPECT_EQ(tally().closed_by_client, 1u);
}

TEST_F(Led, OneThatIsNotKeptWaitsForTheServersFin) {
  Plan plan;
  plan.requests_per_connection = 1;
  begin(plan);
  EXPECT_NE(asked().find("Connection: close\r\n"), std::string::npos);
  io::say(server_, response);
  go_on_with_bytes();
  EXPECT_EQ(tally().responses(), 1u);
  EXPECT_EQ(tally().closed_by_server, 0u);
  ::shutdown(server_, SHUT_WR);
  go_on_with_bytes();
  EXPECT_EQ(tally().closed_by_server, 1u);
  EXPECT_EQ(tally().attempts_started, 2u);  // the next one is on its way
}

TEST_F(Led, AServerThatKeepsOpenWhatItIsToCloseIsWaitedForOnlySoLong) {
  Plan plan;
  plan.requests_per_connection = 1;
  begin(plan);
  io::say(server_, response);
  go_on_with_bytes();
  EXPECT_FALSE(connection_->expires(Clock::now()));
  EXPECT_TRUE(connection_->expires(Clock::now() + 1s));
  connection_->go_on(0);
  EXPECT_EQ(tally().server_kept_open, 1u);
  EXPECT_EQ(tally().closed_by_client, 1u);
}

TEST_F(Led, OneThatHammerClosesDoesNotWait) {
  Plan plan;
  plan.requests_per_connection = 1;
  plan.close_by = CloseBy::client;
  begin(plan);
  io::say(server_, response);
  go_on_with_bytes();
  EXPECT_EQ(tally().closed_by_client, 1u);
  EXPECT_EQ(tally().attempts_started, 2u);
}

TEST_F(Led, AStaleConnectionIsReplacedAndItsRequestSentAgain) {
  begin({});
  asked();
  io::say(server_, response);
  go_on_with_bytes();
  asked();
  io::reset(server_);  // the request was read by nobody's answer: RST at once
  go_on_with_bytes();
  EXPECT_EQ(tally().stale_reuses, 1u);
  EXPECT_TRUE(tally().requests_failed.empty());
  EXPECT_EQ(tally().attempts_started, 2u);
}

TEST_F(Led, AnAnswerThatBreaksOffFailsAndAPauseFollows) {
  begin({});
  asked();
  io::say(server_, response.substr(0, 30));
  go_on_with_bytes();
  ::shutdown(server_, SHUT_WR);
  go_on_with_bytes();
  EXPECT_EQ(tally().requests_failed.at({Phase::read, Cause::truncated}).count, 1u);
  EXPECT_EQ(connection_->awaits(), Awaits::moment);
  EXPECT_FALSE(connection_->expires(Clock::now() + 1h));  // a pause has no time-out
  connection_->go_on(0);
  EXPECT_EQ(tally().attempts_started, 2u);
}

TEST_F(Led, ATimeOutEndsTheRequestInItsPhase) {
  begin({});
  EXPECT_FALSE(connection_->expires(Clock::now()));
  EXPECT_TRUE(connection_->expires(Clock::now() + 1min));
  connection_->go_on(0);
  EXPECT_EQ(tally().requests_failed.at({Phase::wait, Cause::timeout}).count, 1u);
}

TEST_F(Led, WithARateItWaitsUntilItsRequestIsDue) {
  Plan plan;
  plan.rate = 0.001;  // the first one is due in the middle of a thousand seconds
  begin(plan);
  EXPECT_EQ(connection_->awaits(), Awaits::moment);
  EXPECT_EQ(connection_->moment(), shared_->books.start + 500s);
  EXPECT_EQ(tally().attempts_started, 0u);
  connection_->go_on(0);
  EXPECT_EQ(tally().attempts_started, 1u);
  EXPECT_EQ(tally().begun_late, 0u);
}

TEST_F(Led, WhatIsUnderWayAtTheEndIsPutDown) {
  begin({});
  connection_->finish(Clock::now());
  ASSERT_EQ(tally().in_flight.size(), 1u);
  EXPECT_EQ(tally().in_flight[0].phase, Phase::wait);
  connection_->close_at_once();
  EXPECT_EQ(tally().closed_by_client, 1u);
}

TEST_F(Led, NobodyListensIsAFailedAttempt) {
  ::close(std::exchange(listener_, -1));
  Plan plan;
  plan.rate = 0.001;  // begin() would accept
  begin(plan);
  connection_->go_on(0);
  if (connection_->awaits() == Awaits::room) connection_->go_on(0);
  EXPECT_EQ(tally().attempts_failed.at(ECONNREFUSED).count, 1u);
  EXPECT_EQ(connection_->awaits(), Awaits::moment);
}

}  // namespace
}  // namespace tws::load
