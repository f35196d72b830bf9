#include "report/command_line.hpp"

#include "http/url.hpp"
#include "support/units.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <charconv>
#include <optional>
#include <string_view>

namespace tws {
namespace {

const Plan default_plan;

// As --rate takes it, without an exponent.
std::string typed(double rate) {
  std::array<char, 400> digits{};  // the smallest double has 341
  const auto end =
      std::to_chars(digits.data(), digits.data() + digits.size(), rate, std::chars_format::fixed);
  return {digits.data(), end.ptr};
}

// As --stages takes it.
std::string typed(const Profile& profile) {
  const bool is_rate = profile.varied == Varied::rate;
  const std::string_view unit = is_rate ? "" : "c";
  double before = is_rate ? 0 : 1;
  std::string text;
  const auto add = [&](const std::string& time, double value) {
    text += fmt::format("{}{}:{}{}", text.empty() ? "" : ",", time, typed(value), unit);
  };
  for (const Stage& stage : profile.stages) {
    if (stage.from != before) add("0s", stage.from);
    add(tws::typed(stage.length), stage.to);
    before = stage.to;
  }
  return text;
}

template <typename Add>
void add_tls(const TlsPlan& tls, Add add) {
  const TlsPlan usual;
  if (tls.accepts_any) add("-k", std::nullopt);
  const auto add_changed = [&](std::string_view option, const std::string TlsPlan::*member) {
    if (tls.*member != usual.*member) add(option, tls.*member);
  };
  add_changed("--cacert", &TlsPlan::authorities);
  add_changed("--cert", &TlsPlan::certificate);
  add_changed("--key", &TlsPlan::key);
  add_changed("--key-pass-file", &TlsPlan::key_password_file);
  add_changed("--sni", &TlsPlan::server_name);
  add_changed("--tls", &TlsPlan::versions);
  add_changed("--ciphers", &TlsPlan::ciphers);
  add_changed("--tls13-ciphers", &TlsPlan::tls13_ciphers);
  add_changed("--groups", &TlsPlan::groups);
  if (tls.resume > 0) add("--tls-resume", tls.resume < 1 ? typed(tls.resume) : "on");
}

}  // namespace

std::string typed(std::chrono::nanoseconds time) {
  using namespace std::chrono_literals;
  if (time < 1ms) return fmt::format("{}ns", time.count());
  if (time < 1s) return fmt::format("{}ms", to_seconds(time) * 1000);
  return fmt::format("{}s", to_seconds(time));
}

std::string for_shell(const std::string& word) {
  constexpr std::string_view plain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789%+,-./:=@_";
  if (!word.empty() && word.find_first_not_of(plain) == std::string::npos) return word;
  std::string text = "'";
  for (const char c : word) {
    if (c == '\'')
      text += "'\\''";
    else
      text += c;
  }
  return text + "'";
}

std::vector<std::string> command_line(const Plan& plan) {
  std::vector<std::string> words{"hammer"};
  const auto add = [&](std::string_view option, const std::optional<std::string>& value) {
    words.push_back(std::string(option));
    if (value) words.back() += ' ' + for_shell(*value);
  };
  const auto& stages = plan.profile.stages;
  const bool ramps_connections =
      plan.profile.varied == Varied::connections && !plan.profile.stages.empty();
  if (plan.duration && stages.size() < 2) add("-z", typed(*plan.duration));
  if (plan.requests) add("-n", std::to_string(*plan.requests));
  if (plan.rate) add("-q", typed(*plan.rate));
  if (stages.size() == 1)
    add(ramps_connections ? "-c" : "-q",
        fmt::format("{}..{}", typed(stages[0].from), typed(stages[0].to)));
  if (stages.size() > 1) add("--stages", typed(plan.profile));
  if (!ramps_connections) add("-c", std::to_string(plan.connections));
  // The default is as many as the machine has cores.
  add("-t", std::to_string(plan.threads));

  const bool has_body = !plan.body.empty();
  if (plan.method != (has_body ? "POST" : "GET")) add("-m", plan.method);
  for (const auto& [name, value] : plan.headers) add("-H", name + ": ...");
  if (!plan.body_lines_file.empty()) add("--body-lines", plan.body_lines_file);
  if (has_body && (plan.body_lines_file.empty() || plan.body != Body("{{line}}")))
    words.emplace_back("-d ...");
  if (plan.http_version != default_plan.http_version) add("--http-version", plan.http_version);
  if (plan.redirects > 0) add("--redirects", std::to_string(plan.redirects));
  if (plan.seed != default_plan.seed) add("--seed", std::to_string(plan.seed));
  if (plan.timeout != default_plan.timeout) add("--timeout", typed(plan.timeout));
  if (plan.connect_timeout != default_plan.connect_timeout)
    add("--connect-timeout", typed(plan.connect_timeout));

  if (!plan.keep_alive())
    words.emplace_back("--disable-keepalive");
  else if (plan.requests_per_connection)
    add("--requests-per-connection", std::to_string(*plan.requests_per_connection));
  if (plan.close_by != default_plan.close_by) add("--close-by", std::string(name(plan.close_by)));
  if (plan.ports != default_plan.ports) add("--ports", std::string(name(plan.ports)));
  if (!plan.sources.empty()) add("--source", fmt::format("{}", fmt::join(plan.sources, ",")));
  if (plan.port_range)
    add("--port-range", fmt::format("{}-{}", plan.port_range->low, plan.port_range->high));
  for (const auto& rule : plan.connect_to) add("--connect-to", rule);
  if (!plan.proxy.empty()) add("--proxy", without_password(plan.proxy));
  if (!plan.unix_socket.empty()) add("--unix-socket", plan.unix_socket);
  add_tls(plan.tls, add);
  if (plan.arrivals != default_plan.arrivals) add("--jitter", std::string(name(plan.arrivals)));
  if (plan.warm_up.count() > 0) add("--warm-up", typed(plan.warm_up));
  if (plan.wait_drain) words.push_back("--wait-drain=" + typed(*plan.wait_drain));
  if (!plan.census) words.emplace_back("--no-census");
  if (plan.strict_http) words.emplace_back("--strict-http");
  if (plan.ok != usual_successes) add("--ok", plan.ok);
  if (plan.server_admin) add("--server-admin", *plan.server_admin);
  for (const auto& threshold : plan.thresholds) add("--threshold", threshold);
  if (!plan.urls_file.empty()) {
    add("--urls", plan.urls_file);
    return words;
  }
  for (const auto& url : plan.urls) words.push_back(for_shell(without_password(url)));
  return words;
}

}  // namespace tws
