#include "io/tls.hpp"

#include "io/certificate_words.hpp"
#include "io/password.hpp"
#include "io/tls_stream.hpp"
#include "tws/support/errors.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <new>
#include <string_view>
#include <unistd.h>

// OpenSSL is built without the thread sanitizer, which sees its memcpy() and memcmp(), but not the
// atomics that order them.
#ifdef __has_feature
#if __has_feature(thread_sanitizer)
extern "C" const char* __tsan_default_suppressions();
extern "C" const char* __tsan_default_suppressions() {
  return "called_from_lib:libcrypto.so.3\ncalled_from_lib:libssl.so.3\n";
}
#endif
#endif

namespace tws::io {
namespace {

TlsStream& stream_of(const SSL* ssl) {
  return *static_cast<TlsStream*>(SSL_get_ex_data(ssl, 0));
}

int keep_session(SSL* ssl, SSL_SESSION* session) {
  return stream_of(ssl).keep(session) ? 1 : 0;
}

// For each certificate of the server's chain. The certificate is at hand here alone.
int note_certificate(int is_good, X509_STORE_CTX* chain) {
  if (is_good == 0) {
    const void* const ssl = X509_STORE_CTX_get_ex_data(chain, SSL_get_ex_data_X509_STORE_CTX_idx());
    stream_of(static_cast<const SSL*>(ssl)).note(refusal_words(chain));
  }
  return is_good;
}

// OpenSSL's words for its first error. All its errors are cleared.
std::string taken_error() {
  const auto code = ERR_get_error();
  ERR_clear_error();
  const char* words = ERR_reason_error_string(code);
  return words ? words : "unknown error";
}

// Why a file can't be read; empty if it can.
std::string unreadable(const std::string& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) return fmt::format("'{}' is a folder", path);
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return fmt::format("'{}' can't be read: {}", path, errno_text(errno));
  // What is read from a pipe is gone.
  char byte;
  struct stat info {};
  const bool is_file = ::fstat(descriptor, &info) == 0 && S_ISREG(info.st_mode);
  const auto size = is_file ? ::read(descriptor, &byte, 1) : 1;
  const int read_error = errno;
  ::close(descriptor);
  if (size == 0) return fmt::format("'{}' is empty", path);
  if (size < 0) return fmt::format("'{}' can't be read: {}", path, errno_text(read_error));
  return {};
}

struct Password {
  const std::optional<std::string>& given;
  std::string prompt;
  bool missing = false;  // one was needed, and there was nobody to ask, or no answer
  std::optional<std::string> typed{};
};

int take_password(char* to, int size, int, void* data) {
  auto& password = *static_cast<Password*>(data);
  // OpenSSL tries several readers, and each of them asks.
  if (!password.given && !password.typed && !password.missing) {
    password.typed = ask_password(password.prompt);
    password.missing = !password.typed;
  }
  if (password.missing) return -1;
  const std::string& known = password.given ? *password.given : *password.typed;
  const auto length = std::min(known.size(), static_cast<std::size_t>(size));
  std::memcpy(to, known.data(), length);
  return static_cast<int>(length);
}

void set_up(SSL_CTX* context) {
  // Buffers only while there is something in them: a kept connection is idle most of the time.
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  // Without it each record takes two reads: its first five bytes, and the rest.
  SSL_CTX_set_read_ahead(context, 1);
}

int number_of(TlsVersion version) {
  return version == TlsVersion::tls1_2 ? TLS1_2_VERSION : TLS1_3_VERSION;
}

}  // namespace

void TlsContext::Free::operator()(ssl_ctx_st* context) const {
  SSL_CTX_free(context);
}

void TlsSession::Free::operator()(ssl_session_st* session) const {
  SSL_SESSION_free(session);
}

TlsContext::TlsContext(ssl_ctx_st* server) : is_server_(true), context_(server) {
  set_up(server);
}

