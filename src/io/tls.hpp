// What TLS connections have in common: the trusted authorities, the own certificate, versions and
// ciphers (OpenSSL 3). Reading and writing is tls_stream.hpp.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>

struct ssl_ctx_st;
struct ssl_session_st;

namespace tws::io {

// For ALPN: a list of names, each behind its length (RFC 7301).
inline constexpr std::array<unsigned char, 9> alpn_http1{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

enum class TlsVersion { tls1_2, tls1_3 };

// Settings are made before the first connection. Those that can fail return what is wrong, in
// words; empty: nothing.
class TlsContext {
 public:
  // A client's: TLS 1.2 and 1.3, ALPN http/1.1. It verifies, and trusts nobody yet. Throws
  // std::bad_alloc.
  TlsContext();
  // A server's, set up elsewhere; takes ownership.
  explicit TlsContext(ssl_ctx_st* server);

  bool is_server() const { return is_server_; }

  // The authorities of the system, or of a file or a folder.
  std::string trust_system();
  std::string trust(const std::string& path);
  // Accepts any certificate, or none.
  void accept_any();

  // The own certificate, with the chain behind it, and its key: PEM files. Without a password a key
  // that has one is asked for on the terminal, if there is one.
  std::string use_certificate(const std::string& path);
  std::string use_key(const std::string& path, const std::optional<std::string>& password = {});

  void set_versions(TlsVersion lowest, TlsVersion highest);
  // As OpenSSL writes them: "ECDHE-ECDSA-AES128-GCM-SHA256:...", "TLS_AES_128_GCM_SHA256:...",
  // "X25519:P-256".
  std::string set_ciphers(const std::string& list);
  std::string set_tls13_ciphers(const std::string& list);
  std::string set_groups(const std::string& list);

  // For what is not here.
  ssl_ctx_st* handle() const { return context_.get(); }

 private:
  struct Free {
    void operator()(ssl_ctx_st* context) const;
  };

  bool is_server_;
  std::unique_ptr<ssl_ctx_st, Free> context_;
};

// A session that a later connection to the same server can resume. A client's connection puts the
// newest one that the server has sent here.
class TlsSession {
 public:
  explicit operator bool() const { return session_ != nullptr; }
  ssl_session_st* get() const { return session_.get(); }
  void put(ssl_session_st* session) { session_.reset(session); }  // takes ownership

 private:
  struct Free {
    void operator()(ssl_session_st* session) const;
  };

  std::unique_ptr<ssl_session_st, Free> session_;
};

}  // namespace tws::io
