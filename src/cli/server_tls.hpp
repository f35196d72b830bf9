// The options of tws-server for TLS.
#pragma once

#include "cli/values.hpp"
#include "tws/server/server.hpp"
#include "tws/server/tls.hpp"

#include <CLI/CLI.hpp>

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace tws {

struct TlsWords {
  std::vector<std::string> files, self_signed;
  Word client_ca, tickets;
};

void add_tls(CLI::App& app, TlsWords& words);

// Nothing without --tls and --tls-self-signed.
std::optional<ServerTls> to_tls(const TlsWords& words);

// To be called for each SIGHUP: reads the files again, gives them to the server, and says so on
// stderr, in one line. With a file that can't be used the server keeps what it has. Empty if the
// certificate is from no file.
std::function<void()> renewal(Server& server, const std::optional<ServerTls>& tls);

// A certificate that was made in memory, in a temporary file for the clients' --cacert as long as
// this object lives. Nothing for one from a file.
class CertificateFile {
 public:
  explicit CertificateFile(const std::optional<ServerTls>& tls);  // throws RunError
  ~CertificateFile();
  CertificateFile(const CertificateFile&) = delete;
  CertificateFile& operator=(const CertificateFile&) = delete;

  // Says where the file is, and the fingerprint; empty if there is none.
  const std::string& line() const { return line_; }

 private:
  std::string path_, line_;
};

}  // namespace tws
