#include "cli/server_limits.hpp"

#include "report/command_line.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <string_view>

namespace tws {

namespace {

constexpr std::uint64_t one_mebibyte = 1024 * 1024;
constexpr std::uint64_t one_tebibyte = one_mebibyte * one_mebibyte;
constexpr std::uint64_t most = 1'000'000'000;

// In the format of size options: "8k", "1M", "100".
std::string typed_size(std::uint64_t bytes) {
  if (bytes != 0 && bytes % one_mebibyte == 0) return fmt::format("{}M", bytes / one_mebibyte);
  if (bytes != 0 && bytes % 1024 == 0) return fmt::format("{}k", bytes / 1024);
  return fmt::format("{}", bytes);
}

// These functions leave `limit` unchanged if the option was not given.
template <typename Number>
void set_size(Number& limit, std::string_view option, const Word& word, std::uint64_t lowest,
              std::uint64_t highest, std::string_view highest_text) {
  if (!word) return;
  const auto size = parse_size(*word);
  if (!size || *size < lowest || *size > highest)
    refuse(option, *word,
           fmt::format("a size from {} to {}, such as 512 or 16k", lowest, highest_text));
  limit = static_cast<Number>(*size);
}

template <typename Number>
void set_number(Number& limit, std::string_view option, const Word& word, std::uint64_t lowest) {
  if (word) limit = static_cast<Number>(number_between(option, *word, lowest, most));
}

void set_time(std::chrono::nanoseconds& limit, std::string_view option, const Word& word) {
  if (word) limit = duration(option, *word);
}

}  // namespace

void add_limits(CLI::App& app, LimitWords& words) {
  const auto add = [&app](const char* name, Word& word, const char* type, std::string_view help,
                          const std::string& value) {
    app.add_option(name, word, fmt::format("{} [{}]", help, value))
        ->type_name(type)
        ->group("Limits");
  };
  const ServerLimits limits;
  add("--max-target", words.target, "SIZE", "Longest target of a request; longer: status 414",
      typed_size(limits.head.target));
  add("--max-head", words.head, "SIZE", "Largest head of a request; larger: status 431",
      typed_size(limits.head.head));
  add("--max-fields", words.fields, "N", "Most header fields; more: status 431",
      fmt::format("{}", limits.head.fields));
  add("--max-body", words.body, "SIZE", "Largest body of a request; larger: status 413",
      typed_size(limits.body));
  add("--max-chunk-overhead", words.chunk_overhead, "SIZE",
      "Most bytes of chunk extensions and trailers in a body; more: status 400",
      typed_size(limits.chunk_overhead));
  add("--max-requests", words.requests, "N", "Most requests on one connection; 0: no limit",
      fmt::format("{}", limits.requests));
  add("--max-connections", words.connections, "N",
      "Most connections at a time, of all clients together; further ones wait to be accepted; 0: "
      "no limit",
      fmt::format("{}", limits.connections));
  add("--head-timeout", words.head_time, "DURATION",
      "Time for a head, from its first byte to its last; longer: status 408; 0: no limit",
      typed(limits.head_time));
  add("--body-timeout", words.body_time, "DURATION",
      "Time for a body; longer: status 408; 0: no limit", typed(limits.body_time));
  add("--idle-timeout", words.idle_time, "DURATION",
      "Wait for the first byte of a request; longer: the connection is closed; 0: no limit",
      typed(limits.idle_time));
  add("--write-timeout", words.write_time, "DURATION",
      "Time for the client to receive the next 64 KiB of a response; longer: the connection is "
      "reset; 0: no limit",
      typed(limits.write_time));
}

ServerLimits to_limits(const LimitWords& words, unsigned threads) {
  ServerLimits limits;
  set_size(limits.head.target, "--max-target", words.target, 1, one_mebibyte, "1M");
  set_size(limits.head.head, "--max-head", words.head, 64, one_mebibyte, "1M");
  set_number(limits.head.fields, "--max-fields", words.fields, 1);
  set_size(limits.body, "--max-body", words.body, 0, one_tebibyte, "1T");
  set_size(limits.chunk_overhead, "--max-chunk-overhead", words.chunk_overhead, 64, one_mebibyte,
           "1M");
  set_number(limits.requests, "--max-requests", words.requests, 0);
  set_number(limits.connections, "--max-connections", words.connections, 0);
  if (limits.connections != 0 && limits.connections < threads)
    refuse("--max-connections", fmt::format("'{}' is less than one for each of the {} threads",
                                            limits.connections, threads));
  set_time(limits.head_time, "--head-timeout", words.head_time);
  set_time(limits.body_time, "--body-timeout", words.body_time);
  set_time(limits.idle_time, "--idle-timeout", words.idle_time);
  set_time(limits.write_time, "--write-timeout", words.write_time);
  return limits;
}

}  // namespace tws
