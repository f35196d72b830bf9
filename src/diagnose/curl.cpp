#include "diagnose/curl.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace tws::diagnosis {

std::string curl(const Run& run, std::string_view option, std::uint64_t (*count)(const UrlTally&)) {
  std::string url = run.targets.front().url;
  const auto worst = std::ranges::max_element(run.tally.by_url, {}, count);
  if (worst != run.tally.by_url.end() && count(*worst) > 0) url = worst->url;
  const Plan& plan = run.plan;
  std::string words = fmt::format("curl {}", option);
  if (!plan.proxy.empty()) words += fmt::format(" --proxy {}", run.targets.front().address);
  if (!plan.unix_socket.empty()) words += fmt::format(" --unix-socket {}", plan.unix_socket);
  for (const auto& rule : plan.connect_to) words += fmt::format(" --connect-to {}", rule);
  if (plan.tls.accepts_any) words += " -k";
  for (const auto& [name, file] : {std::pair("--cacert", &plan.tls.authorities),
                                   {"--cert", &plan.tls.certificate},
                                   {"--key", &plan.tls.key}})
    if (!file->empty()) words += fmt::format(" {} {}", name, *file);
  return fmt::format("{} {}", words, url);
}

}  // namespace tws::diagnosis
