#include "server/tls.hpp"

#include "tws/support/errors.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <new>
#include <string>

namespace tws::server {
namespace {

using io::Bio;
using io::Certificate;
using io::Key;

[[noreturn]] void refuse(std::string_view option, const PemFile& file, std::string_view what) {
  ERR_clear_error();
  throw UsageError(fmt::format("{}: '{}' {}", option, file.name, what));
}

// OpenSSL's words for its last error.
std::string reason() {
  const char* const text = ERR_reason_error_string(ERR_peek_last_error());
  return text ? text : "unknown reason";
}

Bio reader_of(const PemFile& file) {
  return Bio(BIO_new_mem_buf(file.text.data(), static_cast<int>(file.text.size())));
}

// OpenSSL would ask for a password on the terminal.
int give_no_password(char*, int, int, void* asked) {
  if (asked) *static_cast<bool*>(asked) = true;
  return -1;
}

Key key_in(const PemFile& file) {
  bool is_locked = false;
  Key key(PEM_read_bio_PrivateKey(reader_of(file).get(), nullptr, give_no_password, &is_locked));
  if (is_locked) refuse("--tls", file, "needs a password: give a key without one");
  if (!key) refuse("--tls", file, "has no private key (PEM)");
  ERR_clear_error();
  return key;
}

void use_certificate(SSL_CTX* context, const ServerTls& tls) {
  auto chain = certificates_in(tls.certificate, "--tls");
  if (SSL_CTX_use_certificate(context, chain.front().get()) != 1)
    refuse("--tls", tls.certificate, "can't be used: " + reason());
  for (auto one = chain.begin() + 1; one != chain.end(); ++one) {
    if (SSL_CTX_add0_chain_cert(context, one->get()) != 1)
      refuse("--tls", tls.certificate, "can't be used: " + reason());
    static_cast<void>(one->release());
  }
  const Key key = key_in(tls.key);
  if (X509_check_private_key(chain.front().get(), key.get()) != 1)
    refuse("--tls", tls.key,
           fmt::format("is not the key of the certificate in '{}'", tls.certificate.name));
  if (SSL_CTX_use_PrivateKey(context, key.get()) != 1)
    refuse("--tls", tls.key, "can't be used: " + reason());
}

void ask_for_certificates(SSL_CTX* context, const PemFile& file) {
  for (const Certificate& authority : certificates_in(file, "--client-ca"))
    if (X509_STORE_add_cert(SSL_CTX_get_cert_store(context), authority.get()) != 1 ||
        SSL_CTX_add_client_CA(context, authority.get()) != 1)
      refuse("--client-ca", file, "can't be used: " + reason());
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
}

// RFC 7301 3.2: a client that offers only other protocols gets an alert.
int choose_http1(SSL*, const unsigned char** chosen, unsigned char* size,
                 const unsigned char* offered, unsigned offered_size, void*) {
  unsigned char* found = nullptr;
  const int result = SSL_select_next_proto(&found, size, io::alpn_http1.data(),
                                           io::alpn_http1.size(), offered, offered_size);
  *chosen = found;
  return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

void set_tickets(SSL_CTX* context, bool tickets) {
  // Sessions are in the tickets alone, not in a table of the server.
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  // One ticket is what a connection needs to be resumed; OpenSSL would make two.
  SSL_CTX_set_num_tickets(context, tickets ? 1 : 0);
  if (!tickets) SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
  // Without an id no session of a client with a certificate can be resumed.
  static constexpr unsigned char id[] = "tws-server";
  SSL_CTX_set_session_id_context(context, id, sizeof id - 1);
}

}  // namespace

std::vector<Certificate> certificates_in(const PemFile& file, std::string_view option) {
  std::vector<Certificate> found;
  const Bio bio = reader_of(file);
  while (X509* one = PEM_read_bio_X509(bio.get(), nullptr, give_no_password, nullptr))
    found.emplace_back(one);
  const bool at_the_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  if (!at_the_end) refuse(option, file, "has a damaged certificate");
  if (found.empty()) refuse(option, file, "has no certificate (PEM)");
  return found;
}

io::TlsContext context_of(const ServerTls& tls) {
  SSL_CTX* const context = SSL_CTX_new(TLS_server_method());
  if (!context) throw std::bad_alloc();
  io::TlsContext made(context);
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_alpn_select_cb(context, choose_http1, nullptr);
  set_tickets(context, tls.tickets);
  use_certificate(context, tls);
  if (tls.client_ca) ask_for_certificates(context, *tls.client_ca);
  return made;
}

}  // namespace tws::server
