#include "services/guest/daemon/daemon.h"

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/signal_set.hpp>
#include <cerrno>
#include <csignal>

#include "base/durable_file.h"
#include "services/guest/broker/broker.h"
#include "services/guest/daemon/control_server.h"
#include "services/guest/daemon/privileges.h"

namespace viaduct::guestd {
namespace {

// Does not return. It ends when we do, whatever signals the whole group gets.
[[noreturn]] void be_broker(const Descriptor& socket, const std::string& prefix, const User& user) {
  (void)std::signal(SIGINT, SIG_IGN);
  (void)std::signal(SIGTERM, SIG_IGN);
  (void)std::signal(SIGHUP, SIG_IGN);
  prctl(PR_SET_NAME, "guestd-broker", 0, 0, 0);
  auto ready = become(user, {CAP_SYS_ADMIN, CAP_NET_ADMIN, CAP_NET_BIND_SERVICE, CAP_NET_RAW});
  if (ready) ready = confine_broker();
  if (ready) {
    broker::serve(socket, prefix);
  } else {
    spdlog::error("the broker: {}", ready.error().why);
  }
  _exit(ready ? 0 : 1);
}

Result<Descriptor> start_broker(const std::string& prefix, const User& user) {
  std::array<int, 2> pair{-1, -1};
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair.data()) != 0) {
    return fail(Fault::failed, "", std::string{"no socket for the broker"});
  }
  Descriptor ours{pair[0]};
  Descriptor its{pair[1]};
  const pid_t child = fork();
  if (child < 0) return fail(Fault::failed, "", std::string{"no process for the broker"});
  if (child > 0) return ours;
  { const Descriptor not_its = std::move(ours); }
  be_broker(its, prefix, user);
}

// A way to the state directory, which is made for the user if need be. It may lie where the user
// does not get by itself, and be closed to whoever is not the user.
Result<Descriptor> find_state_directory(const std::string& path, const User& user) {
  if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
    return file_problem(path, "cannot be made");
  }
  Descriptor directory{open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
  struct stat facts {};
  if (directory.get() < 0 || fstat(directory.get(), &facts) != 0) {
    return file_problem(path, "cannot be found");
  }
  if (facts.st_uid != user.id && chown(path.c_str(), user.id, user.group) != 0) {
    return file_problem(path, "cannot be given to its user");
  }
  return directory;
}

// As the user. From now on it is the working directory, and closed to everybody else.
Result<void> enter_state_directory(const Descriptor& directory, const std::string& path) {
  if (fchdir(directory.get()) != 0) return file_problem(path, "cannot be entered");
  if (chmod(".", 0700) != 0) return file_problem(path, "cannot be closed to others");
  return {};
}

// Every network has sockets of its own.
void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  (void)setrlimit(RLIMIT_NOFILE, &limit);
}

// Stops the loop when the broker has ended.
class BrokerWatch {
 public:
  BrokerWatch(boost::asio::io_context& loop, const broker::BrokeredSockets& sockets)
      : loop_(loop), sockets_(sockets), link_(loop, dup(sockets.socket().get())) {
    wait();
  }
  [[nodiscard]] bool is_over() const { return is_over_; }

 private:
  // Its answers wake us too, though whoever asked has read them.
  void wait() {
    link_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                     [this](const boost::system::error_code& problem) {
                       if (problem) return;
                       is_over_ = sockets_.has_gone();
                       if (!is_over_) return wait();
                       loop_.stop();
                     });
  }

  boost::asio::io_context& loop_;
  const broker::BrokeredSockets& sockets_;
  boost::asio::posix::stream_descriptor link_;
  bool is_over_ = false;
};

// The certificate that metadata are served with, if there is one.
Result<serving::Tls> find_certificate(const Settings& settings) {
  const auto& [chain, key] =
      std::tie(settings.guest.metadata_certificate, settings.guest.metadata_key);
  if (chain.empty() && key.empty()) return serving::Tls{};
  if (chain.empty() || key.empty()) {
    return fail(Fault::invalid, "guest",
                "metadata_certificate and metadata_key are given together or not at all");
  }
  return serving::read_certificate(chain, key);
}

Result<void> serve(const Settings& settings, broker::BrokeredSockets& sockets, Descriptor control,
                   serving::Tls tls) {
  boost::asio::io_context loop{1};
  (void)std::signal(SIGHUP, SIG_IGN);  // viaductd says what is new
  boost::asio::signal_set signals{loop, SIGINT, SIGTERM};
  signals.async_wait([&](const boost::system::error_code&, int) { loop.stop(); });
  BrokerWatch watch{loop, sockets};
  TRY(confine_server());
  const std::string namespaces{broker::namespaces};
  auto services =
      TRY(GuestServices::open(loop, sockets,
                              {.state_directory = "./",
                               .namespace_path = namespaces + settings.routers.namespace_prefix,
                               .tls = std::move(tls)}));
  Control operations{*services};
  ControlServer server{loop, std::move(control), operations};
  spdlog::info("serves what is said at {}", settings.guest.control_socket);
  loop.run();
  if (watch.is_over()) return fail(Fault::unavailable, "", "the broker has ended");
  return {};
}

}  // namespace

Result<void> run(const Settings& settings) {
  const auto user = TRY(find_user(settings.guest.user));
  raise_descriptor_limit();
  auto socket = TRY(start_broker(settings.routers.namespace_prefix, user));
  broker::BrokeredSockets sockets{std::move(socket)};
  auto control = TRY(listen_at(settings.guest.control_socket));
  const std::string& state = settings.guest.state_directory;
  const auto directory = TRY(find_state_directory(state, user));
  auto tls = TRY(find_certificate(settings));
  TRY(become(user, {}));
  TRY(enter_state_directory(directory, state));
  return serve(settings, sockets, std::move(control), std::move(tls));
}

}  // namespace viaduct::guestd
