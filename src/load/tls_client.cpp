#include "load/tls_client.hpp"

#include "tws/support/errors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>

namespace tws::load {
namespace {

void check(std::string_view option, const std::string& wrong) {
  if (!wrong.empty()) throw UsageError(fmt::format("{}: {}", option, wrong));
}

void check_list(std::string_view option, const std::string& list, const std::string& wrong) {
  if (!wrong.empty())
    throw UsageError(fmt::format("{}: '{}' is not what OpenSSL takes: {}", option, list, wrong));
}

// The first line, as curl and openssl take it.
std::optional<std::string> password_of(const TlsPlan& plan) {
  if (plan.key_password_file.empty()) return {};
  std::ifstream file(plan.key_password_file);
  std::string line;
  if (!std::getline(file, line))
    throw UsageError(
        fmt::format("--key-pass-file: '{}' can't be read, or its first line is missing",
                    plan.key_password_file));
  return line;
}

void use_key(io::TlsContext& context, const TlsPlan& plan) {
  if (plan.certificate.empty()) return;
  check("--cert", context.use_certificate(plan.certificate));
  const auto password = password_of(plan);
  auto wrong = context.use_key(plan.key, password);
  if (wrong.ends_with("has a password")) wrong += ": name a file that has it with --key-pass-file";
  check("--key", wrong);
}

}  // namespace

std::unique_ptr<const io::TlsContext> tls_context(const Plan& plan) {
  if (!plan.has_https()) return nullptr;
  const TlsPlan& tls = plan.tls;
  auto context = std::make_unique<io::TlsContext>();
  if (tls.accepts_any)
    context->accept_any();
  else if (tls.authorities.empty())
    check("--cacert", context->trust_system());
  else
    check("--cacert", context->trust(tls.authorities));
  use_key(*context, tls);
  const auto lowest =
      tls.versions.starts_with("1.3") ? io::TlsVersion::tls1_3 : io::TlsVersion::tls1_2;
  const auto highest =
      tls.versions.ends_with("1.2") ? io::TlsVersion::tls1_2 : io::TlsVersion::tls1_3;
  context->set_versions(lowest, highest);
  if (!tls.ciphers.empty()) check_list("--ciphers", tls.ciphers, context->set_ciphers(tls.ciphers));
  if (!tls.tls13_ciphers.empty())
    check_list("--tls13-ciphers", tls.tls13_ciphers, context->set_tls13_ciphers(tls.tls13_ciphers));
  if (!tls.groups.empty()) check_list("--groups", tls.groups, context->set_groups(tls.groups));
  return context;
}

TlsClient::TlsClient(const Plan& plan, const std::vector<Target>& targets,
                     const io::TlsContext* context)
    : context_(context), resume_(plan.tls.resume), sessions_(context ? targets.size() : 0) {
  if (context == nullptr) return;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    std::string name = plan.tls.server_name.empty() ? targets[i].host : plan.tls.server_name;
    if (name.ends_with('.')) name.pop_back();  // RFC 6066 3
    peers_.push_back({std::move(name), resume_ > 0 ? &sessions_[i] : nullptr, false});
  }
}

// Evenly spread: the same connections in each run.
bool TlsClient::resumes_next() {
  const auto number = static_cast<double>(begun_++);
  return std::floor((number + 1) * resume_) > std::floor(number * resume_);
}

void TlsClient::begin(io::Transport& transport, std::size_t target) {
  peers_[target].resume = resume_ > 0 && resumes_next();
  transport.secure(*context_, peers_[target]);
}

void TlsClient::count(const io::Transport& transport, std::size_t target, ConnectionTally& tally) {
  // The books of each part of a run begin empty.
  if (tally.tls_used.empty()) agreed_.clear();
  const Agreed agreed{target, transport.tls().agreed_ids()};
  const auto known = std::ranges::find(agreed_, agreed);
  if (known != agreed_.end()) {
    ++tally.tls_used[static_cast<std::size_t>(known - agreed_.begin())].handshakes;
    return;
  }
  // A server may have a new certificate each time. What is beyond these counts together.
  constexpr std::size_t most_kinds = 64;
  if (agreed_.size() == most_kinds) {
    tally.add_tls_used({target, "others", "others", {}, {}, {}, {}, 1});
    return;
  }
  const auto words = transport.tls().agreed();
  agreed_.push_back(agreed);
  tally.tls_used.push_back({target, words.version, words.cipher, words.group, words.key,
                            words.subject, words.issuer, 1});
}

}  // namespace tws::load
