#include "cli/census_command.hpp"

#include "cli/values.hpp"
#include "report/census_text.hpp"
#include "tws/support/errors.hpp"
#include "tws/system/census.hpp"
#include "tws/system/limits.hpp"

#include <CLI/CLI.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/chrono.h>

#include <future>
#include <memory>
#include <thread>
#include <unistd.h>

namespace tws {
namespace {

const std::string clear_screen = "\x1b[H\x1b[2J";

// "2026-11-24T08:16:35.123Z"
std::string utc_now() {
  const auto now = std::chrono::system_clock::now();
  const auto since = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch());
  return fmt::format("{:%FT%T}.{:03}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(now)),
                     since.count() % 1000);
}

}  // namespace

Subcommand<CensusCommand> CensusCommand::declare(CLI::App& hammer) {
  struct Words {
    Word port, watch;
  };
  const auto words = std::make_shared<Words>();
  auto* app = hammer.add_subcommand("census", "Counts TCP sockets by side and state");
  app->add_option(
         "port,--port", words->port,
         "Count only sockets with this port. The side with this local port is the server [all]")
      ->type_name("PORT");
  app->add_option("--watch", words->watch, "Repeat the census at this interval")->type_name("TIME");
  return {app, [words] {
            CensusCommand command;
            if (words->port)
              command.port =
                  static_cast<std::uint16_t>(number_between("--port", *words->port, 1, 65535));
            if (words->watch) command.watch = positive_duration("--watch", *words->watch);
            return command;
          }};
}

int CensusCommand::run(const Invocation& invocation) const {
  const auto& json = invocation.output.json;
  if (watch && json && json != "-")
    refuse("--json", fmt::format("'{}' can hold one census only; with --watch use -", *json));
  Output output(invocation.output);
  CensusFilter filter;
  if (port) filter.targets.emplace_back(boost::asio::ip::tcp::v4(), *port);  // any address
  filter.range = read_port_range();
  const bool redraw = watch && !output.json_alone() && is_terminal(STDOUT_FILENO);
  for (;;) {
    // Both read a table of the kernel, which takes time with many sockets, so they run in parallel.
    auto reading = std::async(std::launch::async, read_limits);
    const std::string time = utc_now();
    const auto census = take_census(filter);
    if (!census) throw RunError("the sockets can't be read: " + errno_text(census.error().value()));
    const auto limits = reading.get();
    const auto as_json = [&] { return census_json(*census, limits, time); };
    if (watch && output.json_alone())
      print(boost::json::serialize(as_json()) + "\n");
    else
      output.write(
          [&] {
            return (redraw ? clear_screen : "") + census_text(*census, limits, output.style());
          },
          as_json);
    if (!watch) return 0;
    std::this_thread::sleep_for(*watch);
  }
}

}  // namespace tws
