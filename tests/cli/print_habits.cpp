// print_habits    prints what docs/habits.md has to be
#include "cli/habits.hpp"

#include <iostream>

int main() {
  std::cout << tws::habits_page();
}
