// Requests that others have collected, sent through real sockets to both modes of the server, whole
// and split at every byte.
#include "vectors.hpp"

#include "client.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <thread>

namespace tws {
namespace {

namespace json = boost::json;

using testing::HasSubstr;

// A long vector is split at its first and last bytes only.
constexpr std::size_t longest_split = 300;
// With TLS not at every byte: it reaches the same parser, and a handshake takes longer than a
// vector.
const std::size_t stride = through_tls() ? 17 : 1;

bool contains(const json::value& list, const std::string& text) {
  return std::any_of(list.as_array().begin(), list.as_array().end(),
                     [&](const json::value& entry) { return entry.as_string() == text; });
}

// What came back, "100 Continue" apart, which depends on when the body comes.
struct Outcome {
  std::vector<int> statuses;
  bool closed = false;
  Response last;
  bool operator==(const Outcome& other) const {
    return statuses == other.statuses && closed == other.closed;
  }
};

void PrintTo(const Outcome& outcome, std::ostream* out) {
  *out << testing::PrintToString(outcome.statuses) << (outcome.closed ? " closed" : "");
}

// Reads `most` responses, or all until the end.
Outcome read_outcome(RawClient& client, std::size_t most, bool to_head) {
  Outcome outcome;
  while (outcome.statuses.size() < most) {
    const Response response = client.read_response(to_head);
    if (response.status == 0) break;
    if (response.status == 100) continue;
    outcome.statuses.push_back(response.status);
    outcome.last = response;
    outcome.closed = response.head.find("Connection: close\r\n") != std::string::npos;
    if (outcome.closed) break;
  }
  return outcome;
}

class Vectors : public testing::TestWithParam<ServerMode> {
 protected:
  // All at once, and the client's FIN behind it, so that nobody has to wait for a time-out: an
  // outcome without a response is a connection that would have been waited on.
  Outcome send_whole(const std::string& bytes) {
    RawClient client(server.address());
    client.send(bytes);
    client.send_fin();
    return read_outcome(client, SIZE_MAX, bytes.starts_with("HEAD"));
  }

  void send_split(const std::string& name, const std::string& bytes, const Outcome& whole) {
    for (std::size_t at = 1; at < bytes.size(); at += stride) {
      if (bytes.size() > longest_split && at > longest_split / 2 &&
          at < bytes.size() - longest_split / 2)
        continue;
      RawClient client(server.address());
      client.send(bytes.substr(0, at));
      std::this_thread::yield();
      client.send(bytes.substr(at));
      const Outcome outcome =
          read_outcome(client, whole.statuses.size(), bytes.starts_with("HEAD"));
      EXPECT_EQ(outcome, whole) << name << ", split at " << at;
      client.reset();  // no TIME_WAIT
    }
  }

