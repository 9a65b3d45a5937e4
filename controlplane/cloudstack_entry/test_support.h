#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>
#include <sys/socket.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>
#include <vector>

#include "api/json.h"
#include "base/durable_file.h"
#include "base/private_directory.h"
#include "base/process.h"
#include "controlplane/cloudstack_entry/program.h"

// What the tests of the entry points share: a root of files, and a viaductd that answers what it is
// told to.
namespace viaduct::cloudstack_entry {

using api::Json;

// viaductd's API on a UNIX socket.
class FakeApi {
 public:
  explicit FakeApi(const std::string& socket) {
    server_.Post("/v1/cloudstack",
                 [this](const httplib::Request& request, httplib::Response& response) {
                   posted.push_back(Json::parse(request.body));
                   response.status = status;
                   response.set_content(outcome.dump(), "application/json");
                 });
    for (const char* path : {"/v1/cloudstack", "/v1/counters", "/v1/status", "/v1/config"}) {
      server_.Get(path, [this](const httplib::Request& request, httplib::Response& response) {
        response.set_content(answers.value(request.path, Json::object()).dump(),
                             "application/json");
      });
    }
    server_.set_address_family(AF_UNIX);
    if (!server_.bind_to_port(socket, 80)) throw std::runtime_error{"cannot listen"};
    listener_ = std::thread{[this] { server_.listen_after_bind(); }};
    while (!server_.is_running()) std::this_thread::yield();
  }
  FakeApi(const FakeApi&) = delete;
  FakeApi& operator=(const FakeApi&) = delete;
  ~FakeApi() {
    server_.stop();
    listener_.join();
  }

  int status = 200;
  Json outcome = {{"revision", 1}, {"notes", Json::array()}};
  Json answers = Json::object();  // by path
  std::vector<Json> posted;

 private:
  httplib::Server server_;
  std::thread listener_;
};

class EntryPoints : public testing::Test {
 protected:
  EntryPoints() {
    std::filesystem::create_directory(root);
    write_settings("");
  }

  void write_settings(const std::string& more) const {
    std::ofstream{settings} << "[control]\nsocket = " << socket << "\n" << more;
  }
  void write(const std::string& path, std::string_view text) const {
    const std::filesystem::path file = root + path;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream{file} << text;
  }
  void cache(const std::string& name, std::string_view text) const {
    write("/var/cache/cloud/" + name, text);
  }
  [[nodiscard]] bool exists(const std::string& path) const {
    return std::filesystem::exists(root + path);
  }
  [[nodiscard]] std::string content(const std::string& path) const {
    return read_whole(root + path).value_or("cannot be read");
  }

  // As by its link in /opt/cloud/bin.
  int run(std::vector<std::string> words) {
    words.front().insert(0, "/opt/cloud/bin/");
    return run_program(words, "");
  }
  // As by SSH.
  int ssh(const std::string& command_line) {
    return run_program({"viaduct-cloudstack", "session"}, command_line);
  }
  int run_program(const std::vector<std::string>& words, const std::string& command_line) {
    out.str({});
    err.str({});
    return cloudstack_entry::run(words,
                                 {{"VIADUCT_ROOT", root},
                                  {"VIADUCT_SETTINGS", settings},
                                  {"SSH_ORIGINAL_COMMAND", command_line}},
                                 out, err);
  }

  const PrivateDirectory directory = PrivateDirectory::make().value();
  const std::string root = directory.file("root");
  const std::string settings = directory.file("viaduct.ini");
  const std::string socket = directory.file("api.sock");
  FakeApi api{socket};
  std::ostringstream out;
  std::ostringstream err;
};

}  // namespace viaduct::cloudstack_entry
