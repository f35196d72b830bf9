// print_examples --schema     prints what docs/hammer.schema.json has to be
// print_examples DIR          writes each example run as JSON, for the schemas to be tried on
// print_examples NAME WIDTH   prints one as text, to be looked at; with colours where it may
#include "report/census_text.hpp"
#include "report/example_runs.hpp"
#include "report/terminal.hpp"
#include "tws/report/json.hpp"
#include "tws/report/text.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>

int main(int argc, char** argv) {
  if (argc == 3) {
    tws::TextStyle style = tws::style_of(1, tws::ColourOption::automatic);
    style.width = std::atoi(argv[2]);
    for (const auto& [name, run] : tws::examples::all())
      if (name == argv[1]) std::cout << tws::to_text(run, style);
    return 0;
  }
  if (argc != 2) return 2;
  if (argv[1] == std::string_view("--schema")) {
    std::cout << tws::pretty(tws::run_schema()) << '\n';
    return 0;
  }
  const std::filesystem::path directory = argv[1];
  std::filesystem::create_directories(directory);
  for (const auto& [name, run] : tws::examples::all()) {
    std::ofstream file(directory / (std::string(name) + ".json"));
    file << tws::pretty(tws::examples::json_of(run)) << '\n';
    if (!file.flush()) return 1;
  }
  return 0;
}
