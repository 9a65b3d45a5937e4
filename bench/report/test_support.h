#pragma once

#include <string>

#include "api/json.h"
#include "bench/report/load.h"

// Results for tests, as the bench would write them.
namespace viaduct::bench::report::test {

using api::Json;

inline Json figure(double median, double p10, double p90) {
  return {{"median", median}, {"p10", p10}, {"p90", p90}, {"quotable", true}};
}

inline Json result_of(const std::string& kind) {
  return {{"bench", kind},
          {"at", "2024-05-04T12:00:00Z"},
          {"commit", "0123456789ab"},
          {"host", {{"cpu", "Abacus 5"}, {"cores", 2}}},
          {"parameters", Json::object()},
          {"noise",
           {{"verdict", "quiet"},
            {"reference_spread", 0.01},
            {"stolen_seconds", 0.0},
            {"involuntary_switches", 3}}}};
}

inline Json path_result(std::uint64_t sessions, double median, double p10, double p90) {
  Json result = result_of("path");
  result["parameters"] = {{"case", "nat"}, {"frame", "64"}, {"sessions", sessions},
                          {"rules", 0},    {"workers", 1},  {"protocol", "udp"}};
  result["cycles_per_packet"] = figure(median, p10, p90);
  result["mpps_per_worker"] = 2600 / median;
  result["stages"] = Json::array({{{"name", "parse"}, {"cycles_per_packet", 20.0}},
                                  {{"name", "session"}, {"cycles_per_packet", 15.0}}});
  result["windows"] = {p10, median, p90};
  return result;
}
inline Json quiet_path(std::uint64_t sessions = 1000) {
  return path_result(sessions, 40, 39, 41);
}
inline Json noisy_path(std::uint64_t sessions = 1000) {
  return path_result(sessions, 43.21, 39, 51);
}

inline Json sessions_result() {
  Json result = result_of("sessions");
  result["new_sessions"] = Json::array({{{"protocol", "tcp"},
                                         {"live", 1000000},
                                         {"cycles_per_session", figure(1300, 1290, 1310)},
                                         {"cycles_of_conversation", figure(400, 395, 405)},
                                         {"cycles_of_end", figure(100, 80, 130)},
                                         {"per_second", 2000000},
                                         {"opened_and_closed_per_second", 1400000}}});
  result["exact_count"] = {{"opened", 1000}, {"live", 1000}};
  result["expiry"] = {
      {"sessions", 1000}, {"left", 0}, {"cycles_per_look", 9.5}, {"cycles_per_session", 150.0}};
  result["exhaustion"] = {{"endpoints", 123},
                          {"opened", 100},
                          {"refused", 23},
                          {"cycles_per_refusal", figure(600, 590, 610)}};
  result["bytes_per_session"] = 160;
  return result;
}

inline Json reconfigure_result() {
  const Json time = {{"median", 4000}, {"p10", 3000}, {"p90", 9000}};
  Json result = result_of("reconfigure");
  result["phases_us"] = {{"validate", time}, {"swap", time}};
  result["effective_us"] = time;
  result["lost"] = 0;
  result["lost_to_machine"] = 1234;
  result["changes"] = Json::array(
      {{{"name", "add one forward"},
        {"times", 1000},
        {"total_us", time},
        {"follow_us", {{"median", 2.51}, {"p10", 1.25}, {"p90", 36}}},
        {"cycles_per_packet_thereafter", {{"median", 93.4}, {"p10", 85.2}, {"p90", 120.7}}},
        {"lost", 0},
        {"times_with_loss", 0},
        {"lost_more_than_rehearsed", {{"mean", -7.4}, {"low", -100.2}, {"high", 85.4}}},
        {"lost_more_since_followed", {{"mean", 0.4}, {"low", -1.2}, {"high", 2.3}}},
        {"lost_to_machine", 1234},
        {"lost_since_followed", {{"packets", 12}, {"times", 1}}},
        {"rehearsed",
         {{"lost", 5678},
          {"times_with_loss", 3},
          {"lost_to_machine", 0},
          {"lost_since_followed", {{"packets", 34}, {"times", 2}}},
          {"cycles_per_packet_thereafter", {{"median", 86.5}, {"p10", 76.5}, {"p90", 123.5}}}}}}});
  return result;
}

inline Json search_result() {
  Json result = result_of("search");
  result["trials"] = Json::array({{{"rate_mpps", 20.0}, {"lost", 0}, {"sent", 1000000}},
                                  {{"rate_mpps", 30.0}, {"lost", 5}, {"sent", 1000000}}});
  result["ndr_mpps"] = 24.5;
  result["pdr_mpps"] = 25.5;
  result["ndr_quotable"] = result["pdr_quotable"] = true;
  result["limit"] = "device";
  result["throughput_mpps"] = figure(25, 24.8, 25.2);
  result["latency_us"] = Json::array(
      {{{"at", "10 %"}, {"p50", 4}, {"p90", 5}, {"p99", 9}, {"p999", 20}, {"max", 311}}});
  return result;
}

inline Json peers_result() {
  Json result = result_of("peers");
  result["peers"] = Json::array({{{"name", "nftables"},
                                  {"case", "nat"},
                                  {"mpps", 0.9},
                                  {"cycles_per_packet", nullptr},
                                  {"ratio_to_viaduct", 0.038},
                                  {"note", ""}},
                                 {{"name", "vpp"},
                                  {"case", "nat"},
                                  {"mpps", nullptr},
                                  {"cycles_per_packet", nullptr},
                                  {"ratio_to_viaduct", nullptr},
                                  {"note", "none was given"}}});
  return result;
}

// What is loaded from these results; files are named by their numbers, from 0 on.
inline Result<Loaded> loaded_from(const std::vector<Json>& results) {
  Loaded loaded;
  for (std::size_t i = 0; i < results.size(); ++i) {
    TRY(add_result(loaded, std::to_string(i) + ".json", results[i].dump()));
  }
  return loaded;
}

}  // namespace viaduct::bench::report::test
