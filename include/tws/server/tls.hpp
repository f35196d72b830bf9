// TLS on the server's listeners: a value with the PEM texts, and how to make one in memory.
#pragma once

#include <optional>
#include <string>

namespace tws {

struct PemFile {
  std::string name;  // of the file; empty if there was none
  std::string text;
};

struct ServerTls {
  PemFile certificate;               // the server's own, then those between it and its authority
  PemFile key;                       // without a password
  std::optional<PemFile> client_ca;  // each client must have a certificate of one of these
  bool tickets = true;               // with them clients can resume sessions
};

// A new ECDSA key and a certificate that it signs itself, for `name`, localhost, 127.0.0.1 and ::1.
// `name` is a host name or an address; throws UsageError if it is neither.
ServerTls self_signed(const std::string& name);

// The SHA-256 of the first certificate: "AB:CD:...".
std::string fingerprint(const PemFile& certificate);

}  // namespace tws
