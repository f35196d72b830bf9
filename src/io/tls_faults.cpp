#include "io/tls_faults.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

namespace tws::io {
namespace {

TlsFault fault_of_certificate(long verified) {
  switch (verified) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return TlsFault::expired;
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return TlsFault::not_yet_valid;
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
      return TlsFault::self_signed;
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      return TlsFault::unknown_authority;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return TlsFault::wrong_host;
    case X509_V_ERR_CERT_REVOKED:
      return TlsFault::revoked;
    default:
      return TlsFault::bad_certificate;
  }
}

// RFC 8446 6.2. An old server has no alert of its own for a missing certificate: it says
// handshake_failure or bad_certificate.
TlsFault fault_of_alert(int alert) {
  switch (alert) {
    case SSL_AD_PROTOCOL_VERSION:
      return TlsFault::protocol_version;
    case SSL_AD_HANDSHAKE_FAILURE:
    case SSL_AD_INSUFFICIENT_SECURITY:
      return TlsFault::no_shared_cipher;
    case SSL_AD_CERTIFICATE_REQUIRED:
      return TlsFault::certificate_required;
    case SSL_AD_BAD_CERTIFICATE:
    case SSL_AD_UNSUPPORTED_CERTIFICATE:
    case SSL_AD_CERTIFICATE_REVOKED:
    case SSL_AD_CERTIFICATE_EXPIRED:
    case SSL_AD_CERTIFICATE_UNKNOWN:
    case SSL_AD_UNKNOWN_CA:
    case SSL_AD_ACCESS_DENIED:
      return TlsFault::certificate_refused;
    case SSL_AD_UNRECOGNIZED_NAME:
      return TlsFault::unknown_name;
    default:
      return TlsFault::alert;
  }
}

TlsFault fault_of_reason(int reason) {
  switch (reason) {
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_HTTP_REQUEST:
    case SSL_R_HTTPS_PROXY_REQUEST:
    case SSL_R_UNKNOWN_PROTOCOL:
      return TlsFault::not_tls;
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_WRONG_SSL_VERSION:
    case SSL_R_NO_PROTOCOLS_AVAILABLE:
    case SSL_R_VERSION_TOO_LOW:
    case SSL_R_VERSION_TOO_HIGH:
      return TlsFault::protocol_version;
    case SSL_R_NO_SHARED_CIPHER:
    case SSL_R_NO_SUITABLE_KEY_SHARE:
    case SSL_R_NO_SUITABLE_GROUPS:
    case SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM:
    case SSL_R_NO_CIPHERS_AVAILABLE:
      return TlsFault::no_shared_cipher;
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
      return TlsFault::certificate_required;
    default:
      return TlsFault::other;
  }
}

}  // namespace

std::pair<TlsFault, std::string> taken_tls_fault(const ssl_st* ssl) {
  const auto code = ERR_get_error();
  const int reason = ERR_GET_REASON(code);
  // SSL_ERROR_SYSCALL without an errno leaves no error.
  if (code == 0 ||
      (ERR_GET_LIB(code) == ERR_LIB_SSL && reason == SSL_R_UNEXPECTED_EOF_WHILE_READING))
    return {TlsFault::none, {}};
  const char* words = ERR_reason_error_string(code);
  if (words == nullptr) words = "unknown error";
  if (ERR_GET_LIB(code) != ERR_LIB_SSL) return {TlsFault::other, words};
  if (reason == SSL_R_CERTIFICATE_VERIFY_FAILED) {
    const long verified = SSL_get_verify_result(ssl);
    return {fault_of_certificate(verified), X509_verify_cert_error_string(verified)};
  }
  if (reason >= SSL_AD_REASON_OFFSET) return {fault_of_alert(reason - SSL_AD_REASON_OFFSET), words};
  const TlsFault fault = fault_of_reason(reason);
  // Who has completed a handshake speaks TLS.
  const bool spoke = fault == TlsFault::not_tls && SSL_is_init_finished(ssl) == 1;
  return {spoke ? TlsFault::other : fault, words};
}

bool is_of_certificate(TlsFault fault) {
  return fault >= TlsFault::expired && fault <= TlsFault::bad_certificate;
}

}  // namespace tws::io
