// What a failure of TLS means, and what to do about it.
#pragma once

#include "tws/measure/run.hpp"

#include <string>

namespace tws {

struct TlsAdvice {
  std::string meaning;  // "the certificate has expired"
  std::string remedy;   // "renew it, or accept any with -k"
};
TlsAdvice tls_advice(TlsFault fault, const Run& run);

// The failure of TLS that came most often; none without one.
TlsFault usual_tls_fault(const Tally& tally);

}  // namespace tws
