#include "tls_peer.hpp"

#include "io/openssl.hpp"

#include <gtest/gtest.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <unistd.h>
#include <utility>

namespace tws::io {
namespace {

std::FILE* opened(const std::string& path, const char* mode) {
  std::FILE* file = std::fopen(path.c_str(), mode);
  EXPECT_NE(file, nullptr) << path;
  return file;
}

void extend(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  ASSERT_NE(extension, nullptr) << value;
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

}  // namespace

Certificates::Certificates() {
  auto name = (std::filesystem::temp_directory_path() / "tws-certificates-XXXXXX").string();
  EXPECT_NE(::mkdtemp(name.data()), nullptr);
  folder_ = name;
}

Certificates::~Certificates() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void Certificates::write(const std::string& file, const std::string& text) const {
  std::ofstream(path(file)) << text;
}

void Certificates::make(const Wanted& wanted) {
  const Key key(wanted.rsa ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256"));
  ASSERT_TRUE(key);
  const Certificate made(X509_new());
  X509_set_version(made.get(), X509_VERSION_3);
  static long serial = 0;
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(made.get()), wanted.from);
  X509_gmtime_adj(X509_getm_notAfter(made.get()), wanted.until);
  X509_set_pubkey(made.get(), key.get());
  X509_NAME* name = X509_get_subject_name(made.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(wanted.name.c_str()), -1, -1,
                             0);
  Certificate issuer;
  Key issuers_key;
  if (!wanted.self_signed) {
    std::FILE* file = opened(path("ca.pem"), "r");
    issuer.reset(PEM_read_X509(file, nullptr, nullptr, nullptr));
    std::fclose(file);
    file = opened(path("ca.key"), "r");
    issuers_key.reset(PEM_read_PrivateKey(file, nullptr, nullptr, nullptr));
    std::fclose(file);
  }
  X509* const by = issuer ? issuer.get() : made.get();
  X509_set_issuer_name(made.get(), X509_get_subject_name(by));
  if (wanted.authority)
    extend(made.get(), by, NID_basic_constraints, "critical,CA:TRUE");
  else
    extend(made.get(), by, NID_subject_alt_name, wanted.host);
  ASSERT_GT(X509_sign(made.get(), issuers_key ? issuers_key.get() : key.get(), EVP_sha256()), 0);

  std::FILE* file = opened(path(wanted.name + ".pem"), "w");
  PEM_write_X509(file, made.get());
  std::fclose(file);
  file = opened(path(wanted.name + ".key"), "w");
  PEM_write_PrivateKey(file, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  std::fclose(file);
}

const Certificates& certificates() {
  static const Certificates& all = []() -> const Certificates& {
    static Certificates made;
    made.make({.name = "ca", .self_signed = true, .authority = true});
    made.make({.name = "server"});
    made.make({.name = "other", .host = "DNS:example.com,IP:192.0.2.1"});
    made.make({.name = "expired", .from = -7200, .until = -3600});
    made.make({.name = "early", .from = 3600, .until = 7200});
    made.make({.name = "self", .self_signed = true});
    made.make({.name = "rsa", .rsa = true});
    made.make({.name = "client"});
    return made;
  }();
  return all;
}

OtherEnd::OtherEnd(int descriptor, const Role& role, std::function<void(SSL*)> behave) {
  std::signal(SIGPIPE, SIG_IGN);  // its own writes may meet a RST; see tests of the transport's
  thread_ = std::thread([descriptor, role, behave = std::move(behave)] {
    SSL_CTX* context = SSL_CTX_new(role.server ? TLS_server_method() : TLS_client_method());
    if (!role.certificate.empty()) {
      SSL_CTX_use_certificate_chain_file(context,
                                         certificates().path(role.certificate + ".pem").c_str());
      SSL_CTX_use_PrivateKey_file(context, certificates().path(role.certificate + ".key").c_str(),
                                  SSL_FILETYPE_PEM);
    }
    SSL_CTX_set_session_id_context(context, reinterpret_cast<const unsigned char*>("t"), 1);
    role.set_up(context);
    SSL* ssl = SSL_new(context);
    SSL_set_fd(ssl, descriptor);
    role.server ? SSL_accept(ssl) : SSL_connect(ssl);
    behave(ssl);
    ::close(descriptor);
    SSL_free(ssl);
    SSL_CTX_free(context);
    ERR_clear_error();
  });
}

OtherEnd::~OtherEnd() {
  thread_.join();
}

}  // namespace tws::io
