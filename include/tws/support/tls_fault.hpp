// Why TLS fails: values with a name each. The room `report` has the words for users.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tws {

enum class TlsFault : std::uint8_t {
  none,
  // The peer's certificate, as this side sees it.
  expired,
  not_yet_valid,
  self_signed,
  unknown_authority,  // nobody whom this side trusts has signed it
  wrong_host,         // it is of another name or address
  revoked,
  bad_certificate,  // another reason
  // What the two sides can do.
  protocol_version,
  no_shared_cipher,  // or no shared group or signature; the alert for all of them is the same
  // What the peer said of this side.
  certificate_required,
  certificate_refused,
  unknown_name,  // the name that was asked for (SNI)
  // The rest.
  not_tls,  // what came was no TLS
  alert,    // another alert of the peer
  other,
};
inline constexpr std::array<std::string_view, 16> tls_fault_names{"",
                                                                  "expired",
                                                                  "not yet valid",
                                                                  "self-signed",
                                                                  "unknown authority",
                                                                  "wrong host",
                                                                  "revoked",
                                                                  "bad certificate",
                                                                  "protocol version",
                                                                  "no shared cipher",
                                                                  "certificate required",
                                                                  "certificate refused",
                                                                  "unknown name",
                                                                  "not TLS",
                                                                  "alert",
                                                                  "TLS error"};
static_assert(tls_fault_names.size() == static_cast<std::size_t>(TlsFault::other) + 1);

constexpr std::string_view name(TlsFault fault) {
  return tls_fault_names[static_cast<std::size_t>(fault)];
}

}  // namespace tws
