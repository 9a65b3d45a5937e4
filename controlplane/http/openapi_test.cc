#include "controlplane/http/openapi.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <set>

namespace viaduct::http {
namespace {

using api::Json;

// Every reference in `json` that leads nowhere in `document`.
void find_broken(const Json& json, const Json& document, std::vector<std::string>& broken) {
  if (json.is_object() && json.contains("$ref")) {
    const std::string target = json["$ref"];
    if (!document.contains(Json::json_pointer{target.substr(1)})) broken.push_back(target);
  }
  if (!json.is_structured()) return;
  for (const Json& each : json) find_broken(each, document, broken);
}

TEST(OpenApi, IsWhatIsCheckedIn) {
  std::ifstream file{VIADUCT_SOURCE "/api/openapi.json"};
  const std::string checked_in{std::istreambuf_iterator<char>{file}, {}};

  EXPECT_EQ(checked_in, openapi_text()) << "run: viaductd --openapi > api/openapi.json";
}

TEST(OpenApi, RefersOnlyToWhatItHas) {
  std::vector<std::string> broken;
  const Json document = openapi();
  find_broken(document, document, broken);

  EXPECT_TRUE(broken.empty()) << broken.front();
}

TEST(OpenApi, NamesEveryOperationOnce) {
  std::set<std::string> names;
  const Json document = openapi();
  for (const Json& path : document["paths"]) {
    for (const Json& operation : path) {
      if (!operation.is_object()) continue;
      EXPECT_TRUE(names.insert(operation.value("operationId", "")).second) << operation;
    }
  }
}

}  // namespace
}  // namespace viaduct::http
