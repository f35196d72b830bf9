// What of a histogram stands in JSON: all of it, its percentiles, its bins. See json_fields.hpp.
#pragma once

#include "report/json_types.hpp"
#include "report/summary.hpp"
#include "tws/measure/hdr.hpp"
#include "tws/measure/histogram.hpp"

namespace tws {

struct SavedHistogram {
  std::uint64_t count = 0;
  std::uint64_t min = 0, max = 0, sum = 0, overflow = 0;
  std::string hdr;

  SavedHistogram() = default;
  explicit SavedHistogram(const Histogram& histogram) {
    const auto saved = histogram.save();
    count = histogram.count();
    min = saved.min, max = saved.max, sum = saved.sum, overflow = saved.overflow;
    hdr = to_hdr(histogram);
  }

  Histogram histogram(int bits) const {
    auto buckets = from_hdr(hdr, bits);
    if (!buckets) throw std::invalid_argument("hdr");
    std::uint64_t all = 0;
    for (const auto& [value, number] : *buckets) {
      if (number > most_counted - all) throw std::out_of_range("hdr");
      all += number;
    }
    if (all != count || min > max || overflow > count) throw std::out_of_range("hdr");
    return Histogram::load({min, max, sum, overflow, std::move(*buckets)}, bits);
  }
};

template <>
inline constexpr std::string_view def_of<SavedHistogram> = "recorded";
template <>
inline constexpr auto fields_of<SavedHistogram> =
    table(field("count", "", &SavedHistogram::count),
          field<AnyCount>("min", "Nanoseconds; 0 where nothing was recorded, and so is max",
                          &SavedHistogram::min),
          field<AnyCount>("max", "", &SavedHistogram::max),
          field<AnyCount>("sum", "Of all values", &SavedHistogram::sum),
          field("overflow", "Longer than an hour; they are in the last bucket",
                &SavedHistogram::overflow),
          field("hdr",
                "HdrHistogram V2, compressed, in base64: nanoseconds from 1 to an hour, three "
                "significant digits, two in a sample of the timeline",
                &SavedHistogram::hdr));

template <>
struct Json<Histogram> {
  static json::value write(const Histogram& histogram) {
    return Json<SavedHistogram>::write(SavedHistogram(histogram));
  }
  static void read(const json::value& from, Histogram& to) {
    SavedHistogram saved;
    Json<SavedHistogram>::read(from, saved);
    to = saved.histogram(Histogram::three_digits);
  }
  static json::object schema(Defs& defs) { return Json<SavedHistogram>::schema(defs); }
};

// Of two digits; null where nothing was recorded.
struct TwoDigits {
  static json::value write(const Histogram& histogram) {
    if (histogram.empty()) return nullptr;
    return Json<SavedHistogram>::write(SavedHistogram(histogram));
  }
  static void read(const json::value& from, Histogram& to) {
    to = Histogram(Histogram::two_digits);
    if (from.is_null()) return;
    SavedHistogram saved;
    Json<SavedHistogram>::read(from, saved);
    to = saved.histogram(Histogram::two_digits);
  }
  static json::object schema(Defs& defs) { return nullable(Json<SavedHistogram>::schema(defs)); }
};

// null where nothing was recorded.
template <>
struct Json<PackedHistogram> {
  static json::value write(const PackedHistogram& packed) {
    if (packed.empty()) return nullptr;
    return Json<SavedHistogram>::write(SavedHistogram(packed.unpack()));
  }
  static void read(const json::value& from, PackedHistogram& to) {
    SavedHistogram saved;
    if (from.is_null()) {
      to = {};
    } else {
      Json<SavedHistogram>::read(from, saved);
      to = PackedHistogram(saved.histogram(Histogram::two_digits));
    }
  }
  static json::object schema(Defs& defs) { return nullable(Json<SavedHistogram>::schema(defs)); }
};

inline constexpr auto percentile_keys = [] {
  std::array<std::string_view, percentiles.size()> keys;
  for (std::size_t i = 0; i < keys.size(); ++i) keys[i] = percentiles[i].key;
  return keys;
}();

// What follows is written only.

// Numbers by percentile.
using NumberAt = std::array<std::optional<double>, percentiles.size()>;
template <>
struct Json<NumberAt> : Keyed<percentile_keys, Json<std::optional<double>>> {
  static json::object schema(Defs& defs) {
    return defined("percentiles", defs, [&] { return Keyed::schema(defs); });
  }
};

template <>
struct Json<Quantiles> {
  static json::value write(const Quantiles& quantiles) {
    NumberAt seconds;
    for (std::size_t i = 0; i < seconds.size(); ++i)
      if (quantiles[i]) seconds[i] = quantiles[i]->seconds;
    return Json<NumberAt>::write(seconds);
  }
  static json::object schema(Defs& defs) { return Json<NumberAt>::schema(defs); }
};

struct LowerBounds {
  static json::value write(const Quantiles& quantiles) {
    std::array<bool, percentiles.size()> marks{};
    for (std::size_t i = 0; i < marks.size(); ++i)
      marks[i] = quantiles[i] && quantiles[i]->lower_bound;
    return Keyed<percentile_keys, Json<bool>>::write(marks);
  }
  static json::object schema(Defs& defs) {
    return defined("marks", defs, [&] { return Keyed<percentile_keys, Json<bool>>::schema(defs); });
  }
};

template <>
struct Json<std::vector<Bin>> {
  static json::value write(const std::vector<Bin>& bins) {
    json::object object;
    for (const Bin& bin : bins) object[fmt::format("{:.9g}", bin.up_to)] = bin.count;
    return object;
  }
  static json::object schema(Defs& defs) {
    return defined("histogram", defs, [&] {
      return json::object{
          {"description",
           "Values by bin; the key is the longest time of the bin, which begins over the one "
           "before. "
           "The bins' edges are in geometric progression and the counts add up to all values"},
          {"type", "object"},
          {"propertyNames", {{"pattern", "^[0-9]+(\\.[0-9]+)?(e[-+][0-9]+)?$"}}},
          {"additionalProperties", Json<std::uint64_t>::schema(defs)}};
    });
  }
};

// Of times that were recorded, in seconds.
struct Spread {
  std::optional<double> average, fastest, slowest;
};
template <>
inline constexpr std::string_view def_of<Spread> = "spread";
template <>
inline constexpr auto fields_of<Spread> = table(field("average", "", &Spread::average),  //
                                                field("fastest", "", &Spread::fastest),
                                                field("slowest", "", &Spread::slowest));
inline Spread spread(const Histogram& times) {
  return {times.mean(), times.min(), times.max()};
}

}  // namespace tws
