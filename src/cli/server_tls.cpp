#include "cli/server_tls.hpp"

#include "cli/files.hpp"
#include "report/server_lines.hpp"
#include "tws/support/errors.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <string_view>
#include <unistd.h>

namespace tws {

namespace {

constexpr std::uint64_t largest_file = 1024 * 1024;
constexpr std::string_view suffix = ".pem";

PemFile read_pem(std::string_view option, const std::string& name) {
  PemFile file{name, {}};
  if (const int error = read_file(name, file.text, largest_file))
    refuse(option, fmt::format("'{}' can't be read: {}", name, errno_text(error)));
  if (file.text.empty()) refuse(option, fmt::format("'{}' is empty", name));
  return file;
}

ServerTls read_again(const ServerTls& tls) {
  ServerTls again = tls;
  again.certificate = read_pem("--tls", tls.certificate.name);
  again.key = read_pem("--tls", tls.key.name);
  if (tls.client_ca) again.client_ca = read_pem("--client-ca", tls.client_ca->name);
  return again;
}

}  // namespace

void add_tls(CLI::App& app, TlsWords& words) {
  auto* files =
      app.add_option("--tls", words.files,
                     "Speak TLS 1.2 and 1.3 with this certificate, or chain, and its key (PEM). "
                     "SIGHUP reads both again, for new connections")
          ->type_name("CERT KEY")
          ->expected(2)
          ->group("TLS");
  app.add_option("--tls-self-signed", words.self_signed,
                 "Speak TLS with a certificate that is made at the start, for NAME, localhost, "
                 "127.0.0.1 and ::1. The server prints its fingerprint and a file for --cacert "
                 "[NAME: localhost]")
      ->type_name("[NAME]")
      ->expected(0, 1)
      ->excludes(files)
      ->group("TLS");
  app.add_option("--client-ca", words.client_ca,
                 "With TLS: refuse clients without a certificate of an authority in this file "
                 "(PEM)")
      ->type_name("FILE")
      ->group("TLS");
  app.add_option("--tls-tickets", words.tickets,
                 "With TLS: give tickets, so that clients can resume sessions [on]")
      ->type_name("on|off")
      ->group("TLS");
}

std::optional<ServerTls> to_tls(const TlsWords& words) {
  ServerTls tls;
  if (!words.files.empty()) {
    if (words.files.size() != 2)
      refuse("--tls", fmt::format("'{}' is one file, and it takes two: CERT KEY", words.files[0]));
    tls.certificate = read_pem("--tls", words.files[0]);
    tls.key = read_pem("--tls", words.files[1]);
  } else if (!words.self_signed.empty()) {
    tls = self_signed(words.self_signed[0].empty() ? "localhost" : words.self_signed[0]);
  } else {
    if (words.client_ca) refuse("--client-ca", "it needs --tls or --tls-self-signed");
    if (words.tickets) refuse("--tls-tickets", "it needs --tls or --tls-self-signed");
    return {};
  }
  if (words.client_ca) tls.client_ca = read_pem("--client-ca", *words.client_ca);
  if (words.tickets)
    tls.tickets = either<bool>("--tls-tickets", *words.tickets, {"on", true}, {"off", false});
  return tls;
}

std::function<void()> renewal(Server& server, const std::optional<ServerTls>& tls) {
  if (!tls || tls->certificate.name.empty()) return {};
  return [&server, tls = *tls] {
    std::string fault;
    try {
      server.renew(read_again(tls));
    } catch (const std::exception& error) {
      fault = error.what();
    }
    std::cerr << renewal_line(fault);
  };
}

CertificateFile::CertificateFile(const std::optional<ServerTls>& tls) {
  if (!tls || !tls->certificate.name.empty()) return;
  std::error_code error;
  path_ = std::filesystem::temp_directory_path(error) / fmt::format("tws-server-XXXXXX{}", suffix);
  const int descriptor = ::mkstemps(path_.data(), suffix.size());
  if (descriptor < 0)
    throw RunError(
        fmt::format("--tls-self-signed: '{}' can't be written: {}", path_, errno_text(errno)));
  write_all(descriptor, tls->certificate.text, path_);
  ::close(descriptor);
  line_ = certificate_line(fingerprint(tls->certificate), path_) + "\n";
}

CertificateFile::~CertificateFile() {
  if (!path_.empty()) ::unlink(path_.c_str());
}

}  // namespace tws
