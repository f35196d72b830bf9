#include "load/server_admin.hpp"

#include "report/server_pages.hpp"
#include "report/server_view_example.hpp"
#include "tws/support/errors.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>

#include <string>
#include <thread>

namespace tws::load {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using testing::ThrowsMessage;

std::string page(const ServerView& view) {
  return census_page({}, view, {{asio::ip::address_v4::loopback(), 80}}).body;
}

TEST(ServerView, ComesBackAsItWasWritten) {
  const ServerView written = examples::server_view();
  const ServerView read = parse_server_view(page(written));
  EXPECT_EQ(read.version, written.version);
  EXPECT_EQ(read.pid, written.pid);
  EXPECT_EQ(read.uptime, written.uptime);
  EXPECT_EQ(read.boot, written.boot);
  EXPECT_EQ(read.network, written.network);
  EXPECT_EQ(read.sockets->server, written.sockets->server);
  EXPECT_EQ(read.sockets->client, written.sockets->client);
  EXPECT_EQ(read.process, written.process);
  EXPECT_EQ(read.machine_cpu_seconds, written.machine_cpu_seconds);
  EXPECT_EQ(read.machine_cpus, written.machine_cpus);
  EXPECT_EQ(read.counters, written.counters);
  EXPECT_EQ(read.limits, written.limits);
}

TEST(ServerView, WhatIsNotKnownStaysUnknown) {
  const ServerView read = parse_server_view(page({}));
  EXPECT_EQ(read.sockets, std::nullopt);
  EXPECT_EQ(read.process, std::nullopt);
  EXPECT_EQ(read.machine_cpu_seconds, std::nullopt);
  EXPECT_EQ(read.limits, Limits{});
  EXPECT_EQ(read.boot, "");
}

TEST(ServerView, OddShapesAreNamedAndNothingWorse) {
  EXPECT_THAT([] { parse_server_view("<html>"); },
              ThrowsMessage<std::runtime_error>("its answer is not JSON"));
  for (const auto* other : {"1", "[]", "{}", "{\"schema\": \"tws-server/2\"}", "{\"schema\": 1}"})
    EXPECT_THAT([&] { parse_server_view(other); },
                ThrowsMessage<std::runtime_error>(HasSubstr("\"schema\": \"tws-server/1\"")));
  const auto whole = boost::json::parse(page(examples::server_view())).as_object();
  const std::vector<boost::json::value> wrong{
      nullptr, -1, "x", boost::json::array{}, boost::json::object{}, 1e300, INT64_MIN, UINT64_MAX};
  int told = 0;
  const auto try_each = [&](const boost::json::object& object, auto put) {
    for (const auto& [key, value] : object) {
      for (const auto& replacement : wrong) {
        try {
          parse_server_view(boost::json::serialize(put(std::string(key), replacement)));
        } catch (const std::runtime_error& error) {
          EXPECT_THAT(error.what(), StartsWith("its answer"));
          EXPECT_THAT(error.what(), Not(ContainsRegex("\\[|stoi|boost")));  // words only
          ++told;
        }
      }
    }
  };
  try_each(whole, [&](const std::string& key, const boost::json::value& value) {
    auto damaged = whole;
    damaged[key] = value;
    return damaged;
  });
  for (const std::string part : {"process", "machine", "limits", "counters"})
    try_each(whole.at(part).as_object(),
             [&](const std::string& key, const boost::json::value& value) {
               auto damaged = whole;
               damaged[part].as_object()[key] = value;
               return damaged;
             });
  EXPECT_GT(told, 100);
}

TEST(ServerView, WhatIsMissingOrOfAnotherKindIsTold) {
  const auto told = [](auto damage) {
    auto object = boost::json::parse(page(examples::server_view())).as_object();
    damage(object);
    try {
      parse_server_view(boost::json::serialize(object));
    } catch (const std::runtime_error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_EQ(told([](auto&) {}), "");
  EXPECT_EQ(told([](auto& object) { object.erase("machine"); }),
            "its answer is damaged: no \"machine\"");
  EXPECT_EQ(told([](auto& object) { object["version"] = 1; }),
            "its answer is damaged: value is not a string");
  for (const auto* thread : {"x", "", "-1", "1x", "2147483648"})
    EXPECT_EQ(told([&](auto& object) {
                object["process"].as_object()["threadSeconds"] = {{thread, 1}};
              }),
              "its answer is damaged: a thread id is not a number");
}

TEST(ServerView, TextsAreFitForATerminal) {
  ServerView view = examples::server_view();
  view.process->name = "\x1b[31mred";
  view.version = "1\n2";
  const ServerView read = parse_server_view(page(view));
  EXPECT_EQ(read.process->name, "\\x1b[31mred");
  EXPECT_EQ(read.version, "1\\x0a2");
}

// Answers one connection with these bytes.
class OneAnswer {
 public:
  explicit OneAnswer(std::string bytes, bool stays_open = false)
      : thread_([this, bytes = std::move(bytes), stays_open] {
          boost::system::error_code ec;
          auto socket = acceptor_.accept(ec);
          asio::streambuf request;
          asio::read_until(socket, request, "\r\n\r\n", ec);
          asio::write(socket, asio::buffer(bytes), ec);
          if (stays_open) asio::read(socket, request, ec);  // until the other end is gone
        }) {}
  ~OneAnswer() { thread_.join(); }

  std::string failure() {
    ServerAdmin admin("http://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()) +
                      "/");
    const auto answer = admin.ask();
    EXPECT_EQ(answer.view.has_value(), answer.failure.empty());
    return answer.failure;
  }

 private:
  asio::io_context io_;
  tcp::acceptor acceptor_{io_, {asio::ip::address_v4::loopback(), 0}};
  std::thread thread_;
};

std::string answered(const std::string& body) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

TEST(ServerAdmin, TakesAnAnswerAndNamesEveryFailure) {
  EXPECT_EQ(OneAnswer(answered(page(examples::server_view()))).failure(), "");
  EXPECT_EQ(OneAnswer("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n").failure(),
            "it answers with status 404");
  EXPECT_EQ(OneAnswer(answered("hello")).failure(), "its answer is not JSON");
  EXPECT_EQ(OneAnswer("SSH-2.0-x\r\n").failure(), "its answer is not HTTP");
  EXPECT_EQ(OneAnswer("").failure(), "it closed the connection");
  EXPECT_EQ(OneAnswer("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{").failure(),
            "its answer ended too early");
  EXPECT_EQ(OneAnswer(answered(std::string(2 * 1024 * 1024, ' '))).failure(),
            "its answer is larger than 1 MiB");
  const std::string head = "HTTP/1.1 200 OK\r\n", big(100'000, 'x');
  for (const auto& endless :
       {"HTTP/1.1 200 " + big, head + "X: " + big, head + "X: y\r\nX: " + big})
    EXPECT_EQ(OneAnswer(endless).failure(), "its answer is too large: a head of more than 8 KiB");
  EXPECT_EQ(OneAnswer(head, true).failure(), "no answer in a second");
}

TEST(ServerAdmin, UrlsHaveAHostAndNoPath) {
  EXPECT_EQ(parse_server_admin("http://[::1]:9100/").port, 9100);
  EXPECT_EQ(parse_server_admin("a:1").host, "a");
  for (const auto* url : {"", "http://", "http://a/x", "http://a/?x", "ftp://a/", "http://a:0/"})
    EXPECT_THAT(
        [&] { parse_server_admin(url); },
        ThrowsMessage<UsageError>(StartsWith("--server-admin: '" + std::string(url) + "'")));
}

}  // namespace
}  // namespace tws::load
