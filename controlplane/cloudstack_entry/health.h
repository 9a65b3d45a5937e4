#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "api/json.h"
#include "controlplane/cloudstack_entry/site.h"

// The health checks that CloudStack knows by name: what it gave us as reference data is held
// against what the appliance says of itself (VR_PROTOCOL.md 13.2).
namespace viaduct::cloudstack_entry {

enum class Outcome : unsigned char { success, failed, warning, unknown };

struct Check {
  std::string name;
  Outcome outcome = Outcome::success;
  std::string message;
};

// What the server asked to be watched, and what to compare it with.
class HealthReference {
 public:
  // One thing that there should be, such as sourceIp=203.0.113.11,destIp=10.1.1.11.
  using Record = std::map<std::string, std::string, std::less<>>;

  // `message` is the monitorservice that the server sent last, an empty object if it sent none.
  explicit HealthReference(api::Json message);

  // "K=V,K=V;K=V;" below `name`; what is no such text has no records.
  [[nodiscard]] std::vector<Record> records(std::string_view name) const;
  // Whether checks of this group, "basic" or "advanced", are made at their times.
  [[nodiscard]] bool is_scheduled(std::string_view group) const;
  [[nodiscard]] bool is_excluded(std::string_view check) const;
  // "haproxy" of "[loadbalancing]:processname=haproxy:servicename=haproxy:..."
  [[nodiscard]] std::vector<std::string> services() const;

 private:
  [[nodiscard]] std::string text(std::string_view name) const;
  api::Json message_;
};

struct CheckUp {
  std::vector<Check> basic;
  std::vector<Check> advanced;
};

// Looks at everything now. Checks that the server excluded are left out.
[[nodiscard]] CheckUp check_up(Site& site, const HealthReference& reference);

// A check that succeeds if `holds`, and fails otherwise.
[[nodiscard]] Check judge(std::string name, bool holds, std::string message);

// The value of `key`; empty if there is none.
[[nodiscard]] std::string value_in(const HealthReference::Record& record, std::string_view key);

// The rooms of a check-up: the machine itself, what the appliance was told to do, and the programs
// that an operator has put into /root/health_checks.
[[nodiscard]] std::vector<Check> check_machine(Site& site, const HealthReference& reference);
[[nodiscard]] std::vector<Check> check_services(const HealthReference& reference,
                                                const Result<api::Json>& status);
[[nodiscard]] std::vector<Check> check_configuration(const HealthReference& reference,
                                                     const api::Json& router,
                                                     const Result<api::Json>& status,
                                                     const api::Json& notes);
// Each is told the group; one that says nothing and succeeds does not belong to it.
[[nodiscard]] std::vector<Check> run_operator_checks(const Site& site, std::string_view group);

}  // namespace viaduct::cloudstack_entry
