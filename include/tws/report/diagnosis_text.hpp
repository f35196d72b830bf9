// What limited the run, for people: the end of the report, where the eye stays.
#pragma once

#include "tws/diagnose/diagnose.hpp"
#include "tws/report/style.hpp"

#include <string>

namespace tws {

std::string diagnosis_text(const Diagnosis& diagnosis, const TextStyle& style);

}  // namespace tws
