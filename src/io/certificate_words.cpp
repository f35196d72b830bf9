#include "io/certificate_words.hpp"

#include "io/openssl.hpp"

#include <arpa/inet.h>
#include <openssl/ec.h>
#include <openssl/objects.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <functional>
#include <memory>
#include <new>
#include <string_view>

namespace tws::io {
namespace {

Bio memory() {
  Bio made(BIO_new(BIO_s_mem()));
  if (!made) throw std::bad_alloc();
  return made;
}

std::string text_in(const Bio& bio) {
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<std::size_t>(std::max(size, 0L))};
}

std::string time_words(const ASN1_TIME* time) {
  const Bio bio = memory();
  ASN1_TIME_print(bio.get(), time);
  return text_in(bio);
}

std::string_view bytes_of(const ASN1_STRING* string) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)),
          static_cast<std::size_t>(ASN1_STRING_length(string))};
}

std::string address_words(std::string_view bytes) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const int family = bytes.size() == sizeof(in_addr) ? AF_INET : AF_INET6;
  if (family == AF_INET6 && bytes.size() != sizeof(in6_addr)) return "?";
  return ::inet_ntop(family, bytes.data(), text.data(), text.size()) ? text.data() : "?";
}

// "localhost, *.example.com, 127.0.0.1, ..."
std::string names_of(const X509* certificate) {
  using Names = std::unique_ptr<GENERAL_NAMES, Freed<GENERAL_NAMES_free>>;
  const Names names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  std::string words;
  constexpr int most = 4;
  const int count = names ? sk_GENERAL_NAME_num(names.get()) : 0;
  for (int i = 0; i < std::min(count, most); ++i) {
    int type = 0;
    const void* const value = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names.get(), i), &type);
    if (type != GEN_DNS && type != GEN_IPADD) continue;
    const auto bytes = bytes_of(static_cast<const ASN1_STRING*>(value));
    words += words.empty() ? "" : ", ";
    words += type == GEN_DNS ? std::string(bytes) : address_words(bytes);
  }
  if (count > most) words += ", and others";
  return words.empty() ? name_words(X509_get_subject_name(certificate)) : words;
}

}  // namespace

std::string name_words(const X509_NAME* name) {
  const Bio bio = memory();
  X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
  return text_in(bio);
}

std::string key_words(EVP_PKEY* key) {
  if (key == nullptr) return {};
  const int type = EVP_PKEY_get_base_id(key);
  if (type == EVP_PKEY_EC) {
    std::array<char, 64> group{};
    EVP_PKEY_get_group_name(key, group.data(), group.size(), nullptr);
    const char* usual = EC_curve_nid2nist(OBJ_txt2nid(group.data()));
    return std::string("ECDSA ") + (usual ? usual : group.data());
  }
  const char* name = OBJ_nid2sn(type);
  if (type == EVP_PKEY_ED25519 || type == EVP_PKEY_ED448) return name;
  return std::string(type == EVP_PKEY_RSA ? "RSA"
                     : name               ? name
                                          : "unknown") +
         ' ' + std::to_string(EVP_PKEY_get_bits(key)) + " bits";
}

std::string refusal_words(X509_STORE_CTX* chain) {
  const int error = X509_STORE_CTX_get_error(chain);
  const X509* const certificate = X509_STORE_CTX_get_current_cert(chain);
  const std::string usual = X509_verify_cert_error_string(error);
  if (certificate == nullptr) return usual;
  const auto whose = name_words(X509_get_subject_name(certificate));
  switch (error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return whose + " was valid until " + time_words(X509_get0_notAfter(certificate));
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return whose + " is valid from " + time_words(X509_get0_notBefore(certificate));
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      return whose + " is signed by " + name_words(X509_get_issuer_name(certificate));
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return "it is for " + names_of(certificate);
    case X509_V_ERR_INVALID_PURPOSE:
      return usual + ": its extended key usage is not for servers (serverAuth)";
    default:
      return usual;
  }
}

std::uint32_t hash_of(const X509* certificate) {
  if (certificate == nullptr) return 0;
  const ASN1_BIT_STRING* signature = nullptr;
  X509_get0_signature(&signature, nullptr, certificate);
  return static_cast<std::uint32_t>(std::hash<std::string_view>()(bytes_of(signature)));
}

}  // namespace tws::io
