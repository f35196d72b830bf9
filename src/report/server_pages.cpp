#include "report/server_pages.hpp"

#include "report/json_values.hpp"
#include "report/machine_fields.hpp"
#include "report/metrics_text.hpp"
#include "support/endpoint.hpp"
#include "tws/report/json.hpp"

#include <fmt/format.h>

namespace tws {
namespace {

namespace json = boost::json;

void add_totals(MetricsText& text, const ServerTotals& totals) {
  text.counter("connections_accepted", totals.connections, "Connections that were accepted.");
  text.gauge("connections_open", totals.open_connections(), "Accepted and not ended.");
  text.family("connections_closed", "counter", "Connections that ended, by who ended them.");
  text.sample(totals.closed_by_server, R"({by="server"})");
  text.sample(totals.closed_by_client, R"({by="client"})");
  text.sample(totals.closed_by_reset, R"({by="reset"})");
  text.family("requests", "counter", "Requests whose response was sent whole, by its status.");
  for (std::size_t status = 0; status < totals.by_status.size(); ++status)
    if (totals.by_status[status] != 0)
      text.sample(totals.by_status[status], fmt::format(R"({{status="{}"}})", status));
  text.counter("received_bytes", totals.bytes_in, "Read from sockets, heads included.", "bytes");
  text.counter("sent_bytes", totals.bytes_out, "Handed to the kernel, heads included.", "bytes");
  text.counter("accept_errors", totals.accept_errors,
               "Calls of accept() that failed for want of descriptors or memory.");
  text.counter("accept_pauses", totals.accept_pauses,
               "Times that accepting stopped at the limit of connections.");
  text.counter("timeouts", totals.timeouts,
               "Heads, bodies, responses and idle connections whose time was up.");
  text.counter("uncaught_exceptions", totals.uncaught, "Connections that ended in an exception.");
  text.counter("tls_handshakes", totals.handshakes, "Handshakes of TLS that were completed.");
  text.counter("tls_resumed", totals.resumed, "Of these, those that resumed a session.");
  text.counter("tls_failed_handshakes", totals.failed_handshakes,
               "TLS connections that ended before the end of the handshake.");
}

void add_process(MetricsText& text, const ProcessUse& process) {
  text.counter("cpu_seconds", process.cpu_seconds, "User and system time of the process.",
               "seconds");
  if (process.open_files)
    text.gauge("open_files", *process.open_files, "File descriptors that are open.");
  if (process.open_file_limit)
    text.gauge("open_files_limit", *process.open_file_limit, "How many may be.");
}

void add_counters(MetricsText& text, const Counters& counters) {
  struct Told {
    std::string_view counter, name, help;
  };
  for (const auto& [counter, name, help] :
       {Told{"TcpExt.ListenOverflows", "listen_overflows",
             "Connections that found an accept queue full, in this network namespace."},
        Told{"TcpExt.ListenDrops", "listen_drops",
             "SYNs dropped by a listener, in this network namespace."}})
    if (const auto found = counters.find(std::string(counter)); found != counters.end())
      text.counter(name, found->second, help);
}

json::object totals_json(const ServerTotals& totals) {
  json::object by_status;
  for (std::size_t status = 0; status < totals.by_status.size(); ++status)
    if (const std::uint64_t count = totals.by_status[status])
      by_status[std::to_string(status)] = count;
  const auto number = [](const Counter& counter) { return std::uint64_t{counter}; };
  return {{"connections", number(totals.connections)},
          {"open", totals.open_connections()},
          {"closedBy",
           {{"client", number(totals.closed_by_client)},
            {"server", number(totals.closed_by_server)},
            {"reset", number(totals.closed_by_reset)}}},
          {"requests", totals.requests()},
          {"byStatus", by_status},
          {"bytesIn", number(totals.bytes_in)},
          {"bytesOut", number(totals.bytes_out)},
          {"acceptErrors", number(totals.accept_errors)},
          {"acceptPauses", number(totals.accept_pauses)},
          {"timeouts", number(totals.timeouts)},
          {"uncaught", number(totals.uncaught)},
          {"tls",
           {{"handshakes", number(totals.handshakes)},
            {"resumed", number(totals.resumed)},
            {"failed", number(totals.failed_handshakes)}}}};
}

json::value sockets_json(const std::optional<Census>& census) {
  if (!census) return nullptr;
  return {{"client", Json<StateCounts>::write(census->client)},
          {"server", Json<StateCounts>::write(census->server)},
          {"source", name(census->source)}};
}

json::value process_json(const std::optional<ProcessUse>& process) {
  if (!process) return nullptr;
  json::object threads;
  for (const auto& [thread, seconds] : process->thread_seconds)
    threads[std::to_string(thread)] = seconds;
  return {{"name", process->name},
          {"started", process->started},
          {"cpuSeconds", process->cpu_seconds},
          {"threadSeconds", threads},
          {"openFiles", or_null(process->open_files)},
          {"openFileLimit", or_null(process->open_file_limit)}};
}

}  // namespace

Page metrics_page(const ServerTotals& totals, const ServerView& view) {
  MetricsText text("tws");
  text.family("server", "info", "The program.");
  text.sample(1, fmt::format(R"({{version="{}"}})", view.version));
  text.gauge("uptime_seconds", view.uptime, "Since its start.", "seconds");
  add_totals(text, totals);
  if (view.process) add_process(text, *view.process);
  if (view.sockets)
    text.sockets(*view.sockets,
                 "TCP sockets of the listening addresses; the server's side has the address as its "
                 "own.");
  add_counters(text, view.counters);
  return {open_metrics_type, std::move(text).end()};
}

Page census_page(const ServerTotals& totals, const ServerView& view,
                 const std::vector<tcp::endpoint>& listening) {
  json::array listen;
  for (const tcp::endpoint& endpoint : listening) listen.emplace_back(endpoint_text(endpoint));
  const json::value page{
      {"schema", "tws-server/1"},
      {"version", view.version},
      {"pid", view.pid},
      {"uptimeSeconds", view.uptime},
      {"boot", text_or_null(view.boot)},
      {"network", text_or_null(view.network)},
      {"listen", listen},
      {"totals", totals_json(totals)},
      {"sockets", sockets_json(view.sockets)},
      {"process", process_json(view.process)},
      {"machine",
       {{"cores", view.machine_cpus}, {"cpuSeconds", or_null(view.machine_cpu_seconds)}}},
      {"limits",
       {{"somaxconn", or_null(view.limits.somaxconn)},
        {"synBacklog", or_null(view.limits.syn_backlog)},
        {"maxTimeWait", or_null(view.limits.max_time_wait)}}},
      {"counters", json::value_from(view.counters)}};
  return {"application/json", pretty(page) + "\n"};
}

}  // namespace tws
