// A run that is saved and read again is the same in every field. Each struct is taken apart by a
// structured binding, which does not compile when a field is added: it needs a name more here, and
// then the test fails until the tables of src/report have the field, too.
#include "report/example_runs.hpp"
#include "tws/report/read_run.hpp"

#include <gtest/gtest.h>

#include <random>

namespace tws {
namespace {

// Fills anything with values that it could have.
class Maker {
 public:
  explicit Maker(std::uint64_t seed) : random_(seed) {}

  Run run() {
    Run run;
    fill(run);
    // What a run cannot be without.
    run.plan.connections = std::max(run.plan.connections, 1u);
    run.plan.threads = std::max(run.plan.threads, 1u);
    if (run.plan.rate) *run.plan.rate += 0.1;
    run.stages.resize(std::min(run.stages.size(), run.plan.profile.stages.size()));
    if (!run.plan.is_paced()) {
      run.tally.begun_late = run.tally.never_begun = 0;
      run.tally.oldest_never_begun = {};
    }
    run.plan.body = bytes();
    run.plan.thresholds = {"p99.9 <= 1.5s", "errors < 1% over 2s abort after 1m"};
    if (run.plan.duration) *run.plan.duration += std::chrono::seconds(2);
    for (auto& [name, value] : run.plan.headers) value = bytes();
    for (auto& server : run.cpu.servers) server.name = bytes();
    return run;
  }

 private:
  std::uint64_t below(std::uint64_t limit) { return random_() % limit; }

  template <typename... Fields>
  void each(Fields&... fields) {
    (fill(fields), ...);
  }

