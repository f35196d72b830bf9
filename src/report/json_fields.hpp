// JSON that follows from one description. fields_of<S> is a table of what stands in the object of
// a struct S; how it is written, how it is read and its JSON Schema follow from the table, so that
// another field is another line of it.
//
//   template <>
//   inline constexpr auto fields_of<InFlight> = table(  //
//       field("phase", "Where it was", &InFlight::phase),
//       derived("seconds", "Its age", [](const InFlight& one) { return to_seconds(one.age); }));
//
// Json<T> does the same for a value: write(), read(), which throws where the JSON is not what it
// should be, and schema().
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>

namespace tws {

namespace json = boost::json;

// A schema's $defs, by name.
using Defs = json::object;

template <typename T>
struct Json;

template <typename S>
inline constexpr std::nullptr_t fields_of = nullptr;
// What the schema of S has in $defs is called so; empty: it stands where it is used.
template <typename S>
inline constexpr std::string_view def_of = "";

template <typename S>
concept HasFields = !std::is_null_pointer_v<std::remove_cv_t<decltype(fields_of<S>)>>;

template <typename... Entries>
constexpr std::tuple<Entries...> table(Entries... entries) {
  return {entries...};
}
// Several tables, one after the other.
template <typename... Tables>
constexpr auto tables(const Tables&... tables) {
  return std::tuple_cat(tables...);
}

// The object of a schema, as entries describe themselves.
struct Described {
  json::object properties;
  json::array required;

  void add(std::string_view name, std::string_view words, json::object schema) {
    json::object property;
    if (!words.empty()) property["description"] = words;
    for (const auto& [key, value] : schema) property[key] = value;
    properties[name] = std::move(property);
  }
  void require(std::string_view name) { required.emplace_back(name); }
  json::object schema() && {
    return {{"type", "object"},
            {"properties", std::move(properties)},
            {"required", std::move(required)},
            {"additionalProperties", false}};
  }
};

template <typename S, typename... Entries>
void write_fields(const S& from, const std::tuple<Entries...>& entries, json::object& to) {
  std::apply([&](const auto&... entry) { (entry.write(from, to), ...); }, entries);
}
template <typename S, typename... Entries>
void read_fields(const json::object& from, const std::tuple<Entries...>& entries, S& to) {
  std::apply([&](const auto&... entry) { (entry.read(from, to), ...); }, entries);
}
template <typename S, typename... Entries>
void describe_fields(const std::tuple<Entries...>& entries, Described& to, Defs& defs) {
  std::apply([&](const auto&... entry) { (entry.template describe<S>(to, defs), ...); }, entries);
}

// Where it went wrong: "plan: closeBy: ..."
template <typename Read>
void naming(std::string_view name, Read read) {
  try {
    read();
  } catch (const std::exception& error) {
    throw std::runtime_error(fmt::format("{}: {}", name, error.what()));
  }
}

enum class Presence { always, removable };

// A member, which is written and read.
template <typename Codec, typename Access>
struct Field {
  std::string_view name, words;
  Access access;
  Presence presence;

  template <typename S>
  using CodecFor =
      std::conditional_t<std::is_void_v<Codec>,
                         Json<std::remove_cvref_t<std::invoke_result_t<Access, S&>>>, Codec>;

  template <typename S>
  void write(const S& from, json::object& to) const {
    to[name] = CodecFor<S>::write(std::invoke(access, from));
  }
  template <typename S>
  void read(const json::object& from, S& to) const {
    const json::value* value = from.if_contains(name);
    if (!value && presence == Presence::removable) return;
    naming(name, [&] {
      if (!value) throw std::out_of_range("missing");
      CodecFor<S>::read(*value, std::invoke(access, to));
    });
  }
  template <typename S>
  void describe(Described& to, Defs& defs) const {
    to.add(name, words, CodecFor<S>::schema(defs));
    if (presence == Presence::always) to.require(name);
  }
};
// `access`: a member's address. Codec, where Json<T> of the member is not meant, is in its place.
template <typename Codec = void, typename Access>
constexpr Field<Codec, Access> field(std::string_view name, std::string_view words, Access access) {
  return {name, words, access, Presence::always};
}
// Somebody may have taken it out of the file: then it is as it is by default.
template <typename Codec = void, typename Access>
constexpr Field<Codec, Access> removable(std::string_view name, std::string_view words,
                                         Access access) {
  return {name, words, access, Presence::removable};
}

// What others are made of, for who reads the file: it is written only. A function of the struct.
template <typename Codec, typename Function>
struct Derived {
  std::string_view name, words;
  Function function;

  template <typename S>
  using CodecFor =
      std::conditional_t<std::is_void_v<Codec>,
                         Json<std::remove_cvref_t<std::invoke_result_t<const Function&, const S&>>>,
                         Codec>;

