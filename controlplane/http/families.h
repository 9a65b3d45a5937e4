#pragma once

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <string>
#include <utility>
#include <vector>

#include "api/json.h"

// What the parts of the metrics page share.
namespace viaduct::http {

// Collects samples into families; a family begins with its first sample.
class Families {
 public:
  using MetricType = prometheus::MetricType;
  using Labels = std::vector<prometheus::ClientMetric::Label>;

  // REQUIRES: all samples of one name come one after the other.
  void add(MetricType type, std::string name, std::string help, double value, Labels labels = {}) {
    if (families_.empty() || families_.back().name != name) {
      families_.push_back({std::move(name), std::move(help), type, {}});
    }
    prometheus::ClientMetric metric;
    metric.label = std::move(labels);
    metric.counter.value = value;
    metric.gauge.value = value;
    families_.back().metric.push_back(std::move(metric));
  }
  void gauge(std::string name, std::string help, double value, Labels labels = {}) {
    add(MetricType::Gauge, std::move(name), std::move(help), value, std::move(labels));
  }
  void counter(std::string name, std::string help, double value, Labels labels = {}) {
    add(MetricType::Counter, std::move(name), std::move(help), value, std::move(labels));
  }
  [[nodiscard]] std::string text() const {
    return prometheus::TextSerializer{}.Serialize(families_);
  }

 private:
  std::vector<prometheus::MetricFamily> families_;
};

// The number or the object of that name; 0 or an empty one if there is none.
double number(const api::Json& json, const char* name);
const api::Json& member(const api::Json& json, const char* name);

}  // namespace viaduct::http
