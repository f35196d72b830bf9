#include "diagnose/tls_advice.hpp"

#include <fmt/format.h>

namespace tws {
namespace {

constexpr std::string_view any_is_accepted = "-k accepts any";

std::string asked_name(const Run& run) {
  if (!run.plan.tls.server_name.empty()) return run.plan.tls.server_name;
  return "the host of the URL";
}

TlsAdvice of_certificate(TlsFault fault, const Run& run) {
  const auto& words = run.tally.tls_words;
  const std::string details = words.empty() ? "" : fmt::format(" ({})", words);
  switch (fault) {
    case TlsFault::expired:
      return {
          fmt::format("the server's certificate, or one that signed it, has expired{}", details),
          fmt::format("renew it; {}", any_is_accepted)};
    case TlsFault::not_yet_valid:
      return {fmt::format("the server's certificate is not valid yet{}", details),
              fmt::format("wait, or compare the clocks of both machines; {}", any_is_accepted)};
    case TlsFault::self_signed:
      return {
          "the server's certificate is self-signed",
          fmt::format("--cacert FILE trusts the certificate in that file; {}", any_is_accepted)};
    case TlsFault::unknown_authority:
      return {fmt::format("the server's certificate is of an authority that {} not have{}",
                          run.plan.tls.authorities.empty() ? "this system does" : "--cacert does",
                          details),
              fmt::format("{}; a server must send its intermediate certificates, too; {}",
                          run.plan.tls.authorities.empty()
                              ? "--cacert FILE trusts the authority in that file"
                              : "--cacert needs that authority (a folder needs openssl rehash)",
                          any_is_accepted)};
    case TlsFault::wrong_host:
      return {fmt::format("the server's certificate is not for {}{}", asked_name(run), details),
              fmt::format("--sni NAME asks for another name; {}", any_is_accepted)};
    case TlsFault::revoked:
      return {"the server's certificate was revoked", std::string(any_is_accepted)};
    default:
      return {fmt::format("the server's certificate can't be trusted: {}", run.tally.tls_words),
              std::string(any_is_accepted)};
  }
}

}  // namespace

TlsAdvice tls_advice(TlsFault fault, const Run& run) {
  const TlsPlan& tls = run.plan.tls;
  switch (fault) {
    case TlsFault::protocol_version:
      return {
          fmt::format("the server speaks no version of TLS that hammer offers ({})", tls.versions),
          tls.versions == TlsPlan().versions ? "an older version is not safe, and not offered"
                                             : "--tls 1.2..1.3 offers both"};
    case TlsFault::no_shared_cipher:
      return {"the server has no cipher, group or kind of certificate in common with hammer",
              "--ciphers, --tls13-ciphers, --groups and --tls set what hammer offers; some servers "
              "say the same if they want a certificate (--cert FILE --key FILE)"};
    case TlsFault::certificate_required:
      return {"the server wants a certificate from hammer", "--cert FILE --key FILE"};
    case TlsFault::certificate_refused:
      if (tls.certificate.empty())
        return {"the server wants a certificate from hammer", "--cert FILE --key FILE"};
      return {"the server does not accept the certificate of --cert",
              "name one that is of an authority that the server trusts"};
    case TlsFault::unknown_name:
      return {fmt::format("the server has nothing under the name of {}", asked_name(run)),
              "--sni NAME asks for another name"};
    case TlsFault::not_tls:
      return {"what answers does not speak TLS", "write http://, or name the port that has TLS"};
    case TlsFault::alert:
    case TlsFault::other:
      return {fmt::format("TLS failed: {}", run.tally.tls_words),
              fmt::format("openssl s_client -connect {} shows more",
                          run.targets.empty() ? "HOST:PORT" : run.targets.front().address)};
    default:
      return of_certificate(fault, run);
  }
}

TlsFault usual_tls_fault(const Tally& tally) {
  std::uint64_t most = 0;
  TlsFault usual = TlsFault::none;
  for (const auto& [kind, failure] : tally.requests_failed) {
    if (kind.cause != Cause::tls || failure.count <= most) continue;
    most = failure.count;
    usual = kind.tls_fault();
  }
  return usual;
}

}  // namespace tws
