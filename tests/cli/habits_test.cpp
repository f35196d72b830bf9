// Command lines as users of other tools type them, and what hammer makes of them.
#include "cli/habits.hpp"

#include "cli/parsed_words.hpp"
#include "support/nearest.hpp"
#include "tws/support/errors.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <ostream>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>

namespace tws {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;

const char* const url = "http://127.0.0.1:1/";

LoadCommand load(Words words) {
  return std::get<LoadCommand>(parse(std::move(words)).command);
}

std::string refusal(Words words) {
  try {
    std::ostringstream help;
    parse(std::move(words), help);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "accepted";
}

struct Line {
  Words words;
  Words ours;  // the same in hammer's words
};

void PrintTo(const Line& line, std::ostream* out) {
  for (const char* word : line.words) *out << word << ' ';
}

struct Works : testing::TestWithParam<Line> {};

TEST_P(Works, AsInHammersWords) {
  const auto typed = load(GetParam().words), ours = load(GetParam().ours);
  EXPECT_TRUE(typed.plan == ours.plan);
  EXPECT_EQ(typed.progress, ours.progress);
  EXPECT_THAT(typed.plan.urls, ElementsAre(url));
}

INSTANTIATE_TEST_SUITE_P(
    Habits, Works,
    testing::Values(
        Line{{"-t2", "-c50", "--latency", "-z", "1s", url},
             {"-t", "2", "-c", "50", "-z", "1s", url}},
        Line{{"-R1000", url}, {"-q", "1000", url}}, Line{{"-R", "2k", url}, {"-q", "2000", url}},
        Line{{"-n", "9", "-T", "text/css", "-d", "{}", url},
             {"-n", "9", "-H", "Content-Type: text/css", "-d", "{}", url}},
        Line{{"-C", "a=b", url}, {"-H", "Cookie: a=b", url}},
        Line{{"-B", "127.0.0.1", url}, {"--source", "127.0.0.1", url}}, Line{{"-r", url}, {url}},
        Line{{"-s", "5", url}, {"--timeout", "5s", url}},
        Line{{"-a", "me:secret", url}, {"-H", "Authorization: Basic bWU6c2VjcmV0", url}},
        Line{{"--user", "me:secret", url}, {"-H", "Authorization: Basic bWU6c2VjcmV0", url}},
        Line{{"-disable-keepalive", url}, {"--disable-keepalive", url}},
        Line{{"-disable-keepalive=false", url}, {url}},
        Line{{"-disable-keepalive=true", "-disable-compression=true", "-cpus=2", url},
             {"--disable-keepalive", "-t", "2", url}},
        Line{{"-duration=5s", "-rate=100/1s", url}, {"-z", "5s", "-q", "100", url}},
        Line{{"-keepalive=false", url}, {"--disable-keepalive", url}},
        Line{{"-c=5", "-z=1m30s", url}, {"-c", "5", "-z", "90s", url}},
        Line{{"--no-tui", "--latency-correction", "-q", "5", url}, {"-q", "5", url}},
        Line{{"--vus", "3", "--iterations", "7", url}, {"-c", "3", "-n", "7", url}},
        Line{{"-u", "3", "-i", "7", url}, {"-c", "3", "-n", "7", url}},
        Line{{"--concurrent=25", "--time=3S", "-b", url}, {"-c", "25", "-z", "3s", url}},
        Line{{"-X", "PUT", url}, {"-m", "PUT", url}}, Line{{"-XPUT", url}, {"-m", "PUT", url}},
        Line{{"--clients=5", "--h1", url}, {"-c", "5", url}},
        Line{{"-l", "--disableKeepAlives", url}, {"--disable-keepalive", url}},
        Line{{"--quiet", url}, {"--no-progress", url}},
        Line{{"--host", "x", url}, {"-H", "Host: x", url}},
        Line{{"-host=x", url}, {"-H", "Host: x", url}},
        Line{{"--accept", "text/css", url}, {"-H", "Accept: text/css", url}},
        Line{{"--content-type", "text/css", url}, {"-H", "Content-Type: text/css", url}},
        Line{{"-x", "http://127.0.0.1:3128", url}, {"--proxy", "http://127.0.0.1:3128", url}},
        Line{{"-xp:1", url}, {"--proxy", "p:1", url}},
        Line{{"--redirect", "3", url}, {"--redirects", "3", url}},
        Line{{"-redirects=3", url}, {"--redirects", "3", url}},
        Line{{"--location", url}, {"--redirects", "50", url}},
        Line{{"-unix-socket", "/tmp/s", url}, {"--unix-socket", "/tmp/s", url}},
        Line{{"--http1.0", url}, {"--http-version", "1.0", url}},
        Line{{"--http1.1", url}, {"--http-version", "1.1", url}},
        Line{{"--wait-drain", "5s", url}, {"--wait-drain=5s", url}},
        Line{{"--wait-drain", "5", url}, {"--wait-drain=5s", url}},
        Line{{"-z", "1m30s", "-n", "1e3", "-q", "1_000/s", "-c", "1_0", url},
             {"-z", "90s", "-n", "1000", "-q", "1000", "-c", "10", url}}));

struct Refused {
  Words words;
  const char* sentence;
};

void PrintTo(const Refused& line, std::ostream* out) {
  for (const char* word : line.words) *out << word << ' ';
}

struct Hints : testing::TestWithParam<Refused> {};

TEST_P(Hints, NameHammersWay) {
  EXPECT_THAT(refusal(GetParam().words), HasSubstr(GetParam().sentence));
}

INSTANTIATE_TEST_SUITE_P(
    Habits, Hints,
    testing::Values(
        Refused{{"-t2", "-c50", "-d1s", url},
                "-d1s: hammer's duration is -z 1s; to send this text as a body write --body=1s"},
        Refused{{"-d", "10", url}, "-d 10: hammer's duration is -z 10;"},
        Refused{{"-d", "@file", url}, "-D file; to send this text as a body write --body=@file"},
        Refused{{"-D", "10", url}, "-z 10"},
        Refused{{"-t", "10s", url}, "Duration: -z 10s. Time-out of a request: --timeout 10s"},
        Refused{{"-t30S", url}, "-z 30S"},
        Refused{{"-h2", url}, "-h2: hammer speaks HTTP/1.1 only"},
        Refused{{"-hx", url}, "-hx: no such option"},
        Refused{{"-p", "body.txt", url}, "-D body.txt"}, Refused{{"-p", "4", url}, "-c 4"},
        Refused{{"--output-format", "xml", url},
                "--output-format: 'xml' is not one of text, json, csv, quiet"},
        Refused{{"--format", "json", url}, "--output-format json"},
        Refused{{"-o", "csv", url},
                "-o csv: to print it write --output-format csv; for a file of this name write "
                "--output=csv"},
        Refused{{"-o", url}, "--output: FILE is missing before 'http://127.0.0.1:1/'"},
        Refused{{"-o", "a=b", url}, "--out: 'a=b' is not FORMAT=FILE with one of json, csv"},
        Refused{{"-disable-compression=false", url},
                "-disable-compression: 'false' can't be its value"},
        Refused{{"-w", url}, "in flight"}, Refused{{"-X", "p:1", url}, "--proxy http://"},
        Refused{{"-A", "text/html", url}, "-H 'Accept: text/html'"},
        Refused{{"-L", url}, "--redirects 10"}, Refused{{"--file", "urls.txt"}, "--urls FILE"},
        Refused{{"--stage", "10s:5", url}, "--stages 30s:10c"},
        Refused{{"-s", "post.lua", url}, "no scripts"}, Refused{{"-r", "100", url}, "rate: -q 100"},
        Refused{{"-m", "5", url}, "Duration: -z 5"},
        Refused{{"-q", "-n", "5", url}, "--no-progress"}, Refused{{"-q", url}, "--no-progress"},
        Refused{{"--http2", url}, "HTTP/1.1"}, Refused{{"-f", "urls.txt"}, "--urls FILE"},
        Refused{{"-body", "x", url}, "-D FILE"}, Refused{{"run", "script.js"}, "no scripts"},
        Refused{{"-n", "10", "-d", url}, "-d: 'http://127.0.0.1:1/' is taken for its value"},
        Refused{{"-H", url}, "is taken for its value"}, Refused{{"--name", url}, "no URL is left"},
        Refused{{"46573"}, "a port is written 127.0.0.1:46573"},
        Refused{{"attack"}, "hammer -q 100 -z 10s"},
        Refused{{"lba"}, "did you mean lab? A host of this name is http://lba/"},
        Refused{{"cencus", "--port", "1"}, "did you mean census?"},
        Refused{{"--disable-keep-alive", url}, "did you mean --disable-keepalive?"},
        Refused{{"--requests-per", "3", url}, "did you mean --requests-per-connection?"},
        Refused{{"lab", "--lst"}, "--lst: no such option of lab; did you mean --list?"},
        Refused{{"--json", url}, "--json: FILE is missing before 'http://127.0.0.1:1/'"},
        Refused{{"--json", "127.0.0.1:80"}, "FILE is missing"},
        Refused{{"--json", "lab"}, "--json: FILE is missing before 'lab'"},
        Refused{{"-T", url},
                "a value is missing behind it: time-out of a connection (h2load), "
                "Content-Type (hey, oha, ab, siege)"},
        Refused{{"-kq", url}, "-kq: no such option"},
        Refused{{"-z", "5s", "--xyzzy", url}, "--xyzzy: no such option"}));

TEST(Habits, OfTlsWork) {
  EXPECT_TRUE(load({"--insecure-skip-tls-verify", "https://a/"}).plan.tls.accepts_any);
  EXPECT_EQ(load({"--root-certs", "f", "https://a/"}).plan.tls.authorities, "f");
  EXPECT_EQ(load({"--session-tickets", "https://a/"}).plan.tls.resume, 1);
}

TEST(Habits, DoNotTouchWhatIsHammers) {
  EXPECT_EQ(load({"--body=1s", url}).plan.body, "1s");
  EXPECT_EQ(load({"--body", "@x", url}).plan.body, "@x");
  EXPECT_THAT(load({"-H", "A: -k", url}).plan.headers, ElementsAre(Pair("A", "-k")));
  EXPECT_EQ(load({"-d", "-5", url}).plan.body, "-5");
  EXPECT_THAT(load({"myhost", url}).plan.urls, ElementsAre("myhost", url));
  EXPECT_THAT(load({"lab.example", url}).plan.urls, ElementsAre("lab.example", url));
  EXPECT_THAT(load({"http://lba/"}).plan.urls, ElementsAre("http://lba/"));
  EXPECT_EQ(load({"-t", "10", url}).plan.connections, 50u);
  // A subcommand's options are its own.
  EXPECT_EQ(std::get<LabCommand>(parse({"lab", "-z", "1s"}).command).duration, 1s);
  EXPECT_THAT(refusal({"limits", "-k"}),
              HasSubstr("-k: no such option of limits; a run has it: hammer without the word"));
  EXPECT_EQ(std::get<CensusCommand>(parse({"census", "8081"}).command).port, 8081);
}

TEST(Habits, OfTheOutput) {
  EXPECT_EQ(parse({"-j", url}).invocation.output.json, "-");
  EXPECT_EQ(parse({"--summary-export=a.json", url}).invocation.output.json, "a.json");
  // k6's --out and its -o.
  const auto out = parse({"-o", "json=a.json", url}).invocation.output.out;
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(out[0].path, "a.json");
  // vegeta's and curl's.
  for (const Words& words : {Words{"-output=a.txt", url}, Words{"--output", "a.txt", url},
                             Words{"-oa.txt", url}, Words{"-o", "a.txt", url}})
    EXPECT_EQ(parse(words).invocation.output.text, "a.txt");
}

TEST(Habits, HelpTakesNothingBehindItForAValue) {
  const auto help = [](Words words) {
    std::ostringstream out;
    EXPECT_FALSE(parse(std::move(words), out));
    return out.str();
  };
  const auto whole = help({"--help"}), of_lab = help({"lab", "--help"});
  EXPECT_THAT(of_lab, HasSubstr("Usage: hammer lab"));
  for (const Words& words : {Words{"help"}, Words{"-help"}, Words{"help", "--json"},
                             Words{"--help", "-z"}, Words{"-h", "-n", "5"}})
    EXPECT_EQ(help(words), whole);
  for (const Words& words :
       {Words{"help", "lab"}, Words{"help", "lab", "--json"}, Words{"lab", "-h", "--json", "x"}})
    EXPECT_EQ(help(words), of_lab);
  std::ostringstream out;
  EXPECT_FALSE(parse({"-V"}, out));
  EXPECT_EQ(out.str(), "hammer " TWS_VERSION "\n");
}

// What an option means depends on the tool, and another option tells which one it is.
TEST(Habits, ALineOfAbOrHeyGetsANote) {
  const auto ab = HasSubstr("--disable-keepalive"), hey = HasSubstr("multiply it by -c");
  for (const Words& words : {Words{"-n", "5", "-r", url}, Words{"-C", "a=b", url},
                             Words{"-s", "5", url}, Words{"-S", url}})
    EXPECT_THAT(parse(words).notes, ElementsAre(ab));
  for (const Words& words : {Words{"-r", "--disable-keepalive", url},
                             Words{"-n", "5", "-c", "2", url}, Words{"-l", url}})
    EXPECT_THAT(parse(words).notes, IsEmpty());
  for (const Words& words : {Words{"-q", "5", "-disable-compression", url},
                             Words{"-cpus", "2", "-q5", url}, Words{"-disable-redirects", "-q=5"}})
    EXPECT_THAT(parse(words).notes, ElementsAre(hey));
  for (const Words& words : {Words{"-q", "5", url}, Words{"-q", "5", "--disable-compression", url},
                             Words{"-disable-keepalive", url}})
    EXPECT_THAT(parse(words).notes, IsEmpty());
}

TEST(Habits, OfTheTableAreReachable) {
  for (const Habit& habit : habits()) {
    EXPECT_FALSE(habit.tools.empty()) << habit.word;
    EXPECT_EQ(habit.ours.empty(), habit.answer == Answer::no_effect) << habit.word;
    // No row stands behind one that takes everything that it takes.
    for (const Habit* before = habits().data(); before != &habit; ++before)
      EXPECT_FALSE(before->word == habit.word &&
                   (before->form == habit.form || before->form == Form::none))
          << habit.word;
  }
}

// From their --help and manuals.
constexpr std::pair<std::string_view, std::string_view> options_of_tools[]{
    {"hey",
     "-n -c -q -z -o -m -H -t -A -d -D -T -a -x -h2 -host -disable-compression -disable-keepalive "
     "-disable-redirects -cpus"},
    {"wrk, wrk2",
     "-c --connections -d --duration -t --threads -s --script -H --header --latency "
     "--timeout -v --version -L -U --u_latency -B --batch_latency -R --rate"},
    {"ab",
     "-n -c -t -s -b -B -p -u -T -v -w -i -x -y -C -H -A -P -X -V -k -d -S -q -l -g -e -r "
     "-m -h -I -Z -f -E"},
    {"oha",
     "-n -c -p -z -w -q --burst-delay --burst-rate --rand-regex-url --urls-from-file "
     "--max-repeat --dump-urls --latency-correction --no-tui --fps -m -H --proxy-header -t "
     "-A -d -D --body-path-lines -F -T -a --http-version --http2 --host --disable-compression -r "
     "--redirect --disable-keepalive --no-pre-lookup --ipv4 --ipv6 --cacert "
     "--cert --key --insecure --connect-to --no-color --disable-color --unix-socket "
     "--stats-success-breakdown --db-url --debug -o --output --output-format -u --time-unit -j "
     "--json -x --proxy --connect-timeout --aws-session"},
    {"k6",
     "--vus -u -d --duration -i --iterations -s --stage -p --paused --max-redirects "
     "--batch --batch-per-host --rps --user-agent --http-debug --insecure-skip-tls-verify "
     "--no-connection-reuse --no-vu-connection-reuse --min-iteration-duration -w --throw "
     "--blacklist-ip --block-hostnames --summary-trend-stats --summary-time-unit --tag "
     "--console-output --discard-response-bodies --local-ips --dns -e --env --no-thresholds "
     "--no-summary --summary-export -o --out -l --linger --no-usage-report -q "
     "--quiet -v --verbose --no-color"},
    {"vegeta",
     "-body -cert -chunked -connect-to -dns-ttl -duration -format -h2c -header -http2 "
     "-insecure -keepalive -key -laddr -lazy -max-body -max-connections -max-workers -name "
     "-output -prometheus-addr -proxy-header -rate -redirects -resolvers -root-certs "
     "-session-tickets -targets -timeout -unix-socket -workers"},
    {"h2load",
     "-n --requests -c --clients -t --threads -i --input-file -m --max-concurrent-streams "
     "-f --max-frame-size -w --window-bits -W --connection-window-bits -H --header "
     "--ciphers -p --no-tls-proto -d --data -r --rate --rate-period -D --duration --warm-up-time "
     "-T --connection-active-timeout -N --connection-inactivity-timeout --timing-script-file -B "
     "--base-uri --npn-list --h1 --header-table-size --log-file --connect-to --rps --output-file "
     "-v --verbose"},
    {"siege",
     "-V -C --config -v --verbose -q --quiet -g --get -p --print -c --concurrent -r --reps "
     "-t --time -d --delay -b --benchmark -i --internet -f --file -R --rc -l --log -m "
     "--mark -H --header -A --user-agent -T --content-type -j --json-output --no-parser "
     "--no-follow"},
    {"bombardier",
     "-c --connections -t --timeout -l --latencies -m --method -b --body -f --body-file -s "
     "--stream --cert --key -k --insecure -a --disableKeepAlives -H --header -n --requests "
     "-d --duration -r --rate --fasthttp --http1 --http2 -p --print -q --no-print -o "
     "--format"},
    {"curl",
     "-X --request -d --data --data-binary --data-raw --data-urlencode -k --insecure -s "
     "--silent -S --show-error -o --output -O -u --user -b --cookie -A --user-agent -e "
     "--referer -L --location -I --head -i --include -v --verbose -x --proxy -m --max-time "
     "--connect-timeout -w --write-out -H --header -F --form -G --get --http1.1 --http2 "
     "--interface --local-port --resolve --compressed -4 -6 -f --fail -T --upload-file "
     "--json"},
};

TEST(Habits, EveryOptionOfThePeersIsUnderstood) {
  for (const auto& [tool, options] : options_of_tools) {
    std::istringstream words{std::string(options)};
    for (std::string word; words >> word;)
      for (const char* value : {"VALUE", url})
        EXPECT_THAT(refusal({word.c_str(), value, "-z", "no"}), Not(HasSubstr("no such option")))
            << tool;
  }
}

TEST(Habits, ThePageIsMadeFromTheTable) {
  std::ifstream file(TWS_SOURCE "/docs/habits.md");
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  EXPECT_EQ(page, habits_page()) << "build/dev/tests/print_habits >docs/habits.md";
}

TEST(Nearest, IsNearOrNothing) {
  const std::vector<std::string> names{"lab", "limits", "census", "--connections"};
  EXPECT_EQ(nearest("lba", names), "lab");
  EXPECT_EQ(nearest("limit", names), "limits");
  EXPECT_EQ(nearest("cencus", names), "census");
  EXPECT_EQ(nearest("--conections", names), "--connections");
  EXPECT_EQ(nearest("--connec", names), "--connections");
  for (const auto* none : {"web", "localhost", "myhost", "", "--verbose"})
    EXPECT_EQ(nearest(none, names), "") << none;
}

}  // namespace
}  // namespace tws
