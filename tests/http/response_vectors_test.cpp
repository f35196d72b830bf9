// The responses that llhttp, the parser of Node.js, is tested with, read where they lie.
#include "http/response.hpp"
#include "vectors.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <ostream>
#include <string>
#include <vector>

namespace tws {
namespace {

enum class End { read, cut_off, refused };

struct Outcome {
  End end = End::read;
  std::uint64_t body_bytes = 0;
};

std::ostream& operator<<(std::ostream& out, const Outcome& outcome) {
  const char* const ends[] = {"read", "cut off", "refused"};
  return out << ends[static_cast<int>(outcome.end)] << ", bodies of " << outcome.body_bytes;
}

// Reads responses, one after the other, from what comes in these parts and then ends. Behind one
// that says that it is the last it stops, as hammer does.
Outcome read_all(const std::vector<std::string>& parts, bool to_head, bool strict) {
  LastResponse last;
  ResponseReader reader(last, strict);
  reader.start(to_head);
  bool begun = false;
  Outcome outcome;
  std::string buffer;
  auto error = ResponseFault::none;
  constexpr auto none = ResponseFault::none;
  for (const auto& part : parts) {
    buffer += part;
    while (!buffer.empty() && error == none) {
      begun = true;
      buffer.erase(0, reader.feed(buffer.data(), buffer.size(), error));
      if (!reader.done()) break;
      outcome.body_bytes += reader.body_bytes();
      if (!reader.keep_alive()) return outcome;
      reader.start(to_head);
      begun = false;
    }
  }
  if (error != none) {
    outcome.end = End::refused;
  } else if (begun) {
    if (reader.feed_end() != none) outcome.end = End::cut_off;
  }
  outcome.body_bytes += reader.body_bytes();
  return outcome;
}

Outcome read_in_parts(const std::string& bytes, std::size_t size, bool to_head, bool strict) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at < bytes.size(); at += size) parts.push_back(bytes.substr(at, size));
  return read_all(parts, to_head, strict);
}

// Where hammer does something else than the vector says.
struct Exception {
  bool refused;
  std::uint64_t body_bytes;
  const char* why;
};
const auto after_close =
    "RFC 9112 6.3: what comes behind the last response may be discarded; hammer counts it as extra";
const auto unasked = "RFC 9110 7.8: only whoever asked for another protocol may be sent a 101";
const auto lenient = "RFC 9112: llhttp reads it only when it is told to be lenient";
const auto coded_chunks =
    "RFC 9112 6.3 has it end with the connection; nobody sends it, and Beast takes no "
    "coding behind chunked on a line of its own";
const auto other_protocol = "RFC 9112 2.3: only HTTP is asked for";
const auto by_lines = "the vector lists the body's lines without their ends, or stops at a quote";
const std::map<std::string, Exception> exceptions{
    {"connection.md:166", {false, 0, after_close}},
    {"connection.md:229", {false, 5, after_close}},
    {"connection.md:295", {true, 0, unasked}},
    {"connection.md:333", {true, 0, unasked}},
    {"content-length.md:12", {false, 317, by_lines}},
    {"sample.md:120", {false, 213, by_lines}},
    {"sample.md:198", {false, 1, by_lines}},
    {"transfer-encoding.md:114", {false, 12, by_lines}},
    {"invalid.md:153", {true, 0, lenient}},            // a CR alone
    {"invalid.md:306", {true, 0, lenient}},            // LF alone
    {"invalid.md:350", {true, 0, lenient}},            // LF alone
    {"sample.md:353", {true, 0, lenient}},             // LF alone
    {"lenient-version.md:6", {true, 0, lenient}},      // HTTP/5.6
    {"transfer-encoding.md:391", {true, 0, lenient}},  // "chunked abc"
    {"sample.md:42", {true, 0, other_protocol}},
    {"sample.md:62", {true, 0, other_protocol}},
    {"sample.md:647", {true, 0, "RFC 1945 3.1: a response of HTTP/0.9 has no status line"}},
    {"sample.md:293", {true, 0, "RFC 9112 4: a space follows the status code in any case"}},
    {"transfer-encoding.md:45", {true, 0, coded_chunks}},
    {"transfer-encoding.md:76", {true, 0, coded_chunks}},
};

// What --strict-http refuses and llhttp does not.
const auto empty_lines = "RFC 9112 2.2: empty lines belong around requests at most";
const std::map<std::string, Exception> strict_exceptions{
    {"connection.md:494", {true, 0, empty_lines}},
    {"connection.md:588", {true, 0, empty_lines}},
    {"pipelining.md:6", {true, 3, empty_lines}},
    {"sample.md:697", {true, 0, empty_lines}},
};

