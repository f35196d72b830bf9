// The tables of what was asked for, of whom, and where. See json_fields.hpp.
#pragma once

#include "report/json_types.hpp"
#include "tws/measure/run.hpp"

namespace tws {

template <>
struct Json<CloseBy> : Named<CloseBy, CloseBy::server, CloseBy::client, CloseBy::reset> {};
template <>
struct Json<PortChoice> : Named<PortChoice, PortChoice::kernel, PortChoice::rotate> {};

template <>
inline constexpr std::string_view def_of<PortRange> = "portRange";
template <>
inline constexpr auto fields_of<PortRange> = table(field("low", "", &PortRange::low),  //
                                                   field("high", "The last one", &PortRange::high));

// Name and value; the value may have any bytes.
template <>
struct Json<std::pair<std::string, std::string>> {
  using Header = std::pair<std::string, std::string>;
  static json::value write(const Header& header) {
    return json::array{Bytes::write(header.first), Bytes::write(header.second)};
  }
  static void read(const json::value& from, Header& to) {
    Bytes::read(from.as_array().at(0), to.first);
    Bytes::read(from.as_array().at(1), to.second);
  }
  static json::object schema(Defs& defs) {
    return {{"type", "array"}, {"items", Bytes::schema(defs)}, {"minItems", 2}, {"maxItems", 2}};
  }
};

struct BodyBytes {
  static json::value write(const Body& body) {
    return body.size() > most_saved_body ? json::value() : Bytes::write(body.bytes());
  }
  static void read(const json::value& from, Body& to) {
    std::string bytes;
    if (!from.is_null()) Bytes::read(from, bytes);
    to = Body(std::move(bytes));
  }
  static json::object schema(Defs& defs) { return nullable(Bytes::schema(defs)); }
};
// Read after the body: tells the size of one that was not saved.
struct BodySize {
  static json::value write(const Body& body) { return body.size(); }
  static void read(const json::value& from, Body& to) {
    std::uint64_t size = 0;
    Json<std::uint64_t>::read(from, size);
    if (size > most_saved_body && to.empty()) to = Body::not_saved(size);
  }
  static json::object schema(Defs& defs) { return Json<std::uint64_t>::schema(defs); }
};

template <>
inline constexpr auto fields_of<TlsPlan> =
    table(field("insecure", "Whether any certificate was accepted (-k)", &TlsPlan::accepts_any),
          field<EmptyIsNull<std::string>>("authorities", "File or folder; null: the system's",
                                          &TlsPlan::authorities),
          field<EmptyIsNull<std::string>>("certificate", "hammer's own", &TlsPlan::certificate),
          field<EmptyIsNull<std::string>>("key", "", &TlsPlan::key),
          field<EmptyIsNull<std::string>>("keyPasswordFile", "", &TlsPlan::key_password_file),
          field<EmptyIsNull<std::string>>("serverName",
                                          "That was asked for and verified; null: the URL's host",
                                          &TlsPlan::server_name),
          field("versions", "", &TlsPlan::versions),
          field<EmptyIsNull<std::string>>("ciphers", "Of TLS 1.2; null: OpenSSL's choice",
                                          &TlsPlan::ciphers),
          field<EmptyIsNull<std::string>>("tls13Ciphers", "", &TlsPlan::tls13_ciphers),
          field<EmptyIsNull<std::string>>("groups", "", &TlsPlan::groups),
          field("resume", "Share of the connections that were to resume a session; 0 to 1",
                &TlsPlan::resume));

template <>
inline constexpr auto fields_of<Line> =
    table(field("weight", "How often it is asked for, compared with the others", &Line::weight),
          field("method", "", &Line::method),  //
          field("url", "", &Line::url),
          removable<BodyBytes>("body", "As plan.body; empty with planBody", &Line::body),
          field<BodySize>("bodyBytes", "", &Line::body),
          field("planBody", "Whether plan.body is its body", &Line::plan_body));

template <>
struct Json<Varied> : Named<Varied, Varied::rate, Varied::connections> {};
template <>
struct Json<Arrivals> : Named<Arrivals, Arrivals::even, Arrivals::uniform, Arrivals::poisson> {};
template <>
inline constexpr std::string_view def_of<Stage> = "stage";
template <>
inline constexpr auto fields_of<Stage> =
    table(field("seconds", "", &Stage::length),
          field("from", "Requests per second, or connections, at its start", &Stage::from),
          field("to", "At its end; evenly in between", &Stage::to));
template <>
inline constexpr auto fields_of<Profile> =
    table(field("varied", "What changes over time", &Profile::varied),
          field("stages", "One after the other; empty: nothing changes", &Profile::stages));

template <>
inline constexpr auto fields_of<Plan> = table(
    derived("url", "The first of urls",
            [](const Plan& plan) {
              return plan.urls.empty() ? std::nullopt : std::optional(plan.urls.front());
            }),
    field("urls", "Taken in turn, connection by connection; with lines the first of each authority",
          &Plan::urls),
    field("lines", "What is asked instead, in turn: those of --urls", &Plan::lines),
    field<EmptyIsNull<std::string>>("urlsFile", "That has the lines", &Plan::urls_file),
    field("durationSeconds", "", &Plan::duration),
    field("requests", "Stop after so many", &Plan::requests),
    field("rate",
          "Requests per second, all connections together; null: each begins when the one before it "
          "ends",
          &Plan::rate),
    field("profile",
          "A rate or a number of connections that changes over time: then rate is null, or "
          "connections the highest number",
          &Plan::profile),
    field("arrivals", "Where in its 1/rate seconds a request is due: in the middle, or by chance",
          &Plan::arrivals),
    field("warmUpSeconds", "Of load before anything was counted", &Plan::warm_up),
    field("connections", "", &Plan::connections),  //
    field("threads", "", &Plan::threads),          //
    field("method", "", &Plan::method),
    removable("headers", "Name and value of each, as it was sent: secrets, too", &Plan::headers),
    removable<BodyBytes>("body", "Of a request, as it was sent; null if it is larger than 1 MiB",
                         &Plan::body),
    field<BodySize>("bodyBytes", "Its size", &Plan::body),
    field<EmptyIsNull<std::string>>("bodyLinesFile", "Of --body-lines", &Plan::body_lines_file),
    removable<BodyBytes>("bodyLines", "Its content; null if it is larger than 1 MiB",
                         &Plan::body_lines),
    field<BodySize>("bodyLinesBytes", "Its size", &Plan::body_lines),
    field<AnyCount>("seed", "Of what is random in the requests, and of arrivals by chance",
                    &Plan::seed),
    field("httpVersion", "", &Plan::http_version),
    field("redirects", "To follow at most, for each request", &Plan::redirects),
    field("strictHttp", "Whether nothing that a server must not send was forgiven",
          &Plan::strict_http),
    field("ok", "Statuses that count as successes", &Plan::ok),
    field("timeoutSeconds", "Of a request", &Plan::timeout),
    field("connectTimeoutSeconds", "Of an attempt", &Plan::connect_timeout),
    derived("keepAlive", "", &Plan::keep_alive),
    field("requestsPerConnection", "null: as many as the server allows",
          &Plan::requests_per_connection),
    field("closeBy", "Who ends a connection that is not kept", &Plan::close_by),
    field("ports", "Who picks source ports", &Plan::ports),
    field("sources", "Source addresses, taken in turn; empty: the kernel chooses", &Plan::sources),
    field("portRange", "Source ports of this run, where it narrows the system's range",
          &Plan::port_range),
    field("connectTo", "HOST:PORT:HOST:PORT: where to connect instead of a URL's host",
          &Plan::connect_to),
    field<EmptyIsNull<std::string>>("proxy", "Its URL, where hammer connects to", &Plan::proxy),
    field<EmptyIsNull<std::string>>("unixSocket", "Its path, where hammer connects to",
                                    &Plan::unix_socket),
    field("tls", "For URLs with https", &Plan::tls),
    field("waitDrainSeconds",
          "How long to wait, at most, until no port is in TIME_WAIT towards the targets; null: not "
          "at all",
          &Plan::wait_drain),
    field("census", "Whether the sockets towards the targets are counted", &Plan::census),
    field("serverAdmin", "URL of the admin listener that was asked how the server sees itself",
          &Plan::server_admin),
    field("thresholds", "As typed; what came of them is in outcomes", &Plan::thresholds));

template <>
inline constexpr auto fields_of<Environment> =
    table(field<EmptyIsNull<std::string>>("os", "", &Environment::os),
          field<EmptyIsNull<std::string>>("kernel", "", &Environment::kernel),
          field<EmptyIsNull<unsigned>>("cpus", "", &Environment::cpus),
          field<EmptyIsNull<std::string>>("version", "hammer's", &Environment::version),
          field<EmptyIsNull<std::string>>("startedAt", "UTC, as 2026-11-24T08:16:35Z",
                                          &Environment::started_at));

template <>
inline constexpr auto fields_of<TargetUsed> = table(
    field("url", "", &TargetUsed::url),
    field<EmptyIsNull<std::string>>("address", "The one that was loaded", &TargetUsed::address),
    field("refused", "Addresses of the same name that could not be connected to",
          &TargetUsed::refused),
    field("addresses", "How many its name has", &TargetUsed::addresses),
    field("addressTaken", "Which of them, from 1", &TargetUsed::address_taken),
    field("listenBacklog",
          "Connections that the listener's accept queue has room for; null where none was seen",
          &TargetUsed::listen_backlog));

template <>
inline constexpr auto fields_of<Simulated> = table(
    field("system", "\"macOS 12\"", &Simulated::system),
    field("command", "That plays the run again", &Simulated::command),
    field<EmptyIsNull<std::string>>(
        "unchecked",
        "Why it is no more than a prediction; null where the rules were held against a real "
        "kernel",
        &Simulated::unchecked),
    field<EmptyIsNull<std::string>>(
        "check", "Commands that hold it against a real system; null where there are none as simple",
        &Simulated::check));

}  // namespace tws
