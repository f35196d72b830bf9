#include "cli/no_answer.hpp"

#include "diagnose/tls_advice.hpp"
#include "report/words.hpp"
#include "tws/measure/facts.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tws {

std::string tls_never_worked(const Run& run) {
  const auto fault = usual_tls_fault(run.tally);
  if (fault == TlsFault::none || run.tally.responses() > 0) return {};
  std::string urls;
  for (const auto& target : run.targets) urls += (urls.empty() ? "" : ", ") + target.url;
  const auto [meaning, remedy] = tls_advice(fault, run);
  return fmt::format("{}: {}: {}", urls, meaning, remedy);
}

std::string no_answer(const Run& run) {
  if (const auto tls = tls_never_worked(run); !tls.empty()) return tls;
  const Tally& tally = run.tally;
  // In its warm-up or later; where only TLS was asked for, with it.
  const bool connected = tally.attempts_connected > 0;
  const bool only_https = std::ranges::all_of(
      run.plan.urls, [](const std::string& url) { return url.starts_with("https:"); });
  const auto answers = tally.responses() + tally.handshakes_full + tally.handshakes_resumed;
  if ((run.warm_up && run.warm_up->connected > 0) || (connected && (!only_https || answers > 0)))
    return {};
  std::string targets;
  for (const auto& target : run.targets) targets += (targets.empty() ? "" : ", ") + target.address;
  const auto& failed = connected ? tally.requests_failed : tally.attempts_failed;
  const std::string_view what = connected ? "handshake of TLS with" : "connection to";
  const auto most = std::max_element(
      failed.begin(), failed.end(),
      [](const auto& a, const auto& b) { return a.second.count < b.second.count; });
  if (most == failed.end()) return fmt::format("no {} {} succeeded", what, targets);
  return fmt::format("no {} {} succeeded: {}", what, targets,
                     words_of(most->first).value_or(cause_name(most->first)));
}

}  // namespace tws
