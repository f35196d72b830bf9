#include "tws/report/json.hpp"

#include "report/census_fields.hpp"
#include "report/diagnosis_fields.hpp"
#include "report/outcome_fields.hpp"
#include "report/run_fields.hpp"
#include "report/search_fields.hpp"

namespace tws {

json::value to_json(const Run& run, const Diagnosis& diagnosis) {
  json::object root{{"schema", run_schema_name}};
  write_fields(run, fields_of<Run>, root);
  write_fields(diagnosis, fields_of<Diagnosis>, root);
  root["outcomes"] = Json<std::vector<Outcome>>::write(judge(run, diagnosis));
  return root;
}

Run run_of(const json::value& from) {
  Run run;
  read_fields(from.as_object(), fields_of<Run>, run);
  return run;
}

json::value run_schema() {
  Defs defs;
  Described root;
  root.add("schema", {}, {{"const", run_schema_name}});
  root.require("schema");
  describe_fields<Run>(fields_of<Run>, root, defs);
  describe_fields<Diagnosis>(fields_of<Diagnosis>, root, defs);
  root.add("outcomes", "What came of plan.thresholds, in their order",
           Json<std::vector<Outcome>>::schema(defs));
  root.require("outcomes");
  Json<CensusReport>::schema(defs);  // what `hammer census` writes
  Json<SearchReport>::schema(defs);  // and `hammer search`
  json::object schema{
      {"$schema", "https://json-schema.org/draft/2020-12/schema"},
      {"title", run_schema_name},
      {"description",
       "What `hammer --json FILE` writes. All times are in seconds and all sizes in bytes unless "
       "the "
       "name says otherwise. What is unknown, or has no value in this run, is null. The keys that "
       "`oha --output-format json` has mean the same here, but a success is a response with a "
       "status "
       "of plan.ok, and percentiles count what was still in flight."}};
  for (const auto& [key, value] : std::move(root).schema()) schema[key] = value;
  schema["$defs"] = std::move(defs);
  return schema;
}

}  // namespace tws
