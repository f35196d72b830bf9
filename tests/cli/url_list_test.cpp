#include "cli/url_list.hpp"

#include "tws/support/errors.hpp"

#include <gmock/gmock.h>

namespace tws {
namespace {

using testing::ElementsAre;

Body read_body(const std::string& path) {
  if (path == "missing") throw UsageError("@BODYFILE: 'missing' can't be read: no such file");
  return path == "odd" ? Body("{{odd}}") : Body("of " + path);
}

std::vector<Line> lines(std::string_view text, const Word& method = {}, bool has_body = false) {
  auto all = parse_url_list(text, "list", read_body);
  complete(all, method, has_body);
  return all;
}

std::string refusal(std::string_view text) {
  try {
    lines(text);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(UrlList, ALineHasWeightMethodUrlAndBody) {
  EXPECT_THAT(lines("# all of it\n"
                    "http://a/\n"
                    "\n"
                    "  3 http://a/b \t # more of these\r\n"
                    "PUT http://a/c @a file.json\n"
                    "10 POST a:80/#x @x\n"
                    "DELETE localhost"),
              ElementsAre(Line{1, "GET", "http://a/", {}}, Line{3, "GET", "http://a/b", {}},
                          Line{1, "PUT", "http://a/c", "of a file.json"},
                          Line{10, "POST", "a:80/#x", "of x"}, Line{1, "DELETE", "localhost", {}}));
}

TEST(UrlList, APlaceholderIsOneWord) {
  EXPECT_THAT(lines("2 GET http://a/{{rand 1 100}}/{{ seq }} @x"),
              ElementsAre(Line{2, "GET", "http://a/{{rand 1 100}}/{{ seq }}", "of x"}));
}

TEST(UrlList, WhatALineLacksIsThePlans) {
  const auto text = "http://a/1\nGET http://a/2\nPATCH http://a/3\nhttp://a/4 @x\n";
  EXPECT_THAT(
      lines(text, {}, true),
      ElementsAre(Line{1, "POST", "http://a/1", {}, true}, Line{1, "GET", "http://a/2", {}},
                  Line{1, "PATCH", "http://a/3", {}, true}, Line{1, "POST", "http://a/4", "of x"}));
  EXPECT_THAT(
      lines(text, "PUT"),
      ElementsAre(Line{1, "PUT", "http://a/1", {}}, Line{1, "GET", "http://a/2", {}},
                  Line{1, "PATCH", "http://a/3", {}}, Line{1, "PUT", "http://a/4", "of x"}));
}

TEST(UrlList, ANumberAloneIsNoWeight) {
  EXPECT_THAT(lines("127"), ElementsAre(Line{1, "GET", "127", {}}));
}

TEST(UrlList, ABadLineIsNamed) {
  const std::string form =
      " (a line is [weight] [METHOD] URL [@BODYFILE], such as: 3 POST http://127.0.0.1/items "
      "@item.json)";
  EXPECT_EQ(refusal("http://a/\n\nftp://a/"),
            "--urls: list:3: URL 'ftp://a/': only http and https are supported (takes "
            "http[s]://HOST[:PORT][/PATH], for example http://127.0.0.1:3779/)");
  EXPECT_EQ(refusal("0 http://a/"), "--urls: list:1: '0' is not a weight from 1 to 1000000" + form);
  EXPECT_EQ(refusal("1000001 http://a/"),
            "--urls: list:1: '1000001' is not a weight from 1 to 1000000" + form);
  EXPECT_EQ(refusal("http://a/ http://b/"),
            "--urls: list:1: 'http://b/' is one word too many" + form);
  EXPECT_EQ(refusal("CONNECT a:1"), "--urls: list:1: hammer can't send 'CONNECT'" + form);
  EXPECT_EQ(refusal("POST @x"), "--urls: list:1: '@x' stands where a URL is due" + form);
  EXPECT_EQ(refusal("@x"), "--urls: list:1: '@x' stands where a URL is due" + form);
  EXPECT_EQ(refusal("http://a/ @"), "--urls: list:1: '@' is no file" + form);
  EXPECT_EQ(refusal("http://a/ @missing"),
            "--urls: list:1: @BODYFILE: 'missing' can't be read: no such file");
  EXPECT_THAT(refusal("http://a/ @odd"),
              testing::HasSubstr("--urls: list:1: odd: '{{odd}}' is no"));
  EXPECT_THAT(
      refusal("http://a/{{x}}"),
      testing::HasSubstr("--urls: list:1: URL 'http://a/{{x}}': '{{x}}' is no placeholder"));
  EXPECT_EQ(refusal("# nothing\n\n"), "--urls: 'list' has no URL");
}

}  // namespace
}  // namespace tws
