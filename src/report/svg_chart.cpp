#include "report/svg_chart.hpp"

#include "report/html_text.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

namespace tws {
namespace {

long across(const Axis& axis, double value) {
  return std::lround(axis.place(value) * drawing_width);
}

long down(const Axis& axis, double value) {
  return std::lround((1 - axis.place(value)) * drawing_height);
}

// Steps that follow each other without a gap.
std::string stairs(const std::vector<Step>& steps, const Axis& x, const Axis& y) {
  std::string path;
  long level = -1;
  for (const Step& step : steps) {
    const long next = down(y, step.value);
    if (next != level) path += fmt::format("V{}", next);
    path += fmt::format("H{}", across(x, step.to));
    level = next;
  }
  return path;
}

// Lines at the ticks; the lowest of y is the axis.
std::string grid(const Chart& chart) {
  std::string path;
  for (const AxisTick& tick : chart.y.ticks)
    if (down(chart.y, tick.at) != drawing_height)
      path += fmt::format("M0 {}H{}", down(chart.y, tick.at), drawing_width);
  for (const AxisTick& tick : chart.x.ticks)
    path +=
        fmt::format("M{0} {1}v-{2}", across(chart.x, tick.at), drawing_height, drawing_height / 40);
  return fmt::format(R"(<path class="grid" d="{}"/><path class="axis" d="M0 {}H{}"/>)", path,
                     drawing_height, drawing_width);
}

std::string marks(const Chart& chart) {
  std::string path;
  for (const Mark& mark : chart.levels)
    path += fmt::format("M0 {}H{}", down(chart.y, mark.at), drawing_width);
  for (const Mark& mark : chart.moments)
    path += fmt::format("M{} 0V{}", across(chart.x, mark.at), drawing_height);
  return path.empty() ? path : fmt::format(R"(<path class="mark" d="{}"/>)", path);
}

// The words at the edges, and beside the marks.
std::string words(const Chart& chart) {
  std::string html = fmt::format("<span class=\"unit\">{}</span>\n", escaped(chart.unit));
  for (const AxisTick& tick : chart.y.ticks)
    html += fmt::format("<span class=\"ty\" style=\"bottom:{:.2f}%\">{}</span>\n",
                        chart.y.place(tick.at) * 100, escaped(tick.words));
  for (const AxisTick& tick : chart.x.ticks)
    html += fmt::format("<span class=\"tx\" style=\"left:{:.2f}%\">{}</span>\n",
                        chart.x.place(tick.at) * 100, escaped(tick.words));
  for (const Mark& mark : chart.levels) {
    const double place = chart.y.place(mark.at);
    html += fmt::format("<span class=\"level{}\" style=\"bottom:{:.2f}%\">{}</span>\n",
                        place > 0.95 ? " below" : "", place * 100, escaped(mark.words));
  }
  int row = 0;
  for (const Mark& mark : chart.moments) {
    const double place = chart.x.place(mark.at);
    const bool is_right = place > 0.5;
    html += fmt::format("<span class=\"moment\" style=\"{}:{:.2f}%;top:{:.1f}em\">{}</span>\n",
                        is_right ? "right" : "left", (is_right ? 1 - place : place) * 100,
                        0.2 + 1.5 * row++, escaped(mark.words));
  }
  return html;
}

// What the script shows under the pointer, as JSON in an attribute. Numbers in words have no "|".
std::string tips(const Chart& chart) {
  if (chart.places.empty()) return {};
  boost::json::array places, names, values;
  std::vector<std::string_view> words;
  for (const auto& [at, word] : chart.places) {
    places.emplace_back(std::lround(chart.x.place(at) * 1000));
    words.emplace_back(word);
  }
  for (const Series& one : chart.series) {
    if (one.values.empty()) continue;
    names.emplace_back(one.name);
    values.emplace_back(fmt::format("{}", fmt::join(one.values, "|")));
  }
  const boost::json::object all{
      {"x", places}, {"w", fmt::format("{}", fmt::join(words, "|"))}, {"n", names}, {"v", values}};
  return fmt::format(" data-tips=\"{}\"", escaped(boost::json::serialize(all)));
}

std::string legend(const Chart& chart) {
  std::string items;
  for (const Series& one : chart.series)
    if (!one.path.empty())
      items += fmt::format(
          "<li><svg class=\"key\" viewBox=\"0 0 30 10\" aria-hidden=\"true\"><path class=\"{}\" "
          "d=\"M1 5H29\"/></svg>{}</li>\n",
          one.look, escaped(one.name));
  return fmt::format("<ul class=\"legend\">\n{}{}</ul>\n", items, chart.extra);
}

}  // namespace

std::string line_path(const std::vector<Step>& points, const Axis& x, const Axis& y) {
  std::string path;
  for (const Step& point : points)
    path +=
        fmt::format("{}{} {}", path.empty() ? "M" : "L", across(x, point.to), down(y, point.value));
  // A single point shows as a dot, by the round ends of the line.
  return points.size() == 1 ? path + "h1" : path;
}

std::string steps_path(const std::vector<Step>& steps, const Axis& x, const Axis& y) {
  if (steps.empty()) return {};
  return fmt::format("M{} {}{}", across(x, steps.front().from), down(y, steps.front().value),
                     stairs(steps, x, y));
}

std::string area_path(const std::vector<Step>& steps, const Axis& x, const Axis& y) {
  if (steps.empty()) return {};
  return fmt::format("M{} {}{}V{}z", across(x, steps.front().from), drawing_height,
                     stairs(steps, x, y), drawing_height);
}

std::string figure(const Chart& chart) {
  std::string curves;
  for (const Series& one : chart.series)
    if (!one.path.empty())
      curves += fmt::format("<path class=\"{}\" d=\"{}\"/>\n", one.look, one.path);
  return fmt::format(
      R"(<figure id="{id}">
<h2>{title}</h2>
{legend}<div class="plot"{tips}>
<svg viewBox="0 0 {width} {height}" preserveAspectRatio="none" role="img" aria-label="{alone}">
{grid}
{under}{curves}{marks}</svg>
{words}</div>
<figcaption>{caption}</figcaption>
</figure>
)",
      fmt::arg("id", chart.id), fmt::arg("title", escaped(chart.title)),
      fmt::arg("legend", legend(chart)), fmt::arg("tips", tips(chart)),
      fmt::arg("width", drawing_width), fmt::arg("height", drawing_height),
      fmt::arg("alone", escaped(chart.alone)), fmt::arg("grid", grid(chart)),
      fmt::arg("under", chart.under), fmt::arg("curves", curves), fmt::arg("marks", marks(chart)),
      fmt::arg("words", words(chart)), fmt::arg("caption", chart.caption));
}

std::string bar_svg(double share) {
  return fmt::format(
      R"(<svg class="bar" viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true"><path d="M0 0H{}V10H0z"/></svg>)",
      std::lround(std::clamp(share, 0.0, 1.0) * 1000));
}

}  // namespace tws
