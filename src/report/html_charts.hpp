// The charts of a run's page, each a <figure> or, where there is nothing to draw, a sentence.
#pragma once

#include "report/formats.hpp"
#include "report/time_columns.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tws {

// As many columns as a phone still shows apart.
inline constexpr std::size_t chart_columns = 120;

using Columns = std::vector<TimeColumn>;

std::string rate_figure(const Run& run, const Columns& columns);
std::string heat_map_figure(const Run& run, const Columns& columns);
// Of the first run, and of up to four others to compare it with.
std::string percentile_figure(const Reports& reports);
std::string errors_figure(const Run& run, const Columns& columns);
std::string sockets_figure(const Run& run, const Columns& columns);
std::string ports_figure(const Run& run, const Columns& columns);

// In place of a figure.
std::string no_figure(std::string_view id, std::string_view title, std::string_view why);
// "from 1 s to 1.1 s", for the place of each column.
std::vector<std::pair<double, std::string>> places_of(const Columns& columns);
// "Each step is 100 ms."
std::string width_words(const Columns& columns, std::string_view what);
// The end of the time axis.
double end_of(const Run& run, const Columns& columns);

}  // namespace tws
