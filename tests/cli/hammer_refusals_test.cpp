#include "cli/parsed_words.hpp"
#include "tws/support/errors.hpp"

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <utility>

namespace tws {
namespace {

std::string refusal(Words words) {
  try {
    parse(std::move(words));
  } catch (const UsageError& error) {
    return error.what();
  }
  return "accepted";
}

struct Refused {
  Words words;
  const char* sentence;
};

void PrintTo(const Refused& refused, std::ostream* out) {
  for (const char* word : refused.words) *out << word << ' ';
}

class Refusals : public testing::TestWithParam<Refused> {};

TEST_P(Refusals, SayWhatIsWrongInOneLine) {
  EXPECT_EQ(refusal(GetParam().words), GetParam().sentence);
}

INSTANTIATE_TEST_SUITE_P(
    OfARun, Refusals,
    testing::Values(
        Refused{{"-z", "10x"}, "--duration: '10x' is not a duration, such as 20ms, 1.5s or 2m"},
        Refused{{"-z", "0"}, "--duration: '0' must be longer than 0"},
        Refused{{"--seed", "-1"}, "--seed: '-1' is not a number from 0 to 18446744073709551615"},
        Refused{{"--redirects", "101"}, "--redirects: '101' is not a number from 0 to 100"},
        Refused{{"--http-version", "2"}, "--http-version: '2' is not one of 1.0, 1.1"},
        Refused{{"--unix-socket", ""},
                "--unix-socket: '' is not the path of a socket, at most 107 bytes"},
        Refused{{"--proxy", "https://p/", "http://a/"},
                "--proxy: 'https://p/' is not http://[USER:PASSWORD@]HOST:PORT, such as "
                "http://127.0.0.1:3128"},
        Refused{{"--proxy", "http://me:secret@p:1"},
                "--proxy: 'http://me:...@p:1' is the proxy; the URL of the server is missing"},
        Refused{{"--urls", "x", "http://a/"},
                "--urls: 'x' is the list of URLs; leave out http://a/"},
        Refused{{"--urls", "-", "-D", "-"}, "--body-file: '-' is stdin, which --urls reads"},
        Refused{{"-d", "{{line}}"}, "{{line}}: is a line of --body-lines FILE, which is missing"},
        Refused{{"-z", ""}, "--duration: '' is not a duration, such as 20ms, 1.5s or 2m"},
        Refused{{"-n", "0"}, "--requests: '0' is not a number of requests, such as 1000 or 10k"},
        Refused{{"-q", "0"},
                "--rate: '0' is not a number of requests per second up to 1G, such as 1000, 20k "
                "or 0.5"},
        Refused{{"-q", "5..x"},
                "--rate: '5..x' is not two rates per second up to 1G, such as 100..5000"},
        Refused{{"-q", "0..0"},
                "--rate: '0..0' is not two rates per second up to 1G, such as 100..5000"},
        Refused{{"-n", "5", "-q", "1..5"}, "--rate: '1..5' needs a time to change in: -z"},
        Refused{{"-c", "5..2M"},
                "--connections: '5..2M' is not two numbers up to 1000000, such as 10..500"},
        Refused{{"-c", "5..9", "-q", "1..5"},
                "--connections: '5..9' can't be used with --rate 1..5: one of them stays as it is"},
        Refused{
            {"-c", "5..9", "-q", "100"},
            "--rate: '100' can't be used with connections that change over time: a rate decides "
            "how many are busy"},
        Refused{{"--stages", "1s:5c", "-c", "5"},
                "--connections: '5' can't be used with the connections of --stages"},
        Refused{{"--stages", "1s:5", "-z", "5s"}, "--duration can't be used with --stages"},
        Refused{{"--stages", "1s:5", "-q", "5"}, "--rate can't be used with --stages"},
        Refused{{"--stages", "1s:0.1"},
                "--stages: '1s:0.1' is too low: no request would be due in 1.00 s"},
        Refused{{"--jitter", "poisson"}, "--jitter: 'poisson' needs a rate: -q or --stages"},
        Refused{{"-q", "5", "--jitter", "much"}, "--jitter: 'much' is not one of uniform, poisson"},
        Refused{{"--warm-up", "0s"}, "--warm-up: '0s' must be longer than 0"},
        Refused{{"--warm-up", "25h"}, "--warm-up: '25h' is longer than a day"},
        Refused{{"--warm-up", "1s", "-n", "10"},
                "--warm-up: '1s' can't be used with --requests: set a duration (-z)"},
        Refused{{"--warm-up", "1s", "-q", "0..10"},
                "--warm-up: '1s' would be without a load, as the first stage begins at 0"},
        Refused{{"-z", "1s", "-q", "0.1"},
                "--rate: '0.1' is too low: no request would be due in 1.00 s"},
        Refused{{"--threshold", "p99 < 250"},
                "--threshold: 'p99 < 250': '250' needs a unit, such as 250ms or 250s"},
        Refused{{"--out", "xml=a"},
                "--out: 'xml=a' is not FORMAT=FILE with one of json, csv, hdr, junit, openmetrics, "
                "markdown, html, bencher, benchmark-action, github"},
        Refused{{"--out", "csv"}, "--out: 'csv' needs a file: csv=FILE, or - for stdout"},
        Refused{{"--out", "csv=a", "lab"}, "--out can't be used with lab"},
        Refused{{"--threshold", "p99 < 1s", "report", "a"},
                "--threshold can't be used with report"},
        Refused{{"--metrics", "9100"},
                "--metrics: '9100' is not ADDR:PORT, such as 127.0.0.1:3779 or [::1]:0"},
        Refused{{"-c", "0"}, "--connections: '0' is not a number from 1 to 1000000"},
        Refused{{"-t", "1025"}, "--threads: '1025' is not a number from 1 to 1024"},
        Refused{{"-m", "GET /"}, "--method: 'GET /' is not a method, such as GET or POST"},
        Refused{{"-m", ""}, "--method: '' is not a method, such as GET or POST"},
        Refused{{"-m", "CONNECT"}, "--method: hammer can't send 'CONNECT'"},
        Refused{{"-H", "none"}, "--header: 'none' is not a header, such as 'Accept: text/html'"},
        Refused{{"-H", "content-length: 1"},
                "--header: hammer sets Content-Length itself; remove "
                "'content-length: 1'"},
        Refused{{"-D", "/no/such/file"},
                "--body-file: '/no/such/file' can't be read: no such file or directory"},
        Refused{{"--requests-per-connection", "0"},
                "--requests-per-connection: '0' is not a number from 1 to 1000000000"},
        Refused{
            {"-k", "http://a/"},
            "-k: is for https, and 'http://a/' is plain http (connections are kept without it)"},
        Refused{{"--cacert", "f", "a:1"}, "--cacert: is for https, and 'a:1' is plain http"},
        Refused{{"--cert", "f", "https://a/"}, "--cert: needs the key, too: --key FILE"},
        Refused{{"--key", "f", "https://a/"}, "--key: needs the certificate, too: --cert FILE"},
        Refused{{"--key-pass-file", "f", "https://a/"}, "--key-pass-file: needs --key FILE"},
        Refused{{"-k", "--cacert", "f", "https://a/"},
                "-k: accepts any certificate, so --cacert has no effect"},
        Refused{{"--sni", "127.0.0.1", "https://a/"},
                "--sni: '127.0.0.1' is an address; TLS can only ask for names"},
        Refused{{"--sni", "a b", "https://a/"},
                "--sni: 'a b' is not a name, such as www.example.com (letters beyond ASCII as "
                "xn--...)"},
        Refused{{"--tls", "1.3", "--ciphers", "AES128-SHA", "https://a/"},
                "--ciphers: are those of TLS 1.2, which --tls 1.3 does not use: --tls13-ciphers"},
        Refused{{"--groups", "", "https://a/"},
                "--groups: is empty: leave it out for OpenSSL's own"},
        Refused{{"--tls", "1.1", "https://a/"}, "--tls: '1.1' is not one of 1.2, 1.3, 1.2..1.3"},
        Refused{{"--tls-resume", "1.5", "https://a/"},
                "--tls-resume: '1.5' is not off, on or a share of the connections, such as 0.8"},
        Refused{{"--tls-resume", "", "https://a/"},
                "--tls-resume: '' is not off, on or a share of the connections, such as 0.8"},
        Refused{{"--connect-to", "a:1:b", "http://a/"},
                "--connect-to: 'a:1:b' is not HOST:PORT:HOST:PORT, such as "
                "example.com:443:127.0.0.1:8443"},
        Refused{{"--threshold", "handshake.p99 < 1s", "http://a/"},
                "--threshold: 'handshake.p99 < 1s': no URL has https, so there is no handshake"},
        Refused{{"--close-by", "nobody"},
                "--close-by: 'nobody' is not one of server, client, reset"},
        Refused{{"--ports", "mine"}, "--ports: 'mine' is not one of kernel, rotate"},
        Refused{{"--port-range", "5-1"},
                "--port-range: '5-1' is not LOW-HIGH within 1 to 65535, such as 49152-65535"},
        Refused{{"--wait-drain=0"}, "--wait-drain: '0' must be longer than 0"},
        Refused{{"--json", ""}, "--json: '' is not a file's path, or - for stdout"},
        Refused{{"--color", "red"}, "--color: 'red' is not one of auto, always, never"},
        Refused{{"--strict", "limits"}, "--strict can't be used with limits"},
        Refused{{"127.0.0.1:1", "limits"}, "URL can't be used with limits"}));

INSTANTIATE_TEST_SUITE_P(
    OfSubcommands, Refusals,
    testing::Values(
        Refused{{"census", "--port", "65536"}, "--port: '65536' is not a number from 1 to 65535"},
        Refused{{"census", "--watch", "0"}, "--watch: '0' must be longer than 0"},
        Refused{
            {"lab", "sixteen"},
            "SCENARIO: 'sixteen' is unknown; did you mean sixteen-thousand? 'hammer lab --list' "
            "shows all"},
        Refused{{"lab", "nothing"},
                "SCENARIO: 'nothing' is unknown; 'hammer lab --list' shows all"},
        Refused{{"budget", "--os", "macos-12", "--targets", "2"},
                "--targets: '2' must be 1 with --os macos-12: all targets share the ports"},
        Refused{{"budget", "--conntrack", "--targets", "2"},
                "--targets: '2' must be 1 with --conntrack: all targets share the table"},
        Refused{{"budget", "--conntrack", "--sources", "2"},
                "--sources: '2' must be 1 with --conntrack: all sources share the table"},
        Refused{{"budget", "--system", "linux", "--os", "linux"},
                "--system can't be used with --os or --conntrack"},
        Refused{{"budget", "--rate", "0"},
                "--rate: '0' is not a whole number, such as 1000 or 20k"},
        Refused{{"simulate", "--os", "macos-12", "--tw-reuse", "1"},
                "--tw-reuse: '1' can't be set with --os macos-12: only Linux has it"},
        Refused{
            {"simulate", "--os", "linux-6.13", "--port-step", "1"},
            "--port-step: '1' can't be set with --os linux-6.13: only Linux 7.1 and newer has it"},
        Refused{{"simulate", "--tw-reuse-delay", "2m"},
                "--tw-reuse-delay: '2m' is longer than 60s"},
        Refused{{"simulate", "--rtt", "2m"}, "--rtt: '2m' is longer than a minute"},
        Refused{{"simulate", "--delay", "9000h"}, "--delay: '9000h' is longer than a year"},
        Refused{
            {"simulate", "--port-range", "1-5"},
            "--port-range: '1-5' is not within 32768-60999, the system's range, which a run can "
            "only narrow"}));

INSTANTIATE_TEST_SUITE_P(
    OfWords, Refusals,
    testing::Values(
        Refused{{"--nope"}, "--nope: no such option"},
        Refused{{"--list", "lab"}, "--list: no such option; lab has it: hammer lab --list"},
        Refused{{"-n"}, "--requests: N is missing. Stop after N requests"},
        Refused{{"-n", "-c", "5"}, "--requests: N is missing before '-c'. Stop after N requests"},
        Refused{{"-z", "-1s"}, "--duration: '-1s' is not a duration, such as 20ms, 1.5s or 2m"},
        Refused{{"--duration=", "1s"},
                "--duration: '' is not a duration, such as 20ms, 1.5s or 2m"},
        Refused{{"-c", "--", "5"},
                "--connections: N is missing before '--'. Connections at the same time [50]"},
        Refused{
            {"--color"},
            "--color: one of auto|always|never is missing. Colours [auto: on a terminal, unless "
            "NO_COLOR is set]"},
        Refused{{"--strict=maybe"}, "--strict: 'maybe' is not true or false"},
        Refused{{"--wait-drain="}, "--wait-drain: a value is missing behind ="},
        Refused{{"-d", "a", "-D", "b"}, "--body can't be used with --body-file"},
        Refused{{"--json", "-c", "5"},
                "--json: FILE is missing before '-c'. Write the result to FILE as JSON, too; with "
                "- print "
                "JSON instead of text"},
        Refused{{"-o", "a", "--output-format", "quiet"},
                "--output: 'a' would stay empty with --output-format quiet"},
        Refused{{"-o", ""}, "--output: '' is not a file's path, or - for stdout"},
        Refused{{"-o", "a", "lab"}, "--output can't be used with lab"},
        Refused{{"http://a/ http://b/"},
                "URL: 'http://a/ http://b/' is more than one URL; write each as a word of its own"},
        Refused{
            {"http://a/,https://b/"},
            "URL: 'http://a/,https://b/' is more than one URL; write each as a word of its own"},
        Refused{{"a:1 b:2"},
                "URL: 'a:1 b:2' is more than one URL; write each as a word of its own"},
        Refused{{"help", "nonsense"}, "'nonsense' is no subcommand; 'hammer --help' shows all"},
        Refused{{"help", "--nope"}, "--nope: no such option"},
        Refused{{"explain"}, "explain: FILE is missing. The run's JSON; - is stdin"},
        Refused{{"prove"}, "prove: FILE is missing. The run's JSON; - is stdin"},
        Refused{{"report"}, "report: FILE is missing. The runs' JSON"},
        Refused{{"explain", "a", "b"}, "'b' is one word too many: explain takes one FILE"},
        Refused{{"census", "1", "2"}, "'2' is one word too many: census takes one PORT"},
        Refused{{"census", "-z", "1s"},
                "-z: no such option of census; a run has it: hammer without the word census"},
        Refused{{"limits", "budget"},
                "'budget' is one word too many: limits takes no second subcommand"},
        Refused{{"limits", "json"},
                "'json' is one word too many: limits takes options only; did you mean --json?"},
        Refused{{"limits", "--", "x"}, "'x' is one word too many: limits takes options only"},
        Refused{{"budget", "--rate"}, "--rate: R is missing. Wanted connections per second"},
        Refused{{"budget", "--os", "linux", "--conntrack"}, "--os can't be used with --conntrack"},
        Refused{{"simulate", "http://127.0.0.1/"},
                "'http://127.0.0.1/' is one word too many: simulate takes options only"},
        Refused{{"compare"}, "compare: BASE.json is missing. The earlier runs' JSON"},
        Refused{{"compare", "a", "--"},
                "--new: NEW.json... is missing. The runs to compare with them; a lone -- means the "
                "same"},
        Refused{{"ab", "http://a/"},
                "URL: 1 given, takes two: hammer ab URL_A URL_B. The load of ApacheBench's ab is "
                "hammer --disable-keepalive URL"},
        Refused{{"search", "http://a/"},
                "--slo: none given; takes a limit that has to hold, such as 'p99 < 50ms'"},
        Refused{{"search", "--slo", "p99 < 50", "http://a/"},
                "--slo: 'p99 < 50': '50' needs a unit, such as 50ms or 50s"},
        Refused{{"search", "--slo", "p99 < 1s", "-q", "5", "http://a/"},
                "--rate: search tries one rate after the other: --from, --to"},
        Refused{{"search", "--slo", "p99 < 1s", "-n", "5", "http://a/"},
                "--requests: search has trials of a fixed time: --duration is the length of one"},
        Refused{
            {"search", "--slo", "p99 < 1s", "--threshold", "p99 < 1s", "http://a/"},
            "--threshold: no such option of search; a run has it: hammer without the word search"},
        Refused{{"search", "--slo", "p99 < 1s", "--precision", "2", "http://a/"},
                "--precision: '2' is not a share from 0.1% to 100%, such as 2%"},
        Refused{{"search", "--slo", "p99 < 1s", "--from", "0", "http://a/"},
                "--from: '0' is not a number of requests per second up to 1G, such as 1000, 20k or "
                "0.5"},
        Refused{{"search", "--slo", "p99 < 1s", "--from", "10", "http://a/"},
                "--from: '10' is too low: a trial of 3.00 s has 30 requests then, and takes 100 at "
                "least. Try -z 10s"},
        Refused{{"search", "--slo", "p99 < 1s", "--to", "50", "http://a/"},
                "--to: '50' is less than --from, which is 100"},
        Refused{{"search", "--slo", "p99 < 1s", "-z", "500ms", "http://a/"},
                "--duration: '500ms' is too short for a trial, which takes 1s at least"},
        Refused{{"search", "--slo", "p99 < 1s over 10s", "http://a/"},
                "--slo: 'p99 < 1s over 10s': the run of 3.00 s is shorter than the window"},
        Refused{{"search", "--slo", "p99 < 1s", "--max-time", "10s", "http://a/"},
                "--max-time: '10s' is too short for one rate, which takes 3 trials of 3.00 s, and "
                "13.5 s in all"},
        Refused{{"search", "--slo", "p99 < 1s", "--hold", "0", "http://a/"},
                "--hold: '0' must be longer than 0"},
        Refused{{"compare", "-k", "a.json"},
                "-k: no such option of compare; a run has it: hammer without the word compare"}));

TEST(HammerRefusals, AUrlInAQueryIsNone) {
  for (const char* url : {"http://a/?x=http://b/", "a/?x=1,http://b/", "http://a/http://b/"})
    EXPECT_EQ(refusal({url}), "accepted");
}

}  // namespace
}  // namespace tws
