// What one request costs in each of the parts that are pure: build/release/bench/micro
#include "http/response.hpp"
#include "server/request.hpp"
#include "system/census_tally.hpp"
#include "system/linux/sock_diag.hpp"
#include "system/process.hpp"
#include "system/rows.hpp"
#include "tws/measure/histogram.hpp"

#include <benchmark/benchmark.h>
#include <boost/asio/buffer.hpp>
#include <sys/socket.h>

#include <cmath>
#include <cstdlib>
#include <iostream>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <unistd.h>
#include <vector>

namespace tws {
namespace {

// A benchmark of something that failed would look like a fast one.
void require(bool what_must_be, const char* what) {
  if (what_must_be) return;
  std::cerr << "micro: " << what << '\n';
  std::exit(1);
}

// Latencies as they come: most near 200 us, with a long tail.
void histogram_record(benchmark::State& state) {
  std::mt19937_64 random(1);
  std::lognormal_distribution<double> latency(std::log(200e3), 0.5);
  std::vector<std::chrono::nanoseconds> values(4096);
  for (auto& value : values)
    value = std::chrono::nanoseconds(static_cast<std::int64_t>(latency(random)));
  Histogram histogram(static_cast<int>(state.range(0)));
  std::size_t next = 0;
  for (auto _ : state) histogram.record(values[next++ % values.size()]);
  benchmark::DoNotOptimize(histogram.count());
}
BENCHMARK(histogram_record)->Arg(Histogram::three_digits)->Arg(Histogram::two_digits);

void histogram_quantile(benchmark::State& state) {
  Histogram histogram;
  for (int i = 0; i < 100'000; ++i) histogram.record(std::chrono::nanoseconds(100'000 + 7 * i));
  for (auto _ : state) benchmark::DoNotOptimize(histogram.quantile(0.999));
}
BENCHMARK(histogram_quantile);

constexpr std::string_view nginx_response =
    "HTTP/1.1 200 OK\r\n"
    "Server: nginx/1.22.1\r\n"
    "Date: Tue, 24 Nov 2026 08:16:35 GMT\r\n"
    "Content-Type: application/octet-stream\r\n"
    "Content-Length: 19\r\n"
    "Connection: keep-alive\r\n"
    "\r\n"
    "Hello from nginx!!\n";

// `heads`: 1 if each response begins like the last one, so that it need not be parsed; 2 if not.
void response_read(benchmark::State& state) {
  const std::string one(nginx_response);
  std::string other = one;
  other.replace(other.find("Date:"), 5, "Xate:");
  LastResponse last;
  ResponseReader reader(last);
  auto error = ResponseFault::none;
  int number = 0;
  for (auto _ : state) {
    const auto& response = ++number % state.range(0) == 0 ? one : other;
    reader.start(false);
    reader.feed(response.data(), response.size(), error);
    benchmark::DoNotOptimize(reader.done());
  }
  require(error == ResponseFault::none && reader.done() && reader.body_bytes() == 19,
          "the response is not complete");
}
BENCHMARK(response_read)->ArgName("heads")->Arg(1)->Arg(2);

void request_read(benchmark::State& state) {
  constexpr std::string_view hammers =
      "GET / HTTP/1.1\r\nHost: 127.0.0.1:3779\r\nUser-Agent: hammer\r\n\r\n";
  const ServerLimits limits;
  boost::beast::flat_buffer buffer;
  std::string body;
  bool complete = true;
  for (auto _ : state) {
    buffer.commit(
        boost::asio::buffer_copy(buffer.prepare(hammers.size()), boost::asio::buffer(hammers)));
    server::RequestParser parser(limits, body);
    complete = complete && parser.feed(buffer) && parser.request().refusal == 0;
  }
  require(complete, "the request is refused");
}
BENCHMARK(request_read);

// The kernel's rows of 16 KiB as one recv() brings them, read and counted; per row in "items".
void census_rows(benchmark::State& state) {
  std::vector<std::byte> bytes;
  const auto pattern = from_hex(real_dump_v4);
  while (bytes.size() + pattern.size() <= 16 * 1024)
    bytes.insert(bytes.end(), pattern.begin(), pattern.end());
  const CensusFilter filter{
      {boost::asio::ip::tcp::endpoint(boost::asio::ip::make_address("127.0.0.1"), 3779)}};
  std::int64_t rows = 0;
  for (auto _ : state) {
    CensusTally tally(filter, {});
    const auto reply = read_dump(bytes, [&](const SocketRow& row) { tally.add(row); });
    require(reply.status == DumpReply::More, "the rows cannot be read");
    rows += static_cast<std::int64_t>(tally.census().client.total());
  }
  require(rows > 0, "no row was counted");
  state.SetItemsProcessed(rows);
}
BENCHMARK(census_rows);

// A recv() that finds nothing, in a process of two threads: with the table of descriptors shared
// between them (0), and with one of its own (1).
void system_call(benchmark::State& state) {
  int pair[2];
  require(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) == 0, "no sockets");
  std::thread([&] {
    if (state.range(0) == 1) use_own_descriptors();
    char byte;
    for (auto _ : state) benchmark::DoNotOptimize(::recv(pair[0], &byte, 1, 0));
  }).join();
  ::close(pair[0]);
  ::close(pair[1]);
}
BENCHMARK(system_call)->ArgName("own")->Arg(0)->Arg(1)->UseRealTime();

}  // namespace
}  // namespace tws
