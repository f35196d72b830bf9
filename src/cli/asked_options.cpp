#include "cli/asked_options.hpp"

#include "cli/files.hpp"
#include "cli/url_list.hpp"
#include "http/grammar.hpp"
#include "load/pattern.hpp"
#include "load/target.hpp"
#include "support/lines.hpp"
#include "tws/support/errors.hpp"

#include <boost/beast/core/string.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace tws {
namespace {

constexpr std::uint64_t most_body = std::uint64_t{1} << 30;
constexpr std::string_view the_line = "{{line}}";

Body read_whole(std::string_view option, const std::string& path) {
  std::string content;
  const int error = read_file(path == "-" ? "/dev/stdin" : path, content, most_body);
  if (error == EFBIG)
    refuse(option,
           fmt::format("'{}' has more than 1 GiB, the largest body that hammer sends", path));
  if (error != 0)
    throw UsageError(fmt::format("{}: '{}' can't be read: {}", option, path, errno_text(error)));
  return content;
}

std::pair<std::string, std::string> parse_header(const std::string& text) {
  const auto colon = text.find(':');
  const auto name = text.substr(0, colon);
  auto value = colon == std::string::npos ? "" : text.substr(colon + 1);
  if (colon == std::string::npos || !is_token(name) ||
      std::any_of(value.begin(), value.end(), is_bad_in_value))
    refuse("--header", text, "a header, such as 'Accept: text/html'");
  // Together with hammer's own Content-Length either would make the length ambiguous (RFC 9112
  // 6.2).
  if (boost::beast::iequals(name, "Content-Length") ||
      boost::beast::iequals(name, "Transfer-Encoding"))
    refuse("--header", fmt::format("hammer sets Content-Length itself; remove '{}'", text));
  value.erase(0, std::min(value.find_first_not_of(" \t"), value.size()));
  load::parse_pattern("--header", value);
  return {name, value};
}

// A header, or the headers of @FILE, a line each.
void add_headers(const std::string& text, Plan& plan) {
  if (!text.starts_with('@')) return plan.headers.push_back(parse_header(text));
  const auto path = text.substr(1);
  const auto content = read_whole("--header", path);
  std::size_t number = 0;
  for (const auto line : lines_of(content.bytes())) {
    ++number;
    if (without_whitespace(line).empty()) continue;
    try {
      plan.headers.push_back(parse_header(std::string(line)));
    } catch (const UsageError& error) {
      throw UsageError(fmt::format("{}:{}: {}", path, number, error.what()));
    }
  }
}

void check_method(const std::string& method) {
  if (!is_token(method)) refuse("--method", method, "a method, such as GET or POST");
  if (method == "CONNECT") refuse("--method", "hammer can't send 'CONNECT'");
}

// stdin is read once.
void check_stdin(const AskedWords& words) {
  std::string_view first;
  const auto check = [&](std::string_view option, bool reads_stdin) {
    if (!reads_stdin) return;
    if (!first.empty()) refuse(option, fmt::format("'-' is stdin, which {} reads", first));
    first = option;
  };
  check("--urls", words.urls_file == "-");
  check("--body-file", words.body_file == "-");
  check("--body-lines", words.body_lines_file == "-");
  for (const auto& header : words.headers) check("--header", header == "@-");
}

void set_list(Plan& plan, const std::string& path) {
  plan.urls_file = path;
  plan.lines =
      parse_url_list(read_whole("--urls", path).bytes(), path == "-" ? "stdin" : path,
                     [](const std::string& body) { return read_whole("@BODYFILE", body); });
  plan.urls.clear();
  std::vector<Url> authorities;
  for (const Line& line : plan.lines) {
    const auto url = load::parse_asked_url(line.url);
    if (std::ranges::any_of(authorities,
                            [&](const Url& one) { return load::is_same_authority(one, url); }))
      continue;
    plan.urls.push_back(line.url);
    authorities.push_back(url);
  }
}

bool has_line(std::string_view text) {
  return load::may_have_placeholders(text) && load::parse_pattern("", text).has_line();
}

bool has_line_in_url(std::string_view url) {
  return load::may_have_placeholders(url) && load::parse_asked_url(url).pattern.has_line();
}

// Whether {{line}} stands somewhere. All texts were checked.
bool places_line(const Plan& plan) {
  return has_line(plan.body.bytes()) ||
         std::ranges::any_of(plan.headers, [](const auto& one) { return has_line(one.second); }) ||
         std::ranges::any_of(plan.urls, [](const auto& url) { return has_line_in_url(url); }) ||
         std::ranges::any_of(plan.lines, [](const Line& line) {
           return has_line_in_url(line.url) || has_line(line.body.bytes());
         });
}

// A header can't have every byte.
void check_lines_for_headers(const Plan& plan) {
  if (std::ranges::none_of(plan.headers, [](const auto& one) { return has_line(one.second); }))
    return;
  std::size_t number = 1;
  for (const char c : plan.body_lines.bytes()) {
    if (is_bad_in_value(c) && c != '\n' && c != '\r')
      refuse("--body-lines",
             fmt::format("{}:{}: a header can't have the control character 0x{:02x}",
                         plan.body_lines_file, number, static_cast<unsigned char>(c)));
    number += c == '\n' ? 1 : 0;
  }
}

void set_body(Plan& plan, const AskedWords& words) {
  if (words.body) plan.body = *words.body;
  if (words.body_file) plan.body = read_whole("--body-file", *words.body_file);
  if (load::may_have_placeholders(plan.body.bytes()))
    load::parse_pattern(words.body ? "--body" : "--body-file", plan.body.bytes());
  if (!words.body_lines_file) return;
  plan.body_lines_file = *words.body_lines_file;
  plan.body_lines = read_whole("--body-lines", plan.body_lines_file);
  if (plan.body_lines.empty())
    refuse("--body-lines", fmt::format("'{}' is empty", plan.body_lines_file));
}

}  // namespace

