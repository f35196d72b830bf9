// What the report says of TLS.
#include "report/paint.hpp"
#include "report/text_parts.hpp"
#include "support/units.hpp"
#include "tws/measure/facts.hpp"

#include <fmt/format.h>

namespace tws {
namespace {

std::string agreed_lines(const Run& run) {
  std::string text;
  for (const TlsUsed& one : run.tally.tls_used) {
    text += fmt::format("  agreed:\t{}, {}", one.version, one.cipher);
    if (!one.group.empty()) text += ", " + one.group;
    if (run.tally.tls_used.size() > 1)
      text += fmt::format(": {} with {}", format_count(one.handshakes),
                          one.target < run.targets.size() ? run.targets[one.target].url : "-");
    text += '\n';
    if (!one.key.empty())
      text += fmt::format("  certificate:\t{}, {}, signed by {}\n", one.key,
                          one.subject.empty() ? "no subject" : one.subject, one.issuer);
  }
  return text;
}

}  // namespace

std::string tls_text(const Run& run, const TextStyle& style) {
  if (!run.plan.has_https()) return {};
  const Tally& tally = run.tally;
  std::uint64_t failed = 0;
  for (const auto& [kind, failure] : tally.requests_failed)
    if (kind.phase == Phase::handshake) failed += failure.count;
  std::string text =
      fmt::format("TLS:\n  handshakes:\t{} full, {} resumed, ", format_count(tally.handshakes_full),
                  format_count(tally.handshakes_resumed));
  const auto failures = fmt::format("{} failed", format_count(failed));
  text += failed > 0 ? paint(failures, Colour::red, style) : failures;
  const auto count = tally.handshakes_full + tally.handshakes_resumed;
  if (const auto rate = ratio(static_cast<double>(count), run.seconds); rate && count > 0)
    text += fmt::format("; {:.4g} per second", *rate);
  text += '\n' + agreed_lines(run);
  if (run.plan.tls.accepts_any)
    text += "  verified:\t" +
            paint("no, any certificate was accepted (-k)", Colour::yellow, style) + '\n';
  return text;
}

}  // namespace tws
