#include "controlplane/kernel/lab.h"

#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <spawn.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

#include <array>
#include <chrono>
#include <thread>

namespace viaduct::kernel {

void Lab::TearDown() {
  for (const NamespaceName& left : namespaces_beginning_with(prefix)) {
    EXPECT_TRUE(remove_namespace(left)) << left.text();
  }
}

std::string Lab::run(std::vector<std::string> command) {
  std::array<int, 2> ends{};
  EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  const Descriptor out{ends[0]};
  Descriptor in{ends[1]};
  posix_spawn_file_actions_t actions{};
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in.get(), STDOUT_FILENO);
  std::vector<char*> arguments;
  arguments.reserve(command.size() + 1);
  for (std::string& word : command) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t child = 0;
  EXPECT_EQ(::posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), ::environ),
            0);
  posix_spawn_file_actions_destroy(&actions);
  in = Descriptor{};

  std::string text;
  std::array<char, 4096> part{};
  for (ssize_t size = 0; (size = ::read(out.get(), part.data(), part.size())) > 0;) {
    text.append(part.data(), static_cast<std::size_t>(size));
  }
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0) << ::testing::PrintToString(command);
  return text;
}

std::string Lab::ip(const std::string& router, std::vector<std::string> command) {
  command.insert(command.begin(), {"ip", "-n", prefix + router});
  return run(std::move(command));
}

Configuration Lab::configured(std::string_view routers) {
  static Directory directory;
  const auto body = api::Json::parse(R"({"ports":{"wire":{"device":"net_null0"}},"routers":)" +
                                     std::string{routers} + "}");
  const auto document = read_document(body);
  EXPECT_TRUE(document) << document.error().where << ": " << document.error().why;
  auto configuration = compile(*document, directory);
  EXPECT_TRUE(configuration) << configuration.error().where << ": " << configuration.error().why;
  return *std::move(configuration);
}

NamespaceName Lab::name(const std::string& router) const {
  return NamespaceName::parse(prefix + router).value();
}

NetworkNamespace Lab::network(const std::string& router) const {
  return NetworkNamespace::open(name(router)).value();
}

Descriptor Lab::tap(const std::string& router, const std::string& interface) const {
  Descriptor device;
  ifreq request{};
  interface.copy(request.ifr_name, IFNAMSIZ - 1);
  request.ifr_flags = IFF_TAP | IFF_NO_PI;
  const auto born = network(router).run([&]() -> Result<void> {
    // The device belongs to the namespace in which it was opened.
    device = Descriptor{::open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK)};
    if (::ioctl(device.get(), TUNSETIFF, &request) != 0) return fail_system("TUNSETIFF");
    return {};
  });
  EXPECT_TRUE(born) << born.error().why;
  return device;
}

bool Lab::eventually(const std::function<bool()>& condition) {
  using namespace std::chrono_literals;
  const auto patience_ends = std::chrono::steady_clock::now() + 10s;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > patience_ends) return false;
    std::this_thread::sleep_for(5ms);
  }
  return true;
}

}  // namespace viaduct::kernel
