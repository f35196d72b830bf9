#include "cli/live_metrics.hpp"

#include "cli/files.hpp"
#include "support/endpoint.hpp"
#include "support/signals.hpp"
#include "tws/support/errors.hpp"

#include <fmt/format.h>

#include <utility>

namespace tws {
namespace {

// A server that has nothing but the admin listener.
ServerOptions only_admin(const tcp::endpoint& address) {
  ServerOptions options;
  options.listen.clear();
  options.admin = address;
  return options;
}

}  // namespace

LiveMetrics::LiveMetrics(const tcp::endpoint& address) : server_(only_admin(address)) {
  const StopSignalsBlocked in_server;  // signals go to the thread that started the run
  thread_ = std::thread([this] {
    try {
      server_.run({[this] { return live_page(get()); }, {}});
    } catch (const RunError& error) {
      print_note(fmt::format("--metrics: {}", error.what()));  // the run goes on
    }
  });
  print_note(fmt::format("metrics at http://{}/metrics", endpoint_text(*server_.admin_address())));
}

LiveMetrics::~LiveMetrics() {
  server_.stop();
  thread_.join();
}

void LiveMetrics::set(LiveRun run) {
  const std::lock_guard lock(mutex_);
  run_ = std::move(run);
}

LiveRun LiveMetrics::get() {
  const std::lock_guard lock(mutex_);
  return run_;
}

}  // namespace tws
