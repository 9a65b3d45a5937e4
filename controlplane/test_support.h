#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>

#include "controlplane/control.h"

// What the control plane's tests share: a directory that goes away, a data plane and a kernel that
// do as they are told, and a small router.
namespace viaduct::test {

// For literals in tests: the value, or the end of the test.
template <class T>
T sure(Result<T> result) {
  if (!result) throw std::logic_error{result.error().where + ": " + result.error().why};
  return unwrap(std::move(result));
}

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string name = "/tmp/viaduct-XXXXXX";
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error{"mkdtemp"};
    path_ = name;
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory() { std::filesystem::remove_all(path_); }
  [[nodiscard]] std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

// As both processes have it: changes are of the revision that is there, and it is one.
inline Result<void> check_base(const api::Json& base, Revision revision) {
  if (base == 0U) return fail(Fault::invalid, "/base", "expected a whole number above 0");
  if (base != revision) return fail(Fault::stale, "/base", "is another revision");
  return {};
}

class FakeDataplane : public Dataplane {
 public:
  Result<api::Json> ask(const api::Json& question) override {
    const std::scoped_lock lock{mutex};
    asked.push_back(question);
    if (is_away) return fail(Fault::unavailable, "", "the data plane is not there");
    const std::string op = question["op"];
    if (op == "hello") return api::Json{{"started_at", started_at}, {"revision", revision}};
    if (op == "apply") return apply(question);
    if (op == "hold" && !forgets) held = question;
    const auto prepared = answers.find(op);
    return prepared == answers.end() ? api::Json{{"ok", true}} : prepared->second;
  }

  Result<std::unique_ptr<RemoteCapture>> capture(const api::Json& question) override {
    const std::scoped_lock lock{mutex};
    asked.push_back(question);
    if (is_away) return fail(Fault::unavailable, "", "the data plane is not there");
    return std::make_unique<OnePiece>();
  }

  [[nodiscard]] std::size_t count(const std::string& op) {
    const std::scoped_lock lock{mutex};
    return static_cast<std::size_t>(
        std::ranges::count_if(asked, [&](const api::Json& each) { return each["op"] == op; }));
  }

  std::mutex mutex;
  bool is_away = false;
  bool refuses = false;
  bool forgets = false;  // what it is to hold
  std::int64_t started_at = 1;
  Revision revision = 0;
  api::Json document;
  api::Json held;
  std::map<std::string, api::Json> answers;
  std::vector<api::Json> asked;

 private:
  class OnePiece : public RemoteCapture {
   public:
    Result<std::optional<std::string>> next() override {
      return std::exchange(is_done_, true) ? std::string{} : std::string{"pcap"};
    }

   private:
    bool is_done_ = false;
  };

  Result<api::Json> apply(const api::Json& question) {
    if (refuses) return fail(Fault::exhausted, "/routers/red", "no memory for its tables");
    if (question.contains("held")) {
      if (held.is_null() || held["revision"] != question["revision"]) {
        return fail(Fault::stale, "/held", "is not held");
      }
      document = std::exchange(held, nullptr)["document"];
    } else if (question.contains("document")) {
      document = question["document"];
    } else {
      TRY(check_base(question["base"], revision));
      Document next = sure(read_document(document.is_null() ? api::Json::object() : document));
      sure(api::make_changes(next, question["changes"]));
      document = write_document(next);
    }
    revision = question["revision"];
    return api::Json{{"generation", revision}, {"ports", api::Json::object()}};
  }
};

class FakeGuestServices : public RemoteProcess {
 public:
  Result<api::Json> ask(const api::Json& question) override {
    if (is_away) return fail(Fault::unavailable, "", "viaduct-guestd is not there");
    asked.push_back(question);
    if (question["op"] == "hello") {
      return api::Json{{"started_at", started_at}, {"revision", revision}};
    }
    if (question["op"] != "apply") return answers.at(question["op"]);
    if (question.contains("document")) {
      document = sure(api::read_document<guest::Document>(question["document"]));
    } else {
      TRY(check_base(question["base"], revision));
      sure(api::make_changes(document, question["changes"]));
    }
    if (question.contains("secrets")) secrets.update(question["secrets"]);
    revision = question["revision"];
    return api::Json{{"ok", true}};
  }

  bool is_away = false;
  std::int64_t started_at = 1;
  Revision revision = 0;
  guest::Document document;
  api::Json secrets = api::Json::object();
  std::map<std::string, api::Json> answers;  // to other questions
  std::vector<api::Json> asked;
};

class FakeKernel : public Kernel {
 public:
  Result<void> prepare(const Configuration& /*configuration*/) override {
    ++preparations;
    if (refuses) return fail(Fault::failed, "", "no namespaces here");
    is_meddled_with = false;
    return {};
  }
  bool is_prepared(const Configuration& /*configuration*/) override { return !is_meddled_with; }
  Result<void> converge(const Configuration& configuration) override {
    converged = configuration.routers.size();
    if (is_degraded) return fail(Fault::failed, "", "a TAP is missing");
    return {};
  }
  bool refuses = false;
  bool is_degraded = false;
  bool is_meddled_with = false;
  std::size_t preparations = 0;
  std::size_t converged = 0;  // routers
};

// One router with a guest network and a public one.
inline api::Json small_document() {
  return sure(api::parse_json(R"({
    "ports": {"wan": {"device": "net_null0"}, "lan": {"device": "net_null1"}},
    "routers": {"red": {
      "interfaces": {
        "public0": {"role": "public", "port": "wan", "addresses": ["203.0.113.2/24"]},
        "guest0": {"role": "guest", "port": "lan", "addresses": ["10.1.1.1/24"]}},
      "port_forwards": {
        "web": {"protocol": "tcp", "public": "203.0.113.2:8080", "private": "10.1.1.20:80"}}}}})"));
}

// A control plane with its journal on disk and everything around it faked.
class ControlFixture : public testing::Test {
 protected:
  ControlFixture() { start(); }

  void start() {
    control.reset();
    journal.reset();
    journal = std::make_unique<Journal>(sure(Journal::open(directory.file("journal"), limits)));
    control = sure(Control::open({*journal, dataplane, guest_services, kernel},
                                 {.now = [this] { return now; }}));
  }
  void attend(unsigned rounds) {
    for (unsigned round = 0; round < rounds; ++round) control->attend();
  }
  Result<api::Json> put(const api::Json& document, const Terms& terms = {}) {
    return control->change(
        [&](ApplianceDocument& next) -> Result<void> {
          next = TRY(api::read_document<ApplianceDocument>(document));
          return {};
        },
        terms);
  }
  // A document that is told from others by its forward's public port.
  static api::Json forwarding(unsigned port) {
    api::Json document = small_document();
    document["routers"]["red"]["port_forwards"]["web"]["public"] =
        "203.0.113.2:" + std::to_string(port);
    return document;
  }
  [[nodiscard]] api::Json current() const {
    return write_document(control->desired()->documents.whole);
  }

  TemporaryDirectory directory;
  Journal::Limits limits;
  WallTime now{std::chrono::seconds{1'700'000'000}};
  FakeDataplane dataplane;
  FakeGuestServices guest_services;
  FakeKernel kernel;
  std::unique_ptr<Journal> journal;
  std::unique_ptr<Control> control;
};

}  // namespace viaduct::test
