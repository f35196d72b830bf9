#include "result.hpp"
#include "tws/cli/hammer_commands.hpp"
#include "tws/diagnose/diagnose.hpp"
#include "tws/model/simulation.hpp"
#include "tws/report/diagnosis_text.hpp"
#include "tws/report/simulation_text.hpp"
#include "tws/report/text.hpp"
#include "tws/support/units.hpp"

#include <fmt/format.h>

#include <string>
#include <unistd.h>

namespace tws {

int run_simulate_command(const HammerOptions& options) {
  const SimulateOptions& asked = *options.simulate;
  Simulation simulation = asked.simulation;
  Simulated words{std::string(simulation.system.covers), asked.command,
                  std::string(simulation.system.unchecked), asked.check};
  if (simulation.again_after)
    words.system += fmt::format(", in a second run {} after the first",
                                format_duration(to_seconds(*simulation.again_after)));
  if (asked.repeat > 1) {
    Repeats all;
    for (std::uint64_t i = 0; i < asked.repeat; ++i) {
      simulation.seed = asked.simulation.seed + i;
      const Run run = simulate(simulation);
      all.add(run, diagnose(run));
    }
    write_result(
        options, [&] { return all.text(words); }, [&] { return all.json(words); });
    return 0;
  }
  Run run = simulate(simulation);
  run.environment.version = TWS_VERSION;
  run.simulated = words;
  const Diagnosis diagnosis = diagnose(run);
  const auto style = style_of(STDOUT_FILENO, options.colour);
  write_result(
      options, [&] { return to_text(run, style) + diagnosis_text(diagnosis, style); },
      [&] { return to_json(run, diagnosis); });
  return 0;
}

}  // namespace tws