void add_asked_options(CLI::App& app, AskedWords& words) {
  const Plan plan;
  app.add_option("--urls", words.urls_file,
                 "Ask for the URLs of this file in turn, a line each: [weight] [METHOD] URL "
                 "[@BODYFILE]. What follows a # is a comment; - is stdin")
      ->type_name("FILE");
  app.add_option("-m,--method", words.method,
                 fmt::format("Method [{}; POST with a body]", plan.method))
      ->type_name("NAME");
  app.add_option("-H,--header", words.headers,
                 "A header, such as 'Accept: text/html', or the lines of a file; may be repeated")
      ->type_name("'NAME: VALUE'|@FILE")
      ->allow_extra_args(false)
      ->take_all();
  auto* body = app.add_option("-d,--body", words.body, "Body of each request")->type_name("TEXT");
  app.add_option("-D,--body-file", words.body_file,
                 "Body of each request, from a file or a pipe, 1 GiB at most; - is stdin")
      ->type_name("FILE")
      ->excludes(body);
  app.add_option("--body-lines", words.body_lines_file,
                 "The lines of this file are bodies, one for each request, in turn; or what "
                 "{{line}} stands for. - is stdin")
      ->type_name("FILE");
  app.add_option("--seed", words.seed,
                 fmt::format("Another number gives other random numbers, of --jitter, too [{}]\n"
                             "In URLs, headers and bodies {{{{seq}}}}, {{{{rand A B}}}}, "
                             "{{{{uuid}}}} and {{{{line}}}} differ from request to request",
                             plan.seed))
      ->type_name("N");
}

void set_asked(Plan& plan, const AskedWords& words, const std::vector<std::string>& urls) {
  check_stdin(words);
  if (words.method) check_method(*words.method);
  if (words.seed) plan.seed = number_between("--seed", *words.seed, 0, UINT64_MAX);
  for (const auto& header : words.headers) add_headers(header, plan);
  set_body(plan, words);
  bool has_body = words.body || words.body_file;
  if (words.urls_file && !urls.empty())
    refuse("--urls",
           fmt::format("'{}' is the list of URLs; leave out {}", *words.urls_file, urls.front()));
  if (words.urls_file) set_list(plan, *words.urls_file);
  if (!words.body_lines_file && places_line(plan))
    throw UsageError("{{line}}: is a line of --body-lines FILE, which is missing");
  // A line that is placed nowhere is the body.
  if (words.body_lines_file && !has_body && !places_line(plan)) {
    plan.body = std::string(the_line);
    has_body = true;
  }
  complete(plan.lines, words.method, has_body);
  check_lines_for_headers(plan);
  plan.method = words.method.value_or(has_body ? "POST" : "GET");
}

}  // namespace tws
