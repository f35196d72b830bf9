#include "tws/load/engine.hpp"

#include "load/job.hpp"
#include "tws/support/errors.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <thread>

namespace tws::load {
namespace {

using namespace std::chrono_literals;

// The kernel completes connections to it, and nobody answers.
class Silent {
 public:
  std::string url() const { return fmt::format("http://127.0.0.1:{}/", port()); }
  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

 private:
  asio::io_context io_;
  Acceptor acceptor_{io_, {asio::ip::address_v4::loopback(), 0}};
};

Plan plan_for(const std::string& url) {
  Plan plan;
  plan.urls = {url};
  plan.connections = 4;
  plan.threads = 2;
  return plan;
}

TEST(Engine, PreparesWithoutALoad) {
  const Silent silent;
  const Prepared prepared = prepare(plan_for(silent.url()));
  ASSERT_EQ(prepared.job->targets.size(), 1U);
  EXPECT_EQ(prepared.job->targets[0].endpoint.port(), silent.port());
  EXPECT_EQ(prepared.run.targets.at(0).address, fmt::format("127.0.0.1:{}", silent.port()));
  EXPECT_EQ(prepared.run.plan.connections, 4U);
  EXPECT_FALSE(prepared.run.environment.os.empty());
  EXPECT_TRUE(prepared.run.limits.open_files);
  EXPECT_EQ(prepared.run.tally.attempts_connected, 0U);
}

TEST(Engine, RefusesWhatCannotBeCarriedOut) {
  Plan plan = plan_for("http://127.0.0.1:1/");
  plan.sources = {"::1"};
  EXPECT_THROW(prepare(plan), UsageError);
  plan.sources.clear();
  plan.ports = PortChoice::rotate;
  plan.port_range = PortRange{50000, 50003};  // two for each connection are needed
  EXPECT_THROW(prepare(plan), RunError);
}

TEST(Engine, StopsWhenItIsAskedToAndNeedsNoObserver) {
  const Silent silent;
  const Prepared prepared = prepare(plan_for(silent.url()));  // no end of its own
  std::atomic<bool> stop = false;
  std::thread asks([&] {
    std::this_thread::sleep_for(150ms);
    stop = true;
  });
  const tws::Run run = execute(prepared, stop, {});
  asks.join();
  EXPECT_EQ(run.tally.attempts_connected, 4U);
  EXPECT_EQ(run.tally.in_flight.size(), 4U);
  EXPECT_EQ(run.tally.responses(), 0U);
}

TEST(Engine, TellsTheObserver) {
  const Silent silent;
  Plan plan = plan_for(silent.url());
  plan.duration = 250ms;
  int starts = 0, progress = 0;
  Observer observer;
  observer.on_start = [&](const tws::Run& run) {
    ++starts;
    EXPECT_EQ(run.plan.connections, 4U);
    EXPECT_TRUE(run.sockets_before);
  };
  observer.on_progress = [&](std::chrono::nanoseconds, const Timeline&) { ++progress; };
  const std::atomic<bool> never = false;
  // What was prepared may be used again.
  const Prepared prepared = prepare(plan);
  EXPECT_EQ(execute(prepared, never, observer).tally.in_flight.size(), 4U);
  EXPECT_EQ(execute(prepared, never, observer).tally.in_flight.size(), 4U);
  EXPECT_EQ(starts, 2);
  EXPECT_GE(progress, 1);
}

TEST(Engine, EndsWhenTheObserverHasEnough) {
  const Silent silent;
  const Prepared prepared = prepare(plan_for(silent.url()));  // no end of its own
  int asked = 0;
  Observer observer;
  observer.is_enough = [&](std::chrono::nanoseconds, const Timeline&) { return ++asked == 2; };
  const std::atomic<bool> never = false;
  EXPECT_EQ(execute(prepared, never, observer).tally.in_flight.size(), 4U);
  EXPECT_GE(asked, 2);
}

TEST(Engine, ADrainIsWaitedForOnlyIfThePlanSaysSo) {
  const Silent silent;
  const auto unexpected = [](std::uint64_t, std::chrono::nanoseconds) { ADD_FAILURE(); };
  Plan plan = plan_for(silent.url());
  wait_for_drain(prepare(plan), unexpected);
  plan.wait_drain = 1s;
  wait_for_drain(prepare(plan), unexpected);  // nothing was ever connected
}

}  // namespace
}  // namespace tws::load
