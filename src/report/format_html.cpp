// A page about a run for browsers: one file that loads nothing, of at most 200 KB. It is XML as
// well, so that every parser finds what is not closed.
#include "report/formats.hpp"
#include "report/html_charts.hpp"
#include "report/html_parts.hpp"
#include "report/html_text.hpp"
#include "report/text_parts.hpp"

#include <fmt/format.h>

namespace tws {

// Of the first run; the others are what it is compared with.
std::string as_html(const Reports& reports) {
  const Reported& one = reports.front();
  const Run& run = one.run;
  const auto columns = time_columns(run, chart_columns);
  std::string page;
  page += title_part(one) + numbers_part(one) + verdict_part(one) + others_part(reports);
  page += as_text_part("stages", stages_text(run));
  page += rate_figure(run, columns);
  page += heat_map_figure(run, columns);
  page += percentile_figure(reports) + percentiles_part(run);
  page += errors_figure(run, columns) + outcomes_of_requests_part(run);
  page += sockets_figure(run, columns);
  page += ports_figure(run, columns);
  page += time_part(run);
  page += targets_part(run) + as_text_part("urls", urls_text(run));
  page += repeat_part(one);
  // The policy forbids every request, also one that markup in a name could ask for.
  return fmt::format(R"(<!DOCTYPE html>
<html lang="en" xmlns="http://www.w3.org/1999/xhtml">
<head>
<meta charset="utf-8"/>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<meta name="color-scheme" content="light dark"/>
<link rel="icon" href="data:,"/>
<title>hammer: {}</title>
<style>{}</style>
</head>
<body>
{}<script>{}</script>
</body>
</html>
)",
                     escaped(one.name, 100), page_style(), page, page_script());
}

}  // namespace tws