// What is forgiven by default.
const auto forgiven = "RFC 9112 2.2, 4: a load generator reads it, and counts that";
const std::map<std::string, Exception> lenient_exceptions{
    {"invalid.md:289", {false, 0, forgiven}},           // LF alone
    {"invalid.md:306", {false, 0, forgiven}},           // LF alone
    {"invalid.md:329", {false, 6, forgiven}},           // LF alone
    {"invalid.md:350", {false, 6, forgiven}},           // LF alone
    {"sample.md:332", {false, 51, forgiven}},           // LF alone
    {"sample.md:353", {false, 51, forgiven}},           // LF alone
    {"sample.md:293", {false, 0, forgiven}},            // no space behind the status
    {"transfer-encoding.md:6", {false, 65, forgiven}},  // blanks behind the chunk size
};

void check_all(bool strict) {
  const auto all = read_vectors("llhttp_response_vectors.json");
  if (all.is_null()) GTEST_SKIP() << "there is no " TWS_VECTORS;
  for (const auto& value : all.as_array()) {
    const auto& vector = value.as_object();
    const auto id = text_of(vector.at("id"));
    const auto bytes = from_hex(vector.at("hex"));
    Exception wanted{vector.at("reject").as_bool(), 0, ""};
    for (const auto& body : vector.at("bodies").as_array())
      wanted.body_bytes += body.as_string().size();
    if (const auto other = exceptions.find(id); other != exceptions.end()) wanted = other->second;
    const auto& others = strict ? strict_exceptions : lenient_exceptions;
    if (const auto other = others.find(id); other != others.end()) wanted = other->second;
    const bool to_head = id == "content-length.md:125";  // it is about bodies that do not come

    const auto whole = read_all({bytes}, to_head, strict);
    EXPECT_EQ(whole.end == End::refused, wanted.refused) << id << ": " << whole << wanted.why;
    EXPECT_EQ(whole.body_bytes, wanted.body_bytes) << id << wanted.why;
    if (vector.at("noScan").as_bool()) continue;
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      const auto split = at == 0
                             ? read_in_parts(bytes, 1, to_head, strict)
                             : read_all({bytes.substr(0, at), bytes.substr(at)}, to_head, strict);
      EXPECT_EQ(split.body_bytes, whole.body_bytes) << id << ", split at " << at;
      // Beast looks at a head that comes in parts once its end is here. Without one it is cut off.
      const bool no_worse =
          split.end == whole.end || (split.end == End::cut_off && whole.end == End::refused);
      EXPECT_TRUE(no_worse) << id << ", split at " << at << ": " << split;
    }
  }
}

// Replies of servers from curl's tests. What curl does not say, or says otherwise.
const auto cut =
    "RFC 9112 8: it ends before its Content-Length; curl was told not to mind, or sent HEAD";
const auto two_framings =
    "RFC 9112 6.3: Content-Length and Transfer-Encoding leave the framing open";
const auto line_feeds = "RFC 9112 2.2, 7.1: LF alone in the framing of chunks leaves it open";
const auto asked = "curl has asked for another protocol; hammer never does";
const auto whole = "it is a whole response; what curl refuses is not its framing";
const std::map<std::string, const char*> not_as_curl{
    {"test269", cut},
    {"test514", cut},
    {"test3035", cut},
    {"test3223", cut},
    {"test1598", "RFC 9112 8: it ends before its head does"},
    {"test319", two_framings},
    {"test1122", two_framings},
    {"test1494", two_framings},
    {"test1124", line_feeds},
    {"test1171", line_feeds},
    {"test2301", asked},
    {"test2700", asked},
    {"test2708", asked},
    {"test2710", asked},
    {"test2712", asked},
    {"test2720", asked},
    {"test471", whole},
    {"test772", whole},
    {"test1479", whole},
};

TEST(ResponseVectors, AsCurlReadsThem) {
  const auto all = read_vectors("curl_replies.json");
  if (all.is_null()) GTEST_SKIP() << "there is no " TWS_VECTORS;
  constexpr std::array says{0, 1, 8, 18, 52, 56, 100};  // other exit codes come from curl's options
  int judged = 0;
  for (const auto& value : all.as_array()) {
    const auto& reply = value.as_object();
    const auto id = text_of(reply.at("id"));
    const auto exit = reply.at("curl_exit").to_number<int>();
    if (std::ranges::find(says, exit) == says.end()) continue;
    LastResponse last;
    ResponseReader reader(last);
    reader.start(reply.at("head").as_bool());
    const auto bytes = from_hex(reply.at("reply_hex"));
    auto fault = ResponseFault::none;
    reader.feed(bytes.data(), bytes.size(), fault);
    if (!reader.done() && fault == ResponseFault::none) fault = reader.feed_end();
    const bool differs = (fault == ResponseFault::none) != (exit == 0);
    EXPECT_EQ(differs, not_as_curl.contains(id)) << id << ", curl " << exit << ": " << words(fault);
    ++judged;
  }
  EXPECT_EQ(judged, 293);  // docs/reliability.md has these figures
}

TEST(ResponseVectors, WholeAndSplitAtEveryByte) {
  check_all(true);
}

TEST(ResponseVectors, WhatIsForgivenIsReadToo) {
  check_all(false);
}

}  // namespace
}  // namespace tws
