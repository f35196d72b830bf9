// How single values stand in JSON; see json_fields.hpp.
#pragma once

#include "report/json_fields.hpp"
#include "support/base64.hpp"
#include "support/units.hpp"

#include <boost/json/value_to.hpp>

#include <array>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

namespace tws {

// What was counted is far below where sums of it overflow.
inline constexpr std::uint64_t most_counted = 1'000'000'000'000'000;

template <>
struct Json<bool> {
  static json::value write(bool value) { return value; }
  static void read(const json::value& from, bool& to) { to = from.as_bool(); }
  static json::object schema(Defs&) { return {{"type", "boolean"}}; }
};

template <typename T>
requires std::is_integral_v<T>
struct Json<T> {
  static json::value write(T value) { return value; }
  static void read(const json::value& from, T& to) {
    to = from.to_number<T>();
    if constexpr (sizeof(T) == 8 && std::is_unsigned_v<T>)
      if (to > most_counted) throw std::out_of_range("too much");
  }
  static json::object schema(Defs&) {
    json::object schema{{"type", "integer"}};
    if (std::is_unsigned_v<T>) schema["minimum"] = 0;
    return schema;
  }
};

// What a system allows, or somebody asked for: any number.
struct AnyCount : Json<std::uint64_t> {
  static void read(const json::value& from, std::uint64_t& to) {
    to = from.to_number<std::uint64_t>();
  }
};

// Never below 0; null where it is no number that JSON has.
template <>
struct Json<double> {
  static json::value write(double value) {
    return std::isfinite(value) ? json::value(value) : json::value(nullptr);
  }
  static void read(const json::value& from, double& to) {
    to = from.to_number<double>();
    if (!(std::abs(to) <= countable)) throw std::out_of_range("too much");
  }
  static json::object schema(Defs&) { return {{"type", "number"}, {"minimum", 0}}; }
};

template <>
struct Json<std::string> {
  static json::value write(const std::string& value) { return json::value(value); }
  static void read(const json::value& from, std::string& to) { to = std::string(from.as_string()); }
  static json::object schema(Defs&) { return {{"type", "string"}}; }
};

// A string of any bytes: where they are no UTF-8, and so no JSON, an object with their base64.
struct Bytes {
  static json::value write(const std::string& value) {
    if (is_utf8(value)) return json::value(value);
    return {{"base64", to_base64(value)}};
  }
  static void read(const json::value& from, std::string& to) {
    if (from.is_string()) return Json<std::string>::read(from, to);
    const auto bytes = from_base64(from.as_object().at("base64").as_string());
    if (!bytes) throw std::invalid_argument("base64");
    to = *bytes;
  }
  static json::object schema(Defs& defs) {
    return defined("bytes", defs, [] {
      return json::object{{"description", "Text, or what is no UTF-8 in base64"},
                          {"type", json::array{"string", "object"}},
                          {"properties", {{"base64", {{"type", "string"}}}}},
                          {"required", json::array{"base64"}},
                          {"additionalProperties", false}};
    });
  }
};

// Seconds; to the nanosecond where they are fewer than 50 days.
template <>
struct Json<std::chrono::nanoseconds> {
  static json::value write(std::chrono::nanoseconds time) { return to_seconds(time); }
  static void read(const json::value& from, std::chrono::nanoseconds& to) {
    constexpr double longest = 4e9;  // more than --duration takes
    const double seconds = from.to_number<double>();
    if (!(std::abs(seconds) <= longest)) throw std::out_of_range("too long");
    to = std::chrono::nanoseconds(std::llround(static_cast<long double>(seconds) * 1e9L));
  }
  static json::object schema(Defs& defs) { return Json<double>::schema(defs); }
};

// Nanoseconds, for sums that may be longer.
struct Nanoseconds {
  static json::value write(std::chrono::nanoseconds time) { return time.count(); }
  static void read(const json::value& from, std::chrono::nanoseconds& to) {
    constexpr std::int64_t longest = 4'000'000'000'000'000'000;
    const auto count = from.to_number<std::int64_t>();
    if (count < 0 || count > longest) throw std::out_of_range("too long");
    to = std::chrono::nanoseconds(count);
  }
  static json::object schema(Defs& defs) { return Json<std::uint64_t>::schema(defs); }
};

template <typename T, typename Codec>
struct OrNull {
  static json::value write(const std::optional<T>& value) {
    return value ? json::value(Codec::write(*value)) : json::value(nullptr);
  }
  static void read(const json::value& from, std::optional<T>& to) {
    if (from.is_null())
      to.reset();
    else
      Codec::read(from, to.emplace());
  }
  static json::object schema(Defs& defs) { return nullable(Codec::schema(defs)); }
};
template <typename T>
struct Json<std::optional<T>> : OrNull<T, Json<T>> {};
template <>
struct Json<std::optional<std::uint64_t>> : OrNull<std::uint64_t, AnyCount> {};

// What is unknown where it is empty, or 0.
template <typename T, typename Codec = Json<T>>
struct EmptyIsNull {
  static json::value write(const T& value) {
    return value == T{} ? json::value(nullptr) : json::value(Codec::write(value));
  }
  static void read(const json::value& from, T& to) {
    if (from.is_null())
      to = T{};
    else
      Codec::read(from, to);
  }
  static json::object schema(Defs& defs) { return nullable(Codec::schema(defs)); }
};

template <typename T>
struct Json<std::vector<T>> {
  static json::value write(const std::vector<T>& all) {
    json::array array;
    for (const T& one : all) array.emplace_back(Json<T>::write(one));
    return array;
  }
  static void read(const json::value& from, std::vector<T>& to) {
    to.clear();
    for (const json::value& one : from.as_array()) Json<T>::read(one, to.emplace_back());
  }
  static json::object schema(Defs& defs) {
    return {{"type", "array"}, {"items", Json<T>::schema(defs)}};
  }
};

// A kernel's counters.
template <>
struct Json<std::map<std::string, std::int64_t>> {
  using Map = std::map<std::string, std::int64_t>;
  static json::value write(const Map& all) {
    json::object object;
    for (const auto& [name, count] : all) object[name] = count;
    return object;
  }
  static void read(const json::value& from, Map& to) { to = json::value_to<Map>(from); }
  static json::object schema(Defs&) {
    return {{"type", "object"}, {"additionalProperties", {{"type", "integer"}}}};
  }
};

// One of `values`, by its name().
template <typename T, T... values>
struct Named {
  static json::value write(T value) { return json::value(name(value)); }
  static void read(const json::value& from, T& to) {
    const std::string_view text = from.as_string();
    if (!((text == name(values) && (to = values, true)) || ...))
      throw std::out_of_range(std::string(text));
  }
  static json::object schema(Defs&) { return {{"enum", json::array{name(values)...}}}; }
};

// An array as an object with these keys.
template <const auto& keys, typename Codec>
struct Keyed {
  template <typename T>
  static json::value write(const T& values) {
    json::object object;
    for (std::size_t i = 0; i < keys.size(); ++i) object[keys[i]] = Codec::write(values[i]);
    return object;
  }
  template <typename T>
  static void read(const json::value& from, T& to) {
    for (std::size_t i = 0; i < keys.size(); ++i) Codec::read(from.as_object().at(keys[i]), to[i]);
  }
  static json::object schema(Defs& defs) {
    Described described;
    for (const std::string_view key : keys) {
      described.add(key, {}, Codec::schema(defs));
      described.require(key);
    }
    return std::move(described).schema();
  }
};

}  // namespace tws
