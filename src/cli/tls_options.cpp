#include "cli/tls_options.hpp"

#include "load/connect_to.hpp"

#include <boost/asio/ip/address.hpp>
#include <fmt/format.h>

#include <array>
#include <string_view>
#include <utility>

namespace tws {
namespace {

double share_of(const std::string& text) {
  if (text == "off") return 0;
  if (text == "on") return 1;
  const bool is_number = !text.empty() && text.find_first_not_of("0123456789.") == text.npos &&
                         text.find('.') != text.npos;
  double share = 2;
  if (is_number) {
    std::size_t used = 0;
    try {
      share = std::stod(text, &used);
    } catch (const std::exception&) {
    }
    if (used != text.size()) share = 2;
  }
  if (share > 1) refuse("--tls-resume", text, "off, on or a share of the connections, such as 0.8");
  return share;
}

std::string server_name(const std::string& text) {
  boost::system::error_code error;
  boost::asio::ip::make_address(text, error);
  constexpr std::string_view letters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
  // RFC 6066 3
  if (!error) refuse("--sni", fmt::format("'{}' is an address; TLS can only ask for names", text));
  if (text.empty() || text.size() > 253 || text.find_first_not_of(letters) != text.npos)
    refuse("--sni", text, "a name, such as www.example.com (letters beyond ASCII as xn--...)");
  return text;
}

std::string versions_of(const std::string& text) {
  for (const std::string_view one : {"1.2", "1.3", "1.2..1.3"})
    if (text == one) return text;
  refuse("--tls", text, "one of 1.2, 1.3, 1.2..1.3");
}

// The first option that needs https; empty if none was given.
std::string_view given_option(const TlsOptionWords& words) {
  if (words.insecure) return "-k";
  const std::array<std::pair<std::string_view, const Word*>, 10> all{
      {{"--cacert", &words.cacert},
       {"--cert", &words.cert},
       {"--key", &words.key},
       {"--key-pass-file", &words.key_pass_file},
       {"--sni", &words.sni},
       {"--tls", &words.versions},
       {"--ciphers", &words.ciphers},
       {"--tls13-ciphers", &words.tls13_ciphers},
       {"--groups", &words.groups},
       {"--tls-resume", &words.resume}}};
  for (const auto& [option, word] : all)
    if (*word) return option;
  return {};
}

void refuse_without_effect(const TlsOptionWords& words) {
  for (const auto& [option, word] : {std::pair("--ciphers", &words.ciphers),
                                     {"--tls13-ciphers", &words.tls13_ciphers},
                                     {"--groups", &words.groups}})
    if (*word && word->value().empty()) refuse(option, "is empty: leave it out for OpenSSL's own");
  if (words.ciphers && words.versions == "1.3")
    refuse("--ciphers", "are those of TLS 1.2, which --tls 1.3 does not use: --tls13-ciphers");
  if (words.tls13_ciphers && words.versions == "1.2")
    refuse("--tls13-ciphers", "are those of TLS 1.3, which --tls 1.2 does not use: --ciphers");
}

}  // namespace

void add_tls_options(CLI::App& app, TlsOptionWords& words) {
  const auto add = [&](const char* name, Word& word, const std::string& text, const char* type) {
    return app.add_option(name, word, text)->type_name(type);
  };
  app.add_flag("-k,--insecure", words.insecure,
               "https: accept any certificate. The report then says \"verified: no\"");
  add("--cacert", words.cacert,
      "https: trust the authorities in this PEM file, or in the files of this folder (openssl "
      "rehash), instead of the system's",
      "FILE|DIR");
  add("--cert", words.cert, "https: hammer's own certificate, a PEM file with its chain", "FILE");
  add("--key", words.key, "https: the key of --cert, a PEM file", "FILE");
  add("--key-pass-file", words.key_pass_file,
      "https: the password of --key is the first line of this file [asked for on a terminal]",
      "FILE");
  add("--sni", words.sni,
      "https: ask for this name, which the certificate must have [the URL's host]", "NAME");
  add("--tls", words.versions, fmt::format("https: versions of TLS [{}]", TlsPlan().versions),
      "1.2|1.3|1.2..1.3");
  add("--ciphers", words.ciphers,
      "https: ciphers of TLS 1.2, such as ECDHE-ECDSA-AES128-GCM-SHA256 [OpenSSL's]", "LIST");
  add("--tls13-ciphers", words.tls13_ciphers,
      "https: ciphers of TLS 1.3, such as TLS_AES_128_GCM_SHA256 [OpenSSL's]", "LIST");
  add("--groups", words.groups,
      "https: groups of the key exchange, such as X25519:P-256 [OpenSSL's]", "LIST");
  add("--tls-resume", words.resume,
      "https: resume a session with each new connection, or with this share of them, such as 0.8 "
      "[off: full handshakes]",
      "off|on|SHARE");
  app.add_option("--connect-to", words.connect_to,
                 "Connect to the second host and port where a URL has the first; an empty part is "
                 "any, or the same. May be repeated")
      ->type_name("HOST:PORT:HOST:PORT")
      ->allow_extra_args(false)
      ->take_all();
}

void set_tls(Plan& plan, const TlsOptionWords& words) {
  for (const auto& text : words.connect_to) load::parse_connect_to(text);
  plan.connect_to = words.connect_to;
  const auto option = given_option(words);
  if (option.empty()) return;
  if (!plan.has_https())
    refuse(option, fmt::format("is for https, and '{}' is plain http{}", plan.urls.front(),
                               option == "-k" ? " (connections are kept without it)" : ""));
  if (words.cert && !words.key) refuse("--cert", "needs the key, too: --key FILE");
  if (words.key && !words.cert) refuse("--key", "needs the certificate, too: --cert FILE");
  if (words.key_pass_file && !words.key) refuse("--key-pass-file", "needs --key FILE");
  if (words.insecure && words.cacert)
    refuse("-k", "accepts any certificate, so --cacert has no effect");
  refuse_without_effect(words);
  TlsPlan& tls = plan.tls;
  tls.accepts_any = words.insecure;
  tls.authorities = words.cacert.value_or("");
  tls.certificate = words.cert.value_or("");
  tls.key = words.key.value_or("");
  tls.key_password_file = words.key_pass_file.value_or("");
  if (words.sni) tls.server_name = server_name(*words.sni);
  if (words.versions) tls.versions = versions_of(*words.versions);
  tls.ciphers = words.ciphers.value_or("");
  tls.tls13_ciphers = words.tls13_ciphers.value_or("");
  tls.groups = words.groups.value_or("");
  if (words.resume) tls.resume = share_of(*words.resume);
}

}  // namespace tws