  void fill(Run& of) {
    auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x] = of;
    each(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x);
  }
  void fill(WaySide& of) {
    auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s] = of;
    each(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s);
  }
  void fill(Way& of) {
    auto& [a, b, c, d, e, f] = of;
    each(a, b, c, d, e, f);
  }
  void fill(InterfaceUse& of) {
    auto& [a, b, c, d, e] = of;
    each(a, b, c, d, e);
  }
  void fill(Upstream& of) {
    auto& [a, b, c, d] = of;
    each(a, b, c, d);
  }
  void fill(Upstreams& of) {
    auto& [a, b, c, d, e, f] = of;
    each(a, b, c, d, e, f);
  }
  void fill(Trial& of) {
    auto& [a, b, c, d, e, f, g, h, i, j] = of;
    each(a, b, c, d, e, f, g, h, i, j);
  }
  void fill(Prediction& of) {
    auto& [a, b, c] = of;
    each(a, b, c);
  }
  void fill(TlsPlan& of) {
    auto& [a, b, c, d, e, f, g, h, i, j, k] = of;
    each(a, b, c, d, e, f, g, h, i, j, k);
  }
  void fill(TlsUsed& of) {
    auto& [a, b, c, d, e, f, g, h] = of;
    each(a, b, c, d, e, f, g, h);
  }
  void fill(Plan& of) {
    auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, a2, b2, c2,
           d2, e2, f2, g2, h2, i2, j2] = of;
    each(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, a2, b2, c2,
         d2, e2, f2, g2, h2, i2, j2);
  }
  void fill(Line& of) {
    auto& [a, b, c, d, e] = of;
    each(a, b, c, d, e);
  }
  void fill(UrlTally& of) {
    auto& [a, b, c, d, e, f, g] = of;
    each(a, b, c, d, e, f);
    g = histogram(Histogram::two_digits);
  }
  void fill(Profile& of) {
    auto& [a, b] = of;
    each(a, b);
  }
  void fill(Stage& of) {
    auto& [a, b, c] = of;
    each(a, b, c);
    ++a;
  }
  void fill(WarmUp& of) {
    auto& [a, b, c, d] = of;
    each(a, b, c, d);
  }
  void fill(StageRun& of) {
    auto& [a, b, c, d, e, f, g, h, i, j] = of;
    each(a, b, c, d, e, f, g, h, i, j);
  }
  void fill(Limits& of) {
    auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r] = of;
    each(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r);
  }
  void fill(Environment& of) {
    auto& [a, b, c, d, e] = of;
    each(a, b, c, d, e);
  }
  void fill(TargetUsed& of) {
    auto& [a, b, c, d, e, f] = of;
    each(a, b, c, d, e, f);
  }
  void fill(Simulated& of) {
    auto& [a, b, c, d] = of;
    each(a, b, c, d);
  }
  void fill(ProcessCpu& of) {
    auto& [a, b, c, d, e, f, g] = of;
    each(a, b, c, d, e, f, g);
  }
  void fill(CpuQuota& of) {
    auto& [a, b, c, d, e] = of;
    each(a, b, c, d, e);
  }
  void fill(Cpu& of) {
    auto& [a, b, c, d, e, f, g, h, i] = of;
    each(a, b, c, d, e, f, g, h, i);
  }
  void fill(ServerSide& of) {
    auto& [a, b, c, d, e, f, g, h, i, j, k, l, m] = of;
    each(a, b, c, d, e, f, g, h, i, j, k, l, m);
  }
  void fill(Census& of) {
    auto& [a, b, c, d, e] = of;
    each(a, b, c, d, e);
  }
  void fill(Sample& of) {
    auto& [a, b, c, d, e, f] = of;
    each(a, b, c, d, e, f);
  }
  void fill(InFlight& of) {
    auto& [a, b] = of;
    each(a, b);
  }
  void fill(Failure& of) {
    auto& [a, b] = of;
    each(a, b);
  }
  void fill(ConnectionSpread& of) {
    auto& [a, b, c, d] = of;
    each(a, b, c, d);
  }
  void fill(ConnectionTally& of) {
    auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t] = of;
    each(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t);
  }
  void fill(RequestTally& of) {
    auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t] = of;
    each(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t);
  }
  void fill(Body& to) { to = bytes(); }
  void fill(Unreadable& of) {
    auto& [a, b, c, d] = of;
    each(a, b, c);
    d = bytes();
  }
  void fill(Counts& to) {
    to.clear();
    for (auto i = below(4); i > 0; --i) to[std::to_string(i)] = 1 + below(1000);
  }
  void fill(TargetTally& of) {
    auto& [a, b, c, d] = of;
    each(a, b, c, d);
  }

  void fill(bool& to) { to = below(2); }
  template <typename T>
  requires std::is_integral_v<T>
  void fill(T& to) {
    to = static_cast<T>(random_() >> below(64));
    if constexpr (std::is_same_v<T, std::uint64_t>) to %= 1'000'000'000'000;
  }
  void fill(int& to) { to = static_cast<int>(random_()); }
  void fill(double& to) {
    to = std::ldexp(static_cast<double>(random_()), -static_cast<int>(below(100)) - 10);
  }
  void fill(std::string& to) {
    constexpr std::string_view pieces[] = {"a", "\"", "\\", "\n", "\x01", "\xc3\xa9", "9", "/", ""};
    to.clear();
    for (auto i = below(9); i > 0; --i) to += pieces[below(std::size(pieces))];
  }
  std::string bytes() {
    std::string text;
    for (auto i = below(9); i > 0; --i) text += static_cast<char>(below(256));
    return text;
  }
  void fill(std::chrono::nanoseconds& to) {
    to = std::chrono::nanoseconds(below(4'000'000'000'000'000));  // 46 days
  }
  template <typename T>
  void fill(std::optional<T>& to) {
    if (to.reset(); below(4) > 0) fill(to.emplace());
  }
  template <typename T>
  void fill(std::vector<T>& to) {
    to.clear();
    for (auto i = below(4); i > 0; --i) fill(to.emplace_back());
  }
  template <typename A, typename B>
  void fill(std::pair<A, B>& to) {
    fill(to.first);
    fill(to.second);
  }
  template <typename T, std::size_t size>
  void fill(std::array<T, size>& to) {
    for (T& one : to)
      if (below(3) == 0) fill(one);
  }
  void fill(Counters& to) {
    for (auto i = below(4); i > 0; --i) {
      std::string name;
      fill(name);
      to[name] = static_cast<std::int64_t>(random_());
    }
  }

  template <typename E>
  requires std::is_enum_v<E>
  void fill(E& to) {
    constexpr std::uint64_t count =
        std::is_same_v<E, PortChoice> || std::is_same_v<E, Varied> ? 2 : 3;
    to = static_cast<E>(below(count));
  }
  void fill(CensusSource& to) { to = static_cast<CensusSource>(below(4)); }
  void fill(Phase& to) { to = static_cast<Phase>(below(phase_names.size())); }

  void fill(PortRange& to) {
    to.low = static_cast<std::uint16_t>(1 + below(65535));
    to.high = static_cast<std::uint16_t>(to.low + below(65536u - to.low));
  }
  void fill(StateCounts& to) {
    for (const TcpState state : tcp_states) fill(to[state]);
  }
  Histogram histogram(int bits) {
    Histogram made(bits);
    for (auto i = below(40); i > 0; --i)
      made.record(std::chrono::nanoseconds(random_() >> (20 + below(44))), 1 + below(1000));
    return made;
  }
  void fill(Histogram& to) { to = histogram(Histogram::three_digits); }
  void fill(PackedHistogram& to) { to = PackedHistogram(histogram(Histogram::two_digits)); }

  Failure failure() {
    Failure made;
    fill(made);
    return made;
  }
  // Of attempts they are filled first.
  void fill(Failures& to) {
    to.clear();
    for (auto i = below(4); i > 0; --i) {
      FailureKind kind(static_cast<int>(1 + below(140)));
      if (of_requests_) fill(kind.phase);
      if (below(2)) kind = FailureKind(kind.phase, static_cast<Cause>(1 + below(6)));
      if (of_requests_ && below(4) == 0)
        kind =
            FailureKind(kind.phase, static_cast<TlsFault>(1 + below(tls_fault_names.size() - 1)));
      to[kind] = failure();
    }
  }
  void fill(Tally& to) {
    of_requests_ = false;
    fill(static_cast<ConnectionTally&>(to));
    of_requests_ = true;
    fill(static_cast<RequestTally&>(to));
    for (auto& time : to.time_in_phase) time = std::chrono::nanoseconds(random_() >> 3);
    fill(to.longest_standstill);
    fill(to.in_flight);
    static_assert(sizeof(Tally) == sizeof(ConnectionTally) + sizeof(RequestTally) +
                                       sizeof(to.time_in_phase) + sizeof(to.longest_standstill) +
                                       sizeof(to.in_flight));
  }
  std::mt19937_64 random_;
  bool of_requests_ = false;
};

std::string saved(const Run& run) {
  return pretty(to_json(run, {}));
}

TEST(Lossless, ARunComesBackInEveryField) {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const auto run = Maker(seed).run();
    const auto text = saved(run);
    const auto again = read_run(text, "run.json");
    EXPECT_EQ(saved(again), text) << seed;
    EXPECT_TRUE(again == run) << seed;
  }
}

// What is compared above: runs made so differ.
TEST(Lossless, OtherRunsAreOthers) {
  const auto run = Maker(1).run();
  EXPECT_TRUE(run == Maker(1).run());
  for (std::uint64_t seed = 2; seed < 20; ++seed) {
    const auto other = Maker(seed).run();
    EXPECT_FALSE(run == other);
    EXPECT_NE(saved(run), saved(other));
  }
}

}  // namespace
}  // namespace tws
