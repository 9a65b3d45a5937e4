#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

#include "controlplane/cloudstack/adapter.h"

// A router that is told what a management server would tell it.
namespace viaduct::cloudstack::test {

inline std::string sample(const std::string& name) {
  const std::string path = VIADUCT_SOURCE "/tests/cloudstack/samples/" + name;
  std::ifstream file{path};
  if (!file) throw std::runtime_error{path};
  return {std::istreambuf_iterator<char>{file}, {}};
}

inline api::Json json(const std::string& text) {
  auto parsed = api::parse_json(text);
  if (!parsed) throw std::runtime_error{parsed.error().why + " in " + text};
  return *std::move(parsed);
}

inline api::Json nic(const std::string& name, const std::string& mac) {
  return {{"name", name}, {"mac", mac}, {"device", "net_null" + name.substr(3)}};
}

// The NICs that the samples of a scenario name.
inline api::Json nics_of(const std::string& scenario) {
  if (scenario == "vpc") {
    return {nic("eth0", "0e:00:a9:fe:00:01"), nic("eth1", "1e:00:52:00:01:14"),
            nic("eth2", "02:00:3d:00:02:02"), nic("eth3", "02:00:14:01:00:01"),
            nic("eth4", "02:00:14:02:00:01"), nic("eth5", "02:00:14:03:00:01")};
  }
  if (scenario == "rvpc") {
    return {nic("eth0", "0e:00:a9:fe:00:01"), nic("eth1", "1e:00:52:00:01:28"),
            nic("eth2", "02:00:1e:01:00:02")};
  }
  const std::string last = scenario == "rvr" ? "1e" : "0a";
  return {nic("eth0", "02:00:0a:01:01:01"), nic("eth1", "0e:00:a9:fe:00:01"),
          nic("eth2", "1e:00:52:00:01:" + last), nic("eth3", "1e:00:52:00:02:" + last)};
}

// A part of a request that is this sample.
inline api::Json part_of(const std::string& name) {
  if (name.ends_with(".cfg")) return {{"aggregate", sample(name)}};
  if (name.ends_with(".txt")) return {{"cmdline", sample(name)}};
  api::Json content = json(sample(name));
  return {{"type", content["type"]}, {"content", content}};
}

class Appliance {
 public:
  Appliance() = default;
  explicit Appliance(const std::string& scenario) { set_nics(nics_of(scenario)); }

  // As a transaction has it: nothing has changed when it fails.
  Result<Outcome> ask(const api::Json& body) {
    ApplianceDocument next = document;
    const Request request = TRY(read_request(body));
    Outcome outcome = TRY(apply(request, next));
    document = std::move(next);
    return outcome;
  }
  void set_nics(const api::Json& nics) { last = sure(ask({{"nics", nics}})); }
  void send(const std::string& name) { last = sure(ask({{"parts", {part_of(name)}}}), name); }
  void send(const std::string& type, const std::string& content) {
    last = sure(ask({{"parts", {{{"type", type}, {"content", json(content)}}}}}), content);
  }
  // Why it is refused: "POINTER: WHY".
  std::string refusal(const std::string& type, const std::string& content) {
    const auto before = document;
    const auto answer = ask({{"parts", {{{"type", type}, {"content", json(content)}}}}});
    EXPECT_TRUE(document == before);
    return answer ? "taken" : answer.error().where + ": " + answer.error().why;
  }

  // The resource of router `vr`, or null.
  [[nodiscard]] api::Json resource(const std::string& path) const {
    return api::get(document, api::split_path("routers/vr/" + path)).value_or(api::Json{});
  }
  [[nodiscard]] std::vector<std::string> ids(const std::string& collection) const {
    std::vector<std::string> all;
    const api::Json found = resource(collection);
    for (const auto& [id, body] : found.items()) all.push_back(id);
    return all;
  }
  // What is kept of one entry, or null.
  [[nodiscard]] api::Json entry(const std::string& id) const {
    const auto found = document.cloudstack_entries.find(id);
    return found == document.cloudstack_entries.end() ? api::Json{} : found->second.content.json();
  }
  [[nodiscard]] bool has_note(const std::string& note, const std::string& type) const {
    for (const api::Json& said : last.notes.to_json()) {
      if (said["note"] == note && said["type"] == type) return true;
    }
    return false;
  }
  // What the appliance says against the document; nothing if it fits together.
  [[nodiscard]] std::string misfit() const {
    Directory directory;
    const Documents parts = derive(document);
    const auto compiled = compile(parts.packet_path, directory);
    if (!compiled) return compiled.error().where + ": " + compiled.error().why;
    const auto fits = check(parts.guests);
    return fits ? "" : fits.error().where + ": " + fits.error().why;
  }

  ApplianceDocument document;
  Outcome last;

 private:
  static Outcome sure(Result<Outcome> outcome, const std::string& of = "") {
    if (outcome) return *std::move(outcome);
    throw std::runtime_error{of + ": " + outcome.error().where + ": " + outcome.error().why};
  }
};

}  // namespace viaduct::cloudstack::test
