#include "controlplane/process_link.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <thread>

#include "api/error.h"
#include "base/framing.h"
#include "controlplane/test_support.h"

namespace viaduct::test {
namespace {

using api::Json;
using namespace std::chrono_literals;

// Takes one connection, reads one question, sends these frames and hangs up.
class Peer {
 public:
  Peer(const std::string& path, std::vector<std::string> frames) : frames_(std::move(frames)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(static_cast<char*>(address.sun_path), path.size());
    if (bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        listen(listener_.get(), 1) != 0) {
      throw std::runtime_error{"bind"};
    }
    thread_ = std::thread{[this] { serve(); }};
  }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;
  ~Peer() { thread_.join(); }

 private:
  void serve() {
    const Deadline deadline = std::chrono::steady_clock::now() + 10s;
    const Descriptor connection{accept(listener_.get(), nullptr, nullptr)};
    if (!receive_frame(connection, deadline)) return;
    for (const std::string& frame : frames_) {
      if (!send_frame(connection, frame, deadline)) return;
    }
    // Says nothing more until the other side has gone.
    static_cast<void>(readable_within(connection, frames_.empty() ? 10s : 0s));
  }

  Descriptor listener_{socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  std::vector<std::string> frames_;
  std::thread thread_;
};

class DataplaneLinkTest : public testing::Test {
 protected:
  TemporaryDirectory directory;
  const std::string path = directory.file("dataplane.sock");
  const Json hello = {{"op", "hello"}};
};

TEST_F(DataplaneLinkTest, GetsAnAnswer) {
  const Peer peer{path, {R"({"ok":true,"revision":7})"}};

  EXPECT_EQ(sure(DataplaneLink{path}.ask(hello))["revision"], 7);
}

TEST_F(DataplaneLinkTest, HandsOnARefusal) {
  const Error refusal{Fault::conflict, "/routers/red", "no"};
  const Peer peer{path, {Json{{"ok", false}, {"error", api::write_error(refusal)}}.dump()}};
  const auto answer = DataplaneLink{path}.ask(hello);

  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().fault, Fault::conflict);
  EXPECT_EQ(answer.error().where, "/routers/red");
}

TEST_F(DataplaneLinkTest, DoesNotTakeAFailureOfTheDataPlaneForItsAbsence) {
  const Error failure{Fault::unavailable, "", "its disk does not answer"};
  const Peer peer{path, {Json{{"ok", false}, {"error", api::write_error(failure)}}.dump()}};

  EXPECT_EQ(DataplaneLink{path}.ask(hello).error().fault, Fault::failed);
}

TEST_F(DataplaneLinkTest, SaysThatNobodyIsThere) {
  EXPECT_EQ(DataplaneLink{path}.ask(hello).error().fault, Fault::unavailable);
}

TEST_F(DataplaneLinkTest, DoesNotWaitForEver) {
  const Peer peer{path, {}};
  DataplaneLink patient{path, 50ms};

  EXPECT_EQ(patient.ask(hello).error().fault, Fault::unavailable);
}

TEST_F(DataplaneLinkTest, RefusesAnAnswerThatIsNoJson) {
  const Peer peer{path, {"\x01\x02"}};

  EXPECT_EQ(DataplaneLink{path}.ask(hello).error().fault, Fault::failed);
}

TEST_F(DataplaneLinkTest, StreamsACaptureToItsEnd) {
  const Peer peer{path, {R"({"ok":true})", "one", "two", ""}};
  const auto capture = sure(DataplaneLink{path}.capture({{"op", "capture"}}));
  std::string file;
  for (;;) {
    const auto piece = sure(capture->next());
    if (!piece) continue;
    if (piece->empty()) break;
    file += *piece;
  }

  EXPECT_EQ(file, "onetwo");
}

}  // namespace
}  // namespace viaduct::test
