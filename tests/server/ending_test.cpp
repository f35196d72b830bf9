// How a connection ends that has an answer on its way: the answer arrives, whatever else happens.
#include "client.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace tws {
namespace {

using namespace std::chrono_literals;

class Ending : public testing::TestWithParam<ServerMode> {};
INSTANTIATE_TEST_SUITE_P(Modes, Ending, both_modes, mode_name);

void spin(std::chrono::microseconds time) {
  for (const auto end = Clock::now() + time; Clock::now() < end;) {
  }
}

// What a client sends, what comes 0 to 99 us behind it, and the status of the answer.
struct Trial {
  std::string request, late;
  int status = 200;
};

// So many clients one after the other, none of whom may miss the answer. All are counted.
void try_often(const ServerOptions& options, const std::vector<Trial>& trials, int times) {
  RunningServer server(options);
  for (int i = 0; i < times; ++i) {
    const Trial& trial = trials[static_cast<std::size_t>(i) % trials.size()];
    RawClient client(server.address());
    client.send(trial.request);
    spin(std::chrono::microseconds{i % 100});
    client.send(trial.late);
    ASSERT_EQ(client.read_response().status, trial.status) << i << ": " << trial.request;
  }
  EXPECT_EQ(server.stop().requests(), static_cast<std::uint64_t>(times));
}

const int often = through_tls() ? 2'000 : 20'000;

TEST_P(Ending, BytesBehindALastRequestDoNotCostItsAnswer) {
  const std::string last = get("/", "Connection: close\r\n");
  const std::string streamed = get("/bytes/200000", "Connection: close\r\n");
  ServerOptions options = in_mode(GetParam());
  options.keep_alive = true;
  try_often(options,
            {{last, "x"},
             {last, "\r\n"},
             {last, get("/")},
             {streamed, "x"},
             {get("/missing", "Connection: close\r\n"), "x", 404}},
            often);
}

TEST_P(Ending, NorDoPipelinedRequestsBeyondTheLastOne) {
  ServerOptions options = in_mode(GetParam());
  options.keep_alive = true;
  options.limits.requests = 1;
  try_often(options, {{get("/"), get("/")}, {get("/") + get("/"), ""}, {get("/bytes/5"), get("/")}},
            often);
}

TEST_P(Ending, NorDoesTheRestOfWhatWasRefused) {
  const std::string bad = "GET / HTTP/1.1\r\n\r\n";
  const std::string large = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n";
  try_often(in_mode(GetParam()), {{bad, "x", 400}, {large, std::string(1000, 'x'), 413}},
            often / 10);
}

TEST_P(Ending, NorDoBytesWhereTheClientIsToClose) {
  ServerOptions options = in_mode(GetParam());
  options.keep_alive = false;
  options.close_by = ServerCloseBy::client;
  try_often(options, {{get("/"), "x"}, {get("/bytes/200000"), "\r\n"}}, often / 10);
}

// The kernel of the server holds the end of an answer as long as its client does not read.
TEST_P(Ending, BytesThatComeWhileAnAnswerIsReadDoNotCutItOff) {
  constexpr std::size_t size = 3'000'000;
  for (const auto close_by : {ServerCloseBy::server, ServerCloseBy::client}) {
    ServerOptions options = in_mode(GetParam());
    options.close_by = close_by;
    RunningServer server(options);
    RawClient client(server.address());
    client.send(get("/bytes/3000000", "Connection: close\r\n"));
    for (int i = 0; i < 30; ++i) {
      std::this_thread::sleep_for(10ms);
      client.send("x");
    }
    EXPECT_EQ(client.read_response().body.size(), size);
    client.reset();
    EXPECT_EQ(server.stop().by_status[200], 1U);
  }
}

TEST_P(Ending, ADrainLetsAnAnswerBeReadThatWasHandedOver) {
  ServerOptions options = in_mode(GetParam());
  options.keep_alive = true;
  options.drain = 1min;
  RunningServer server(options);
  RawClient client(server.address());
  client.send(get("/bytes/2000000"));
  while (server.totals().requests() == 0) std::this_thread::sleep_for(1ms);
  server.begin_stop();
  std::this_thread::sleep_for(50ms);
  client.send(get("/"));  // too late, and no reason to lose the first one
  EXPECT_EQ(client.read_response().body.size(), 2'000'000U);
  client.reset();
  EXPECT_EQ(server.stop().by_status[200], 1U);
}

TEST_P(Ending, AnAnswerThatNobodyTakesIsNotCounted) {
  ServerOptions options = in_mode(GetParam());
  options.limits.write_time = 100ms;
  RunningServer server(options);
  RawClient client(server.address());
  client.send(get("/bytes/3000000", "Connection: close\r\n"));
  while (server.totals().timeouts == 0) std::this_thread::sleep_for(1ms);
  EXPECT_LT(client.read_to_end().size(), 3'000'000U);
  EXPECT_TRUE(client.saw_reset());
  EXPECT_EQ(server.stop().requests(), 0U);
}

}  // namespace
}  // namespace tws
