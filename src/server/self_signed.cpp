#include "io/openssl.hpp"
#include "server/tls.hpp"
#include "tws/server/tls.hpp"
#include "tws/support/asio.hpp"
#include "tws/support/errors.hpp"

#include <boost/asio/ip/address.hpp>
#include <fmt/format.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <stdexcept>
#include <string_view>

namespace tws {
namespace {

using io::Bio;
using io::Certificate;
using io::Key;

constexpr long hour = 3600;  // seconds
constexpr long days = 24 * hour;
constexpr std::size_t longest_common_name = 64;  // RFC 5280, ub-common-name

void check(bool good) {
  if (!good) throw std::runtime_error("OpenSSL could not make a certificate");
}

bool is_address(const std::string& text) {
  error_code ec;
  asio::ip::make_address(text, ec);
  return !ec && text.find('%') == text.npos;  // a zone is not part of a certificate
}

// RFC 1123 2.1, and "_", which names in private networks have. The first label may be "*".
bool is_host_name(std::string_view text) {
  const auto is_allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
  };
  if (text.starts_with("*.")) text.remove_prefix(2);
  if (text.empty() || text.size() > 253) return false;
  while (true) {
    const auto label = text.substr(0, text.find('.'));
    if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-' ||
        !std::all_of(label.begin(), label.end(), is_allowed))
      return false;
    if (label.size() == text.size()) return true;
    text.remove_prefix(label.size() + 1);
  }
}

std::string alternative_names(const std::string& name) {
  std::string names = "DNS:localhost,IP:127.0.0.1,IP:::1";
  if (name == "localhost") return names;
  return fmt::format("{}:{},{}", is_address(name) ? "IP" : "DNS", name, names);
}

void add_extension(X509* certificate, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
  check(extension != nullptr);
  check(X509_add_ext(certificate, extension, -1) == 1);
  X509_EXTENSION_free(extension);
}

// With the same serial number as before, a browser would refuse a new certificate of this issuer.
void set_serial(X509* certificate) {
  std::array<unsigned char, 16> bytes;
  check(RAND_bytes(bytes.data(), bytes.size()) == 1);
  BIGNUM* number = BN_bin2bn(bytes.data(), bytes.size(), nullptr);
  check(BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != nullptr);
  BN_free(number);
}

Certificate certificate_of(EVP_PKEY* key, const std::string& name) {
  Certificate certificate(X509_new());
  X509* const it = certificate.get();
  check(it != nullptr && X509_set_version(it, X509_VERSION_3) == 1);
  set_serial(it);
  // An hour ago: the client's clock may be behind.
  X509_gmtime_adj(X509_getm_notBefore(it), -hour);
  X509_gmtime_adj(X509_getm_notAfter(it), 365 * days);
  X509_NAME* const subject = X509_get_subject_name(it);
  const std::string common = name.substr(0, longest_common_name);
  check(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                                   reinterpret_cast<const unsigned char*>(common.c_str()), -1, -1,
                                   0) == 1);
  check(X509_set_issuer_name(it, subject) == 1 && X509_set_pubkey(it, key) == 1);
  add_extension(it, NID_subject_alt_name, alternative_names(name));
  add_extension(it, NID_basic_constraints, "critical,CA:FALSE");
  add_extension(it, NID_key_usage, "critical,digitalSignature");
  add_extension(it, NID_ext_key_usage, "serverAuth");
  check(X509_sign(it, key, EVP_sha256()) > 0);
  return certificate;
}

std::string text_of(const Bio& bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

}  // namespace

ServerTls self_signed(const std::string& name) {
  if (!is_address(name) && !is_host_name(name))
    throw UsageError(fmt::format("--tls-self-signed: '{}' is not a host name or an address", name));
  const Key key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
  check(key != nullptr);
  const Certificate certificate = certificate_of(key.get(), name);
  const Bio pem(BIO_new(BIO_s_mem())), key_pem(BIO_new(BIO_s_mem()));
  check(PEM_write_bio_X509(pem.get(), certificate.get()) == 1);
  check(PEM_write_bio_PrivateKey(key_pem.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) ==
        1);
  ServerTls tls;
  tls.certificate.text = text_of(pem);
  tls.key.text = text_of(key_pem);
  return tls;
}

std::string fingerprint(const PemFile& certificate) {
  const auto all = server::certificates_in(certificate, "--tls");
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes;
  unsigned size = 0;
  check(X509_digest(all.front().get(), EVP_sha256(), bytes.data(), &size) == 1);
  std::string text;
  for (unsigned i = 0; i < size; ++i) text += fmt::format("{}{:02X}", i == 0 ? "" : ":", bytes[i]);
  return text;
}

}  // namespace tws
