// Runs as they could have been, made by hand.
#pragma once

#include "tws/diagnose/diagnose.hpp"
#include "tws/measure/run.hpp"
#include "tws/report/json.hpp"

#include <string_view>
#include <vector>

namespace tws::examples {

Run keep_alive();        // a healthy run: 50 connections, kept, some 468,000 requests in 10 s
Run article();           // 16,384 successes, then 50 connections stuck in connect for 7 s
Run ports_exhausted();   // every client port in TIME_WAIT after a second, then EADDRNOTAVAIL
Run all_failed();        // nothing listens
Run nothing();           // a run of no length at all: zero requests
Run interrupted();       // SIGINT after 3.2 s, on a name with two addresses
Run refused();           // a server that answers 503 half of the time
Run several_urls();      // the same with a list of two URLs, one of which it refuses
Run rate_missed();       // 1,000 per second asked for, half of them sent
Run rate_kept();         // and all
Run proxy();             // keep_alive(), behind a full link, with an upstream
Run server_elsewhere();  // article()'s, asked how it sees itself until it stopped answering
Run staged();            // simulated: a rate that grows, then stays, then is too high; a warm-up
Run simulated();         // the same on macOS 12, with 1,024 ports and no kernel

struct Named {
  std::string_view name;
  Run run;
};
std::vector<Named> all();

inline boost::json::value json_of(const Run& run) {
  return to_json(run, diagnose(run));
}

}  // namespace tws::examples