  template <typename S>
  void write(const S& from, json::object& to) const {
    to[name] = CodecFor<S>::write(std::invoke(function, from));
  }
  template <typename S>
  void read(const json::object&, S&) const {}
  template <typename S>
  void describe(Described& to, Defs& defs) const {
    to.add(name, words, CodecFor<S>::schema(defs));
    to.require(name);
  }
};
template <typename Codec = void, typename Function>
constexpr Derived<Codec, Function> derived(std::string_view name, std::string_view words,
                                           Function function) {
  return {name, words, function};
}

// The same, of a function that has an optional: without a value the key is not there.
template <typename Codec, typename Function>
struct Sometimes {
  std::string_view name, words;
  Function function;

  template <typename S>
  void write(const S& from, json::object& to) const {
    if (const auto value = function(from)) to[name] = Codec::write(*value);
  }
  template <typename S>
  void read(const json::object&, S&) const {}
  template <typename S>
  void describe(Described& to, Defs& defs) const {
    to.add(name, words, Codec::schema(defs));
  }
};
template <typename Codec, typename Function>
constexpr Sometimes<Codec, Function> sometimes(std::string_view name, std::string_view words,
                                               Function function) {
  return {name, words, function};
}

// Or null.
inline json::object nullable(json::object schema) {
  if (auto* values = schema.if_contains("enum")) {
    values->as_array().emplace_back(nullptr);
  } else if (auto* type = schema.if_contains("type"); type && type->is_string()) {
    *type = json::array{*type, "null"};
  } else {
    return {{"anyOf", json::array{std::move(schema), json::object{{"type", "null"}}}}};
  }
  return schema;
}

// Members of the same struct in an object of their own, which is null where the struct does not
// have them.
template <typename Has, typename... Entries>
struct Group {
  std::string_view name, words;
  Has has;
  std::tuple<Entries...> entries;
  static constexpr bool is_always_there = std::is_null_pointer_v<Has>;

  template <typename S>
  void write(const S& from, json::object& to) const {
    json::value& value = to[name];
    if constexpr (!is_always_there)
      if (!has(from)) return;
    write_fields(from, entries, value.emplace_object());
  }
  template <typename S>
  void read(const json::object& from, S& to) const {
    naming(name, [&] {
      const json::value& value = from.at(name);
      if (is_always_there || !value.is_null()) read_fields(value.as_object(), entries, to);
    });
  }
  template <typename S>
  void describe(Described& to, Defs& defs) const {
    Described own;
    describe_fields<S>(entries, own, defs);
    auto schema = std::move(own).schema();
    to.add(name, words, is_always_there ? schema : nullable(std::move(schema)));
    to.require(name);
  }
};
template <typename... Entries>
constexpr Group<std::nullptr_t, Entries...> group(std::string_view name, std::string_view words,
                                                  Entries... entries) {
  return {name, words, nullptr, {entries...}};
}
template <typename... Entries>
constexpr Group<std::nullptr_t, Entries...> group(std::string_view name, std::string_view words,
                                                  const std::tuple<Entries...>& entries) {
  return {name, words, nullptr, entries};
}
template <typename Has, typename... Entries>
constexpr Group<Has, Entries...> group_if(Has has, std::string_view name, std::string_view words,
                                          const std::tuple<Entries...>& entries) {
  return {name, words, has, entries};
}

// Entries of a member that stand beside those of the struct.
template <typename Access, typename... Entries>
struct Part {
  Access access;
  std::tuple<Entries...> entries;

  template <typename S>
  void write(const S& from, json::object& to) const {
    write_fields(std::invoke(access, from), entries, to);
  }
  template <typename S>
  void read(const json::object& from, S& to) const {
    read_fields(from, entries, std::invoke(access, to));
  }
  template <typename S>
  void describe(Described& to, Defs& defs) const {
    describe_fields<std::remove_cvref_t<std::invoke_result_t<Access, S&>>>(entries, to, defs);
  }
};
template <typename Access, typename... Entries>
constexpr Part<Access, Entries...> part(Access access, Entries... entries) {
  return {access, {entries...}};
}
// All that the member's own table has.
template <typename Access, typename... Entries>
constexpr Part<Access, Entries...> part(Access access, const std::tuple<Entries...>& entries) {
  return {access, entries};
}

// A reference to what `schema` makes, once, among the schema's $defs.
template <typename Schema>
json::object defined(std::string_view name, Defs& defs, Schema schema) {
  if (!defs.contains(name)) {
    auto made = schema();
    defs[name] = std::move(made);
  }
  return {{"$ref", fmt::format("#/$defs/{}", name)}};
}

template <HasFields S>
struct Json<S> {
  static json::object write(const S& from) {
    json::object to;
    write_fields(from, fields_of<S>, to);
    return to;
  }
  static void read(const json::value& from, S& to) {
    read_fields(from.as_object(), fields_of<S>, to);
  }
  static json::object schema(Defs& defs) {
    const auto make = [&] {
      Described described;
      describe_fields<S>(fields_of<S>, described, defs);
      return std::move(described).schema();
    };
    return def_of<S>.empty() ? make() : defined(def_of<S>, defs, make);
  }
};

}  // namespace tws
