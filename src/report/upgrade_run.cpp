#include "report/upgrade_run.hpp"

#include "report/plan_fields.hpp"
#include "tws/measure/hdr.hpp"
#include "tws/measure/phase.hpp"
#include "tws/system/census.hpp"

#include <cmath>

namespace tws {
namespace {

// The first versions of hammer/1 lacked some keys.
void add_missing(json::object& to, std::string_view key, json::value value) {
  to.emplace(key, std::move(value));
}

json::object written(const Histogram& histogram) {
  const auto saved = histogram.save();
  return {{"count", histogram.count()}, {"min", saved.min},           {"max", saved.max},
          {"sum", saved.sum},           {"overflow", saved.overflow}, {"hdr", to_hdr(histogram)}};
}

// A list of values and counts, as base64.
json::object histogram_of_1(const json::object& from) {
  Histogram::Saved saved;
  saved.min = from.at("min").to_number<std::uint64_t>();
  saved.max = from.at("max").to_number<std::uint64_t>();
  saved.sum = from.at("sum").to_number<std::uint64_t>();
  saved.overflow = from.at("overflow").to_number<std::uint64_t>();
  std::uint64_t all = 0;
  for (const auto& bucket : from.at("buckets").as_array()) {
    const auto count = bucket.as_array().at(1).to_number<std::uint64_t>();
    if (count > most_counted - all) throw std::out_of_range("histogram");
    all += count;
    saved.buckets.emplace_back(bucket.as_array().at(0).to_number<std::uint64_t>(), count);
  }
  return written(Histogram::load(saved));
}

// The phases' times were shares of connections x seconds.
void upgrade_time(json::object& root) {
  auto& time = root.at("time").as_object();
  add_missing(time, "longestStandstillSeconds", 0);
  const double all = root.at("plan").at("connections").to_number<double>() *
                     root.at("summary").at("total").to_number<double>();
  json::object nanoseconds;
  const auto& shares = time.at("shares").as_object();
  for (const auto phase : phase_names) {
    const auto* share = shares.if_contains(phase);
    const double seconds = share && !share->is_null() ? all * share->to_number<double>() : 0;
    nanoseconds[phase] = whole(seconds * 1e9);
  }
  time["nanoseconds"] = std::move(nanoseconds);
}

// Who counted was not said.
void upgrade_census(json::value& census, CensusSource source) {
  if (census.is_null()) return;
  auto& object = census.as_object();
  object["seconds"] = 0;
  object["source"] = name(source);
  for (const auto* side : {"client", "server"})
    for (const TcpState state : tcp_states)
      add_missing(object.at(side).as_object(), name(state), 0);
}

void upgrade_sockets(json::object& root) {
  const auto* simulation = root.if_contains("simulation");
  const auto& os = root.at("environment").at("os");
  const auto source = simulation && !simulation->is_null() ? CensusSource::Simulation
                      : os == "Darwin"                     ? CensusSource::Sysctl
                                                           : CensusSource::Netlink;
  upgrade_census(root.at("sockets").at("before"), source);
  upgrade_census(root.at("sockets").at("after"), source);
  for (auto& sample : root.at("timeline").as_array()) {
    upgrade_census(sample.at("sockets"), source);
    sample.as_object()["latency"] = nullptr;
  }
}

void upgrade_requests(json::object& root) {
  add_missing(root, "rate", nullptr);
  for (const char* which : {"attempts", "requests"}) {
    auto& of = root.at(which).as_object();
    auto& firsts = of.at("firstFailureSeconds").as_object();
    for (const auto& [kind, count] : of.at("failed").as_object()) add_missing(firsts, kind, 0);
  }
  add_missing(root.at("requests").as_object(), "partialBodyBytes", 0);
  add_missing(root.at("connections").as_object(), "ownPortsGivenUp", false);
  add_missing(root.at("connections").as_object(), "byTarget", json::array());
  add_missing(root.at("connections").as_object(), "spread",
              json::object{{"responses", 0}, {"sum", 0}, {"sumOfSquares", 0}, {"between", 0}});
  add_missing(root.at("connections").as_object(), "endedByStrayBytes", 0);
  add_missing(root.at("requests").as_object(), "unreadable", json::array());
  add_missing(root.at("requests").as_object(), "byUrl", json::array());
  for (const char* none : {"redirectsFollowed", "redirectsLeft"})
    add_missing(root.at("requests").as_object(), none, 0);
  add_missing(root.at("requests").as_object(), "lenient", json::object());
  root["tls"] = {{"handshakes", {{"full", 0}, {"resumed", 0}}},
                 {"agreed", json::array()},
                 {"firstFailure", nullptr}};
  auto& histograms = root.at("histograms").as_object();
  add_missing(histograms, "handshake",
              {{"min", 0}, {"max", 0}, {"sum", 0}, {"overflow", 0}, {"buckets", json::array()}});
  for (const char* name : {"beginDelay", "serviceTime"})
    if (!histograms.contains(name)) histograms[name] = histograms.at("connect");
  for (auto& entry : histograms) entry.value() = histogram_of_1(entry.value().as_object());
  histograms["meanByConnection"] = written(Histogram());
}

void upgrade_target(json::object& target) {
  add_missing(target, "listenBacklog", nullptr);
  const auto addresses = target.at("refused").as_array().size() + 1;
  add_missing(target, "addresses", addresses);
  add_missing(target, "addressTaken", addresses);
}

// Quotas, queues and who waited for a CPU were not looked at.
void upgrade_machines(json::object& root) {
  for (auto& target : root.at("targets").as_array()) upgrade_target(target.as_object());
  auto& cpu = root.at("cpu").as_object();
  for (const char* unknown : {"waiting", "quota"})
    add_missing(cpu.at("hammer").as_object(), unknown, nullptr);
  for (const char* unknown : {"serverCores", "serverQuota"}) add_missing(cpu, unknown, nullptr);
  for (auto& server : cpu.at("servers").as_array())
    add_missing(server.as_object(), "waiting", nullptr);
}

}  // namespace

void upgrade_from_1(json::object& root) {
  auto& plan = root.at("plan").as_object();
  plan["waitDrainSeconds"] = nullptr;
  plan["census"] = root.at("census").at("count").to_number<std::uint64_t>() > 0;
  add_missing(plan, "serverAdmin", nullptr);
  add_missing(plan, "ok", "2xx,3xx");
  add_missing(plan, "strictHttp", false);
  add_missing(plan, "thresholds", json::array());
  add_missing(plan, "lines", json::array());
  for (const char* unknown : {"urlsFile", "bodyLinesFile", "proxy", "unixSocket"})
    add_missing(plan, unknown, nullptr);
  add_missing(plan, "httpVersion", "1.1");
  add_missing(plan, "redirects", 0);
  add_missing(plan, "bodyLinesBytes", 0);
  add_missing(plan, "seed", 1);
  add_missing(plan, "connectTo", json::array());
  add_missing(plan, "tls", Json<TlsPlan>::write({}));
  add_missing(plan, "profile", Json<Profile>::write({}));
  add_missing(plan, "arrivals", "even");
  add_missing(plan, "warmUpSeconds", 0);
  add_missing(root, "warmUp", nullptr);
  add_missing(root, "stages", json::array());
  add_missing(root, "stoppedBy", nullptr);
  // No name, no lookup, no time.
  const double lookup = root.at("details").at("DNSLookup").at("average").to_number<double>();
  root["lookupSeconds"] = lookup > 0 ? json::value(lookup) : json::value(nullptr);
  auto& limits = root.at("limits").as_object();
  for (const char* unknown : {"reserved", "held", "portStepWidth", "openFilesHard"})
    add_missing(limits, unknown, nullptr);
  add_missing(root, "serverSide", nullptr);
  add_missing(root, "way", nullptr);
  add_missing(root, "upstreams", nullptr);
  add_missing(root, "trials", json::array());
  add_missing(root, "simulation", nullptr);
  upgrade_machines(root);
  upgrade_time(root);
  upgrade_sockets(root);
  upgrade_requests(root);
}

}  // namespace tws
