#include "server_limits.hpp"

#include "values.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <string_view>

namespace tws {

namespace {

constexpr std::string_view group = "Limits (0: none, where it says so)";
constexpr std::uint64_t one_mebibyte = 1024 * 1024;
constexpr std::uint64_t one_tebibyte = one_mebibyte * one_mebibyte;
constexpr std::uint64_t most = 1'000'000'000;

std::uint64_t size_between(std::string_view option, std::string_view value, std::uint64_t lowest,
                           std::uint64_t highest, std::string_view highest_text) {
  const auto size = parse_size(value);
  if (!size || *size < lowest || *size > highest)
    refuse(option, value,
           fmt::format("a size from {} to {}, such as 512 or 16k", lowest, highest_text));
  return *size;
}

}  // namespace

void add_limits(CLI::App& app, LimitWords& words) {
  const auto add = [&app](const char* name, std::string& word, const char* type, std::string help) {
    app.add_option(name, word, help + " [" + word + "]")
        ->type_name(type)
        ->group(std::string(group));
  };
  add("--max-target", words.target, "SIZE", "Bytes of a request's target, else 414");
  add("--max-head", words.head, "SIZE", "Bytes of a request's head, else 431");
  add("--max-fields", words.fields, "N", "Header fields, else 431");
  add("--max-body", words.body, "SIZE", "Bytes of a request's body, else 413");
  add("--max-chunk-overhead", words.chunk_overhead, "SIZE",
      "Bytes of a body's chunk extensions and trailers, else 400");
  add("--max-requests", words.requests, "N", "Requests on one connection; 0: no limit");
  add("--max-connections", words.connections, "N",
      "At a time; who comes then waits to be accepted; 0: no limit");
  add("--head-timeout", words.head_time, "DURATION",
      "From the first byte of a head to its last, else 408; 0: none");
  add("--body-timeout", words.body_time, "DURATION", "For a request's body, else 408; 0: none");
  add("--idle-timeout", words.idle_time, "DURATION",
      "Before the first byte of a request, else closed; 0: none");
  add("--write-timeout", words.write_time, "DURATION",
      "To take the next 64 KiB of a response, else cut off; 0: none");
}

ServerLimits to_limits(const LimitWords& words, unsigned threads) {
  ServerLimits limits;
  limits.head.target = size_between("--max-target", words.target, 1, one_mebibyte, "1M");
  limits.head.head = size_between("--max-head", words.head, 64, one_mebibyte, "1M");
  limits.head.fields = number_between("--max-fields", words.fields, 1, most);
  limits.body = size_between("--max-body", words.body, 0, one_tebibyte, "1T");
  limits.chunk_overhead =
      size_between("--max-chunk-overhead", words.chunk_overhead, 64, one_mebibyte, "1M");
  limits.requests = number_between("--max-requests", words.requests, 0, most);
  limits.connections = number_between("--max-connections", words.connections, 0, most);
  if (limits.connections != 0 && limits.connections < threads)
    throw UsageError(fmt::format("--max-connections: '{}' is fewer than the {} threads",
                                 words.connections, threads));
  limits.head_time = duration("--head-timeout", words.head_time);
  limits.body_time = duration("--body-timeout", words.body_time);
  limits.idle_time = duration("--idle-timeout", words.idle_time);
  limits.write_time = duration("--write-timeout", words.write_time);
  return limits;
}

}  // namespace tws
