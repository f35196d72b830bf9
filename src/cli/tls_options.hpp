// The options of TLS, and --connect-to.
#pragma once

#include "cli/values.hpp"
#include "tws/measure/plan.hpp"

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

namespace tws {

struct TlsOptionWords {
  Word cacert, cert, key, key_pass_file, sni, versions, ciphers, tls13_ciphers, groups, resume;
  std::vector<std::string> connect_to;
  bool insecure = false;
};

void add_tls_options(CLI::App& app, TlsOptionWords& words);

// Sets what they say in a plan that has its URLs. Throws UsageError. Files are read when the run is
// prepared.
void set_tls(Plan& plan, const TlsOptionWords& words);

}  // namespace tws
