#include "cli/habits.hpp"

#include <array>

namespace tws {
namespace {

using enum Form;
using enum Answer;

constexpr std::string_view only_http1 = "hammer speaks HTTP/1.1 only; leave it out";
constexpr std::string_view no_proxy =
    "hammer loads a server directly; it can't use a proxy. To load the proxy, name its URL";
constexpr std::string_view no_steps =
    "hammer has no stages; make one run for each, with its own -c and -z";
constexpr std::string_view save_json =
    "hammer saves the whole run as JSON: --json FILE, or --json - for stdout";
constexpr std::string_view name_the_urls =
    "hammer reads no files of URLs; write the URLs one after the other, they are used in turn";
constexpr std::string_view no_redirects =
    "hammer follows no redirects; leave it out. --ok 2xx counts them as refusals";
constexpr std::string_view body_or_file =
    "the body is -d TEXT, or -D FILE for the content of a file";
constexpr std::string_view in_flight_is_told =
    "hammer does not wait at the end; it reports how many requests were in flight, and how old";
constexpr std::string_view no_pause = "hammer makes no pauses; for a lower load set a rate with -q";
constexpr std::string_view in_the_url = "write the address into the URL, and add -H 'Host: NAME'";
constexpr std::string_view own_subcommand =
    "hammer needs no subcommand for a load: hammer -q 100 -z 10s http://HOST:PORT/";
constexpr std::string_view no_script =
    "hammer runs no scripts; name the URL: hammer -c 50 -z 10s http://HOST:PORT/";

constexpr auto table = std::to_array<Habit>({
    // Length of the run.
    {"-d", time, "wrk, wrk2, bombardier, k6", "duration", hint,
     "hammer's duration is -z {}; to send this text as a body write --body={}"},
    {"-d", at_file, "curl", "body from a file", hint,
     "to send a file write -D {file}; to send this text as a body write --body={}"},
    {"-D", time, "h2load", "duration", hint,
     "hammer's duration is -z {}; for a file of this name write --body-file={}"},
    {"-t", time_unit, "ab, siege, bombardier, oha", "time limit, or time-out", hint,
     "-t is the number of threads. Duration: -z {}. Time-out of a request: --timeout {}"},
    {"--time", any, "siege", "duration", works, "--duration|{}"},
    {"-m", number, "curl, h2load", "longest time, or streams", hint,
     "-m is the method. Duration: -z {}. Connections: -c {}"},
    {"--max-time", any, "curl", "longest time of a request", works, "--timeout|{}"},
    {"--warm-up-time", none, "h2load", "time before measuring", hint,
     "hammer measures from the start; make a short run before it"},
    {"--stage", none, "k6", "load in steps", hint, no_steps},
    {"--stages", none, "k6", "load in steps", hint, no_steps},
    {"--ramp-up", none, "plow", "load in steps", hint, no_steps},
    {"-w", none, "oha; ab; curl", "wait for requests in flight; HTML; format", hint,
     in_flight_is_told},
    {"--wait-ongoing-requests-after-deadline", none, "oha", "wait for requests in flight", hint,
     in_flight_is_told},

    // Requests, connections, rate.
    {"-i", number, "k6", "number of iterations", works, "--requests|{}"},
    {"--iterations", any, "k6", "number of iterations", works, "--requests|{}"},
    {"--reps", none, "siege", "repetitions of each user", hint,
     "-n is the number of requests of all connections together"},
    {"--vus", any, "k6", "virtual users", works, "--connections|{}"},
    {"-u", number, "k6", "virtual users", works, "--connections|{}"},
    {"--concurrent", any, "siege", "users", works, "--connections|{}"},
    {"--concurrency", any, "many", "connections", works, "--connections|{}"},
    {"--clients", any, "h2load", "connections", works, "--connections|{}"},
    {"--workers", any, "vegeta", "connections", works, "--connections|{}"},
    {"--max-workers", any, "vegeta", "connections", works, "--connections|{}"},
    {"--cpus", any, "hey, vegeta", "threads", works, "--threads|{}"},
    {"-R", number, "wrk2, autocannon", "requests per second, in all", works, "--rate|{}"},
    {"--qps", any, "fortio", "requests per second, in all", works, "--rate|{}"},
    {"--rps", any, "k6 (in all), h2load (each client)", "requests per second", hint,
     "-q is the rate of all connections together; for {} on each, multiply by -c"},
    {"-r", number, "bombardier, h2load, siege, oha", "rate, repetitions, or redirects", hint,
     "rate: -q {}. Number of requests: -n {}. hammer follows no redirects"},
    {"--rate-period", none, "h2load", "period of new clients", hint,
     "hammer opens all connections at once; -q sets requests per second"},
    {"--burst-delay", none, "oha", "requests in bursts", hint,
     "hammer has no bursts; -q sets a rate"},
    {"--burst-rate", none, "oha", "requests in bursts", hint,
     "hammer has no bursts; -q sets a rate"},
    {"--delay", none, "siege", "pause between requests", hint, no_pause},
    {"-k", none, "ab; curl, bombardier", "keep-alive; accept any certificate", no_effect},
    {"--disableKeepAlives", none, "bombardier", "one request per connection", works,
     "--disable-keepalive"},
    {"--no-connection-reuse", none, "k6", "one request per connection", works,
     "--disable-keepalive"},
    {"--no-vu-connection-reuse", none, "k6", "new connections for each iteration", hint,
     "to close after each request write --disable-keepalive, after N: --requests-per-connection N"},
    {"--keepalive=false", none, "vegeta, fortio", "one request per connection", works,
     "--disable-keepalive"},
    {"--keepalive=true", none, "vegeta, fortio", "keep-alive", no_effect},
    {"--keepalive", none, "vegeta, fortio", "keep-alive", no_effect},
    {"--local-ips", any, "k6", "addresses to connect from", works, "--source|{}"},
    {"--laddr", any, "vegeta", "address to connect from", works, "--source|{}"},
    {"-B", address, "ab", "address to connect from", works, "--source|{}"},
    {"-B", none, "wrk2", "latency of batches", no_effect},
    {"-b", cookie, "curl", "cookie", works, "--header|Cookie: {}"},
    {"-b", number, "ab", "size of the TCP buffer", hint, "leave it out; for a body write -d {}"},
    {"-b", none, "siege", "no pauses", no_effect},
    {"--benchmark", none, "siege", "no pauses", no_effect},

    // The request.
    {"-X", method, "curl", "method", works, "--method|{}"},
    {"-X", none, "ab", "proxy", hint, no_proxy},
    {"--request", any, "curl", "method", works, "--method|{}"},
    {"-I", none, "curl, ab", "HEAD, or no SNI", hint, "for HEAD write -m HEAD"},
    {"--head", none, "curl", "HEAD", works, "--method|HEAD"},
    {"-i", none, "ab; siege, h2load", "HEAD; several URLs", hint,
     "for HEAD write -m HEAD; several URLs are used in turn"},
    {"--internet", none, "siege", "URLs at random", hint, "several URLs are used in turn"},
    {"-T", number, "h2load", "time-out of a connection", hint,
     "time-out of a request: --timeout {}; of a connection: --connect-timeout {}"},
    {"-T", any, "hey, oha, ab, siege", "Content-Type", works, "--header|Content-Type: {}"},
    {"--content-type", any, "siege", "Content-Type", works, "--header|Content-Type: {}"},
    {"-A", any, "hey, oha; ab; curl, siege", "Accept; user and password; User-Agent", hint,
     "write -H 'Accept: {}' (hey, oha), -a {} (ab) or -H 'User-Agent: {}' (curl, siege)"},
    {"--user-agent", any, "curl, k6, siege", "User-Agent", works, "--header|User-Agent: {}"},
    {"--host", any, "oha", "Host", hint, "write -H 'Host: {}'"},
    {"-host", any, "hey", "Host", hint, "write -H 'Host: {}'"},
    {"-C", cookie, "ab", "cookie", works, "--header|Cookie: {}"},
    {"--cookie", cookie, "curl", "cookie", works, "--header|Cookie: {}"},
    {"-a", user, "hey, oha", "user and password", works, "--header|Authorization: Basic {basic}"},
    {"-a", none, "bombardier; autocannon", "one request per connection; number of requests", hint,
     "-a takes USER:PASSWORD. One request per connection: --disable-keepalive. Number of requests: "
     "-n"},
    {"-u", user, "curl", "user and password", works, "--header|Authorization: Basic {basic}"},
    {"-u", any, "ab, oha", "file to PUT, or unit of time", hint,
     "to PUT a file write -m PUT -D FILE; hammer chooses the unit of time"},
    {"--user", user, "curl", "user and password", works, "--header|Authorization: Basic {basic}"},
    {"-p", number, "oha, autocannon", "requests at the same time on a connection", hint,
     "hammer sends one request at a time on a connection; use -c {}"},
    {"-p", any, "ab, h2load", "file to POST, or protocol", hint,
     "to POST a file write -D {}; hammer speaks HTTP/1.1 only"},
    {"--data", none, "curl, h2load", "body, or a file", hint, body_or_file},
    {"--data-binary", none, "curl", "body, or a file", hint, body_or_file},
    {"--data-raw", any, "curl", "body", works, "--body|{}"},
    {"-body", any, "vegeta", "body from a file", hint,
     "to send a file write -D FILE; to send this text write --body={}"},
    {"-F", none, "curl", "form", hint, body_or_file},
    {"-f", none, "siege, bombardier, ab", "URLs or body from a file", hint,
     "write URLs one after the other; the body of a file is -D FILE"},
    {"--file", none, "siege", "URLs from a file", hint, name_the_urls},
    {"--urls-from-file", none, "oha", "URLs from a file", hint, name_the_urls},
    {"--rand-regex-url", none, "oha", "URLs at random", hint,
     "hammer makes no URLs; several URLs are used in turn"},
    {"--targets", none, "vegeta", "URLs from a file", hint, name_the_urls},
    {"-s", number, "ab", "time-out of a request, in seconds", works, "--timeout|{}"},
    {"-s", any, "wrk, wrk2; k6", "script; stages", hint,
     "hammer runs no scripts and has no stages; -m, -H, -d, -D and several URLs describe requests"},
    {"-s", none, "curl", "no progress", works, "--no-progress"},
    {"--script", none, "wrk, wrk2", "script", hint,
     "hammer runs no scripts; -m, -H, -d, -D and several URLs describe requests"},

    // Protocols and addresses.
    {"-h2", none, "hey", "HTTP/2", hint, only_http1},
    {"-2", none, "autocannon", "HTTP/2", hint, only_http1},
    {"--http2", none, "oha, bombardier, vegeta", "HTTP/2", hint, only_http1},
    {"--h2c", none, "vegeta", "HTTP/2", hint, only_http1},
    {"--http-version", none, "oha", "version of HTTP", hint, only_http1},
    {"--http1", none, "bombardier", "HTTP/1.1", no_effect},
    {"--http1.1", none, "curl", "HTTP/1.1", no_effect},
    {"--h1", none, "h2load", "HTTP/1.1", no_effect},
    {"--fasthttp", none, "bombardier", "a fast client", no_effect},
    {"--max-concurrent-streams", none, "h2load", "HTTP/2", hint, only_http1},
    {"--insecure", none, "oha, curl, vegeta, bombardier", "accept any certificate", no_effect},
    {"--insecure-skip-tls-verify", none, "k6", "accept any certificate", no_effect},
    {"-x", none, "hey, oha, curl, ab", "proxy", hint, no_proxy},
    {"--proxy", none, "curl, oha", "proxy", hint, no_proxy},
    {"-L", none, "wrk2; curl", "latency; follow redirects", hint,
     "hammer reports latency in any case, and follows no redirects; leave it out"},
    {"--location", none, "curl", "follow redirects", hint, no_redirects},
    {"--redirect", none, "oha", "follow redirects", hint, no_redirects},
    {"--redirects", none, "vegeta", "follow redirects", hint, no_redirects},
    {"--max-redirects", none, "k6", "follow redirects", hint, no_redirects},
    {"--disable-redirects", none, "hey", "follow no redirects", no_effect},
    {"--no-follow", none, "siege", "follow no redirects", no_effect},
    {"--no-parser", none, "siege", "load no linked files", no_effect},
    {"--disable-compression", none, "hey, oha", "ask for no compression", no_effect},
    {"--ipv4", none, "oha, curl", "IPv4 only", hint, in_the_url},
    {"--ipv6", none, "oha, curl", "IPv6 only", hint, in_the_url},
    {"-4", none, "curl", "IPv4 only", hint, in_the_url},
    {"-6", none, "curl", "IPv6 only", hint, in_the_url},
    {"--no-pre-lookup", none, "oha", "look up the name for each connection", hint,
     "hammer looks up a name once, before the run; leave it out"},
    {"--connect-to", none, "oha, h2load, curl, vegeta", "another address", hint, in_the_url},
    {"--resolve", none, "curl, fortio", "another address", hint, in_the_url},
    {"--unix-socket", none, "oha, curl", "Unix socket", hint,
     "hammer speaks over TCP only, because it measures ports"},

    // Output.
    {"-j", none, "oha, siege, autocannon", "JSON instead of text", works, "--json|-"},
    {"--json-output", none, "siege", "JSON instead of text", works, "--json|-"},
    {"--output-format", none, "oha", "format of the output", hint,
     "JSON: --json -. Only summary and verdict: --brief"},
    {"--format", none, "bombardier, vegeta", "format of the output", hint,
     "JSON: --json -. Only summary and verdict: --brief"},
    {"-o", none, "oha, hey, bombardier, k6, curl", "output", hint, save_json},
    {"--output", none, "oha, vegeta, curl", "output", hint, save_json},
    {"--output-file", any, "h2load", "JSON to a file", works, "--json|{}"},
    {"--out", none, "k6", "output", hint, save_json},
    {"--summary-export", any, "k6", "JSON to a file", works, "--json|{}"},
    {"-e", none, "ab", "CSV", hint, save_json},
    {"-g", none, "ab", "file for gnuplot", hint, save_json},
    {"--log-file", none, "h2load", "a line for each request", hint, save_json},
    {"--db-url", none, "oha", "SQLite", hint, save_json},
    {"--print", none, "bombardier", "parts of the output", hint,
     "only summary and verdict: --brief; no progress line: --no-progress"},
    {"--no-print", none, "bombardier", "no output", works, "--no-progress"},
    {"--latency", none, "wrk, wrk2", "percentiles of the latency", no_effect},
    {"--latencies", none, "bombardier", "percentiles of the latency", no_effect},
    {"-l", none, "bombardier, ab", "percentiles; responses of any length", no_effect},
    {"--u_latency", none, "wrk2", "uncorrected latency", no_effect},
    {"-U", none, "wrk2", "uncorrected latency", no_effect},
    {"--latency-correction", none, "oha", "latency from the due time", no_effect},
    {"--stats-success-breakdown", none, "oha", "latency by success", no_effect},
    {"--no-tui", none, "oha", "no live view", no_effect},
    {"--fps", any, "oha", "frames per second", no_effect},
    {"-q", dash, "ab, siege, bombardier, k6", "no progress", hint,
     "-q is the rate. No progress line: --no-progress"},
    {"--quiet", none, "siege, k6", "no progress", works, "--no-progress"},
    {"--silent", none, "curl", "no progress", works, "--no-progress"},
    {"--no-color", none, "k6", "no colours", works, "--color|never"},
    {"--disable-color", none, "oha", "no colours", works, "--color|never"},
    {"-r", none, "ab", "go on after errors", no_effect},
    {"-S", none, "ab", "no warnings", no_effect},
    {"-V", none, "oha, ab, siege", "version", works, "--version"},
    {"-v", none, "wrk; ab, curl, siege", "version; more output", hint,
     "for the version: --version"},

    // Words instead of an option.
    {"help", none, "many", "help", works, "--help"},
    {"version", none, "many", "version", works, "--version"},
    {"run", none, "k6", "run a script", hint, no_script},
    {"attack", none, "vegeta", "load", hint, own_subcommand},
    {"load", none, "fortio", "load", hint, own_subcommand},
    {"report", none, "vegeta", "report of a saved run", hint,
     "for a run saved with --json FILE: hammer explain FILE"},
    {"plot", none, "vegeta", "chart of a saved run", hint,
     "the report has charts; for a run saved with --json FILE: hammer explain FILE"},
});

}  // namespace

std::span<const Habit> habits() {
  return table;
}

}  // namespace tws
