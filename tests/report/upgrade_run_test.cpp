// Files that hammer 0.1.0 wrote are still read: those of tests/report/hammer1 are real ones.
#include "report/example_runs.hpp"
#include "report/json_parse.hpp"
#include "tws/report/read_run.hpp"
#include "tws/support/errors.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/value_from.hpp>
#include <gmock/gmock.h>

#include <fstream>
#include <iterator>

namespace tws {
namespace {

namespace json = boost::json;

constexpr std::string_view names[] = {"interrupted", "ports", "rate", "simulated"};

json::object old_file(std::string_view name) {
  std::ifstream file(TWS_SOURCE "/tests/report/hammer1/" + std::string(name) + ".json");
  const std::string text(std::istreambuf_iterator<char>(file), {});
  boost::system::error_code error;
  return parse_exactly(text, error).as_object();
}

bool is_same_number(const json::value& a, const json::value& b) {
  const double x = a.to_number<double>(), y = b.to_number<double>();
  return std::abs(x - y) <= 1e-9 * std::max(std::abs(x), 1e-3);  // they had 12 digits
}

// What is in both; `path` names it.
void expect_kept(const json::value& before, const json::value& after, const std::string& path) {
  if (before.is_number() && after.is_number()) {
    EXPECT_TRUE(is_same_number(before, after)) << path << ": " << before << " " << after;
  } else if (before.is_object() && after.is_object()) {
    for (const auto& [key, value] : before.get_object()) {
      if (key == "p50" && path.find("timeline") != path.npos) continue;
      if (key == "p99" && path.find("timeline") != path.npos) continue;
      const auto* now = after.get_object().if_contains(key);
      ASSERT_TRUE(now) << path << "/" << key;
      expect_kept(value, *now, path + "/" + std::string(key));
    }
  } else if (before.is_array() && after.is_array()) {
    ASSERT_EQ(before.get_array().size(), after.get_array().size()) << path;
    for (std::size_t i = 0; i < before.get_array().size(); ++i)
      expect_kept(before.get_array()[i], after.get_array()[i], path + "/" + std::to_string(i));
  } else {
    EXPECT_EQ(before, after) << path;
  }
}

TEST(UpgradeRun, WhatAnOlderHammerSavedIsKept) {
  for (const auto name : names) {
    auto before = old_file(name);
    auto after = examples::json_of(read_run(json::serialize(before), "run.json")).as_object();
    EXPECT_EQ(after["schema"].as_string(), run_schema_name);
    // These say the same in another way; words may have changed.
    for (const char* other : {"schema", "histograms", "findings", "verdict"}) before.erase(other);
    before["plan"].as_object().erase("bodyBytes");  // it had no bodies
    expect_kept(before, after, std::string(name));
  }
}

TEST(UpgradeRun, ItsHistogramsAreTheSame) {
  for (const auto name : names) {
    const auto file = old_file(name);
    const auto& before = file.at("histograms").at("latency");
    const auto run = read_run(json::serialize(file), "run.json");
    const auto saved = run.tally.latency.save();
    EXPECT_EQ(json::value_from(saved.buckets), before.at("buckets"));
    EXPECT_EQ(saved.min, before.at("min").to_number<std::uint64_t>());
    EXPECT_EQ(saved.sum, before.at("sum").to_number<std::uint64_t>());
  }
}

TEST(UpgradeRun, DamageIsTold) {
  const auto whole = old_file("rate");
  int told = 0;
  for (const auto& [key, value] : whole) {
    for (const json::value& wrong :
         {json::value(nullptr), json::value(-1), json::value("x"), json::value(json::object())}) {
      auto damaged = whole;
      damaged[key] = wrong;
      try {
        read_run(json::serialize(damaged), "run.json");
      } catch (const RunError&) {
        ++told;
      }
    }
  }
  EXPECT_GT(told, 30);
}

}  // namespace
}  // namespace tws