  RunningServer server{in_mode(GetParam())};
};

INSTANTIATE_TEST_SUITE_P(Modes, Vectors, both_modes, mode_name);

// Where Http11Probe asks for something else than an RFC does: what we answer, and the RFC's words.
struct Exception {
  int status;
  const char* reason;
};

const std::map<std::string, Exception> exceptions{
    {"COMP-LEADING-CRLF",
     {200,
      "RFC 9112 2.2: SHOULD ignore at least one empty line (CRLF) received prior to the "
      "request-line"}},
    {"SMUG-CL-TRAILING-SPACE",
     {200,
      "RFC 9110 5.5: MUST exclude such whitespace from being evaluated as part of the field "
      "value"}},
    {"SMUG-CL-EXTRA-LEADING-SP", {200, "RFC 9110 5.5, as above"}},
    {"COMP-UPGRADE-INVALID-VER",
     {200, "RFC 9110 7.8: A server MAY ignore a received Upgrade header field"}},
    {"MAL-CL-TAB-BEFORE-VALUE", {200, "RFC 9110 5.5 as above, and 5.6.3: OWS = *( SP / HTAB )"}},
    {"MAL-POST-CL-HUGE-NO-BODY",
     {413,
      "RFC 9110 15.5.14: the request content is larger than the server is willing or able to "
      "process"}},
    {"MAL-LONG-METHOD",
     {501,
      "RFC 9112 3: receives a method longer than any that it implements SHOULD respond with a "
      "501"}},
};

// Unscored ones, which ask for 400. RFC 9112 7.1.2: a recipient that removes the chunked coding MAY
// discard trailer fields; RFC 9110 6.5.1 wants them kept apart from the header, not refused.
const std::vector<std::string> forbidden_trailers{"SMUG-TRAILER-CL", "SMUG-TRAILER-TE",
                                                  "SMUG-TRAILER-HOST", "SMUG-TRAILER-AUTH",
                                                  "SMUG-TRAILER-CONTENT-TYPE"};

// What the words of `expected` ask for, where there is no list of what passes.
void check_words(const std::string& id, const std::string& expected, const Outcome& outcome) {
  const Response& response = outcome.last;
  if (expected.starts_with("405")) {
    EXPECT_EQ(response.status, 405) << id;
  } else {
    EXPECT_THAT(response.status, testing::AllOf(testing::Ge(200), testing::Lt(300))) << id;
  }
  for (const std::string field : {"Allow", "Date", "Content-Type"}) {
    if (expected.find(field) != expected.npos) {
      EXPECT_THAT(response.head, HasSubstr("\r\n" + field + ": ")) << id;
    }
  }
  if (expected.find("echo") != expected.npos) {
    const std::string body = id == "COMP-CHUNKED-MULTI"           ? "hello world"
                             : id == "COMP-CHUNKED-HEX-UPPERCASE" ? "helloworld"
                                                                  : "hello";
    EXPECT_EQ(response.body, body) << id;
  }
}

void check_passes(const json::object& vector, const std::string& id, const Outcome& outcome) {
  const auto& pass = vector.at("pass");
  if (const auto exception = exceptions.find(id); exception != exceptions.end()) {
    EXPECT_EQ(outcome.last.status, exception->second.status)
        << id << ": " << exception->second.reason;
    EXPECT_FALSE(contains(pass, std::to_string(outcome.last.status))) << id << " is no exception";
    return;
  }
  if (pass.as_array().empty()) return check_words(id, text_of(vector.at("expected")), outcome);
  if (outcome.statuses.empty()) {
    EXPECT_TRUE(contains(pass, "no response (timeout)")) << id << ": no response";
    return;
  }
  const auto status = std::to_string(outcome.statuses.front());
  const auto with_end = status + (outcome.closed ? " +close" : " keep-alive");
  EXPECT_TRUE(contains(pass, status) || contains(pass, with_end)) << id << ": " << with_end;
}

TEST_P(Vectors, OfHttp11ProbeAllPass) {
  const auto vectors = read_vectors("http11probe_vectors.json");
  if (vectors.is_null()) GTEST_SKIP() << "there is no " TWS_VECTORS;
  int scored = 0;
  for (const auto& entry : vectors.as_array()) {
    const auto& vector = entry.as_object();
    const auto id = text_of(vector.at("id"));
    std::string bytes;
    if (vector.contains("steps")) {
      for (const auto& step : vector.at("steps").as_array())
        for (const auto& part : step.at("parts").as_array()) bytes += from_hex(part.at("hex"));
    } else {
      bytes = from_hex(vector.at("request_hex"));
    }
    const Outcome whole = send_whole(bytes);
    send_split(id, bytes, whole);
    if (std::count(forbidden_trailers.begin(), forbidden_trailers.end(), id) > 0) {
      EXPECT_EQ(whole.statuses, std::vector<int>{200}) << id;
    }
    if (!vector.at("scored").as_bool()) continue;
    ++scored;
    // Of several steps the first one has to be refused, and no other one answered.
    if (vector.contains("steps")) {
      EXPECT_EQ(whole.statuses, std::vector<int>{400}) << id;
    } else {
      check_passes(vector, id, whole);
    }
  }
  EXPECT_EQ(scored, 161);
}

// Cases that llhttp refuses and that have to be answered.
const std::map<std::string, const char*> not_refused{
    {"connection.md:83", "RFC 9112 9.6: what comes after a close is not processed; the request is"},
    {"connection.md:296", "the same"},
    {"connection.md:346", "the same"},
    {"invalid.md:183", "the same"},
};

TEST_P(Vectors, OfLlhttpThoseToBeRefusedAre) {
  const auto vectors = read_vectors("llhttp_request_vectors.json");
  if (vectors.is_null()) GTEST_SKIP() << "there is no " TWS_VECTORS;
  for (const auto& entry : vectors.as_array()) {
    const auto& vector = entry.as_object();
    const auto id = text_of(vector.at("id"));
    std::string bytes = from_hex(vector.at("hex"));
    // Most have no Host, and would be refused for that alone.
    const auto line_end = bytes.find_first_of("\r\n");
    if (bytes.find("Host:") == bytes.npos && line_end != bytes.npos &&
        bytes.substr(line_end).starts_with("\r\n"))
      bytes.insert(line_end + 2, "Host: example.com\r\n");
    const Outcome whole = send_whole(bytes);
    if (vector.at("reject").as_bool() && !not_refused.contains(id)) {
      EXPECT_TRUE(whole.statuses.empty() || whole.last.status >= 400) << id << ' ' << bytes;
      // Of a method that nobody knows the end is known all the same.
      EXPECT_TRUE(whole.closed || whole.statuses.empty() || whole.last.status == 501) << id;
    }
    send_split(id, bytes, whole);
  }
}

}  // namespace
}  // namespace tws