TlsContext::TlsContext() : is_server_(false), context_(SSL_CTX_new(TLS_client_method())) {
  if (!context_) throw std::bad_alloc();
  SSL_CTX* context = handle();
  set_up(context);
  set_versions(TlsVersion::tls1_2, TlsVersion::tls1_3);
  SSL_CTX_set_alpn_protos(context, alpn_http1.data(), alpn_http1.size());
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, note_certificate);
  // A connection keeps its sessions itself.
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context, keep_session);
}

std::string TlsContext::trust_system() {
  return SSL_CTX_set_default_verify_paths(handle()) == 1 ? std::string() : taken_error();
}

std::string TlsContext::trust(const std::string& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    return SSL_CTX_load_verify_dir(handle(), path.c_str()) == 1 ? std::string() : taken_error();
  }
  if (auto wrong = unreadable(path); !wrong.empty()) return wrong;
  if (SSL_CTX_load_verify_file(handle(), path.c_str()) == 1) return {};
  return fmt::format("'{}' has no certificate in PEM: {}", path, taken_error());
}

void TlsContext::accept_any() {
  SSL_CTX_set_verify(handle(), SSL_VERIFY_NONE, nullptr);
}

std::string TlsContext::use_certificate(const std::string& path) {
  if (auto wrong = unreadable(path); !wrong.empty()) return wrong;
  if (SSL_CTX_use_certificate_chain_file(handle(), path.c_str()) == 1) return {};
  return fmt::format("'{}' has no certificate in PEM: {}", path, taken_error());
}

std::string TlsContext::use_key(const std::string& path,
                                const std::optional<std::string>& password) {
  if (auto wrong = unreadable(path); !wrong.empty()) return wrong;
  Password asked{password, fmt::format("Password of {}: ", path)};
  SSL_CTX_set_default_passwd_cb(handle(), take_password);
  SSL_CTX_set_default_passwd_cb_userdata(handle(), &asked);
  const bool is_read = SSL_CTX_use_PrivateKey_file(handle(), path.c_str(), SSL_FILETYPE_PEM) == 1;
  SSL_CTX_set_default_passwd_cb(handle(), nullptr);
  SSL_CTX_set_default_passwd_cb_userdata(handle(), nullptr);
  // A key of another kind than the certificate's is only put beside it.
  if (is_read && SSL_CTX_check_private_key(handle()) == 1) return {};
  if (is_read) {
    ERR_clear_error();
    return fmt::format("'{}' is not the key of the certificate", path);
  }
  const auto code = ERR_peek_error();
  const auto words = taken_error();
  if (asked.missing) return fmt::format("'{}' has a password", path);
  // With a certificate in place OpenSSL compares the two at once.
  if (ERR_GET_LIB(code) == ERR_LIB_X509)
    return fmt::format("'{}' is not the key of the certificate", path);
  if (ERR_GET_LIB(code) == ERR_LIB_OSSL_DECODER && ERR_GET_REASON(code) == ERR_R_UNSUPPORTED)
    return fmt::format("'{}' has no key in PEM", path);
  if (password || asked.typed)
    return fmt::format("the password is not that of '{}', or the file is damaged", path);
  return fmt::format("'{}' can't be used: {}", path, words);
}

void TlsContext::set_versions(TlsVersion lowest, TlsVersion highest) {
  SSL_CTX_set_min_proto_version(handle(), number_of(lowest));
  SSL_CTX_set_max_proto_version(handle(), number_of(highest));
}

std::string TlsContext::set_ciphers(const std::string& list) {
  return SSL_CTX_set_cipher_list(handle(), list.c_str()) == 1 ? std::string() : taken_error();
}

std::string TlsContext::set_tls13_ciphers(const std::string& list) {
  return SSL_CTX_set_ciphersuites(handle(), list.c_str()) == 1 ? std::string() : taken_error();
}

std::string TlsContext::set_groups(const std::string& list) {
  return SSL_CTX_set1_groups_list(handle(), list.c_str()) == 1 ? std::string() : taken_error();
}

}  // namespace tws::io
