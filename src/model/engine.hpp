// Simulates a run event by event: connections wait for a thread of the client, for a port, for a
// SYN to pass, or for the server.
#pragma once

#include "measure/ledger.hpp"
#include "measure/pacer.hpp"
#include "model/kernel.hpp"
#include "tws/measure/timeline.hpp"
#include "tws/model/simulation.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <queue>
#include <string>
#include <vector>

namespace tws::model {

class Engine {
 public:
  Engine(const Simulation& simulation, Kernel& kernel, Random& random, Time start);

  // Simulates the run, fills in the results and returns the end time. To be called once.
  Time run(Run& run);

 private:
  struct Connection {
    explicit Connection(Books& books) : ledger(books) {}
    bool away = false;  // the plan asks for fewer connections now
    Time goes = Time::max();
    Ledger ledger;
    Attempt attempt{};
    std::uint32_t target = 0;
    std::uint32_t syns_again = 0;
    std::uint64_t served = 0;
    bool established = false;
    bool answered = false;  // a response has come and was not processed yet
    bool taken = false;     // it has a request to send
  };

  // A thread of the client or a server: does one thing at a time, the rest waits in a queue.
  struct Processor {
    std::deque<std::uint32_t> line;
    std::optional<std::uint32_t> at_work;
    Time busy{};
  };

  enum class Kind : std::uint8_t { thread, server, answer, connected, syn_again, due, pause_over };
  struct Event {
    Time at;
    std::uint64_t order;  // events at the same time happen in the order of their planning
    std::uint32_t who;    // a connection, a thread or a target
    Kind kind;
    bool operator>(const Event& other) const {
      return at != other.at ? at > other.at : order > other.order;
    }
  };

  Moment now() const { return Moment(now_); }
  void plan(Time at, Kind kind, std::uint32_t who);
  void happen(const Event& event);

  // The client's threads.
  void ready(std::uint32_t who);
  void work(std::uint32_t thread);
  std::optional<Time> begin(Connection& c, std::uint32_t who);
  bool take_request(Connection& c);
  bool is_there(Connection& c, std::uint32_t who);
  bool join(Connection& c, std::uint32_t who);
  Time begin_request(Connection& c);
  Time begin_attempt(Connection& c);
  void worked(std::uint32_t thread);

  // An attempt, after connect() has returned.
  void plan_syn(Connection& c, std::uint32_t who);
  void send_syn_again(Connection& c, std::uint32_t who);
  void connected(Connection& c, std::uint32_t who);
  void attempt_failed(Connection& c, std::uint32_t who, const FailureKind& kind);

  // The servers.
  void arrive(Connection& c, std::uint32_t who);
  void serve(std::uint32_t target);
  void served(std::uint32_t target);
  void answer(std::uint32_t who);
  void respond(Connection& c);
  void close(Connection& c);

  // Closes the books of each stage of the plan's profile that is over then.
  void turn_until(Time time);
  void turn();
  void begin_stage();
  void end_stage();
  std::vector<Time> work_done() const;
  // Of work that began after `before`, which is work_done() of that time.
  void tell_cpu(const std::vector<Time>& before, double seconds, Cpu& cpu) const;

  void sample_until(Time time);
  void sample();
  void finish(Run& run);

  const Simulation& simulation_;
  const Plan& plan_;
  Kernel& kernel_;
  Random& random_;
  Time start_, now_, end_;
  std::optional<Pacer> pacer_;
  const std::vector<Stage> numbers_;  // of connections; empty: the same all the time
  Books books_;
  std::vector<Connection> connections_;
  std::vector<Processor> threads_, servers_;
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
  std::uint64_t planned_ = 0, taken_ = 0;
  Time interval_;
  Timeline timeline_;
  Time next_sample_;

  const std::vector<Time> turns_;  // see turns_of()
  std::vector<StageRun> stages_;
  Counters counters_before_;  // at the start of the last stage
  std::vector<Time> done_before_;
};

}  // namespace tws::model
