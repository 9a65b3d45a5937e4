#include "base/process.h"

#include <fcntl.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): kill() is POSIX's
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <fstream>
#include <sstream>
#include <thread>

#include "base/errno_text.h"
#include "base/private_directory.h"

namespace viaduct {
namespace {

using namespace std::chrono_literals;

constexpr auto grace = 2s;
constexpr std::size_t last_lines = 5;
constexpr std::size_t most_kept = std::size_t{1} << 20;  // bytes of a stream

struct Pipe {
  Descriptor read;
  Descriptor write;
};

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return fail(Fault::unavailable, "", errno_text());
  return Pipe{Descriptor{ends[0]}, Descriptor{ends[1]}};
}

// With `input` as standard input, and files that take all it says; they may be the same one.
Result<pid_t> spawn(const Arguments& program, const Descriptor& input, const std::string& out,
                    const std::string& err) {
  std::vector<char*> raw;
  raw.reserve(program.size() + 1);
  // posix_spawn does not write to them.
  for (const std::string& argument : program) raw.push_back(const_cast<char*>(argument.c_str()));
  raw.push_back(nullptr);
  posix_spawn_file_actions_t actions{};
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, input.get(), STDIN_FILENO);
  constexpr int flags = O_WRONLY | O_CREAT | O_APPEND;
  constexpr mode_t mode = S_IRUSR | S_IWUSR;
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, out.c_str(), flags, mode);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, err.c_str(), flags, mode);
  posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
  posix_spawnattr_t attributes{};
  posix_spawnattr_init(&attributes);
  // A group of its own: Ctrl-C is for us, and we end what we started, in order.
  sigset_t usual{};
  sigemptyset(&usual);
  sigaddset(&usual, SIGPIPE);
  posix_spawnattr_setsigdefault(&attributes, &usual);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF);
  pid_t pid = 0;
  const int code = posix_spawnp(&pid, raw.front(), &actions, &attributes, raw.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (code != 0) {
    errno = code;
    return fail(Fault::not_found, program.front(), errno_text());
  }
  return pid;
}

std::string tail_of(const std::string& file) {
  std::ifstream stream{file};
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) {
    if (!line.empty()) lines.push_back(line);
  }
  const std::size_t shown = std::min(lines.size(), last_lines);
  std::string tail;
  for (auto line = lines.end() - static_cast<std::ptrdiff_t>(shown); line != lines.end(); ++line) {
    tail += (tail.empty() ? "" : "; ") + *line;
  }
  return tail;
}

std::string head_of(const std::string& file) {
  std::ifstream stream{file};
  std::string text(most_kept, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(stream.gcount()));
  return text;
}

int status_of(int wait_status) {
  return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 128 + WTERMSIG(wait_status);
}

}  // namespace

Arguments inside_namespace(const std::string& name, Arguments program) {
  if (name.empty()) return program;
  program.insert(program.begin(), {"nsenter", "--net=/run/netns/" + name});
  return program;
}

Result<Process> Process::start(const Arguments& program, std::string log) {
  Pipe input = TRY(make_pipe());
  Arguments bound{"setpriv", "--pdeathsig", "KILL"};
  bound.insert(bound.end(), program.begin(), program.end());
  const pid_t pid = TRY(spawn(bound, input.read, log, log));
  return Process{pid, std::move(input.write), std::move(log)};
}

Process::~Process() {
  if (!is_running()) return;
  (void)kill(pid_, SIGTERM);
  if (!has_ended_within_grace()) (void)kill(pid_, SIGKILL);
  (void)has_ended_within_grace();
}

void Process::ask_to_end() {
  input_ = Descriptor{};
  (void)has_ended_within_grace();
}

bool Process::has_ended_within_grace() {
  const auto deadline = std::chrono::steady_clock::now() + grace;
  while (is_running() && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(5ms);
  }
  return pid_ == 0;
}

bool Process::is_running() {
  if (pid_ != 0 && waitpid(pid_, nullptr, WNOHANG) == pid_) pid_ = 0;
  return pid_ != 0;
}

std::string Process::last_words() const {
  return tail_of(log_);
}

std::uint64_t Process::involuntary_switches() const {
  std::ifstream status{"/proc/" + std::to_string(pid_) + "/status"};
  for (std::string name; status >> name;) {
    std::uint64_t count = 0;
    if (name == "nonvoluntary_ctxt_switches:" && status >> count) return count;
  }
  return 0;
}

Result<void> run_to_end(const Arguments& program, const std::string& input) {
  const PrivateDirectory directory = TRY(PrivateDirectory::make());
  const std::string log = directory.file("log");
  Pipe pipe = TRY(make_pipe());
  const pid_t pid = TRY(spawn(program, pipe.read, log, log));
  pipe.read = Descriptor{};
  for (std::size_t written = 0; written < input.size();) {
    const ssize_t count = write(pipe.write.get(), &input[written], input.size() - written);
    if (count < 0) break;  // it does not want to know
    written += static_cast<std::size_t>(count);
  }
  pipe.write = Descriptor{};
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  std::string all;
  for (const std::string& argument : program) all += (all.empty() ? "" : " ") + argument;
  return fail(Fault::failed, all, "failed: " + tail_of(log));
}

Result<Finished> run_and_listen(const Arguments& program, std::chrono::milliseconds patience) {
  const PrivateDirectory directory = TRY(PrivateDirectory::make());
  const std::string out = directory.file("out");
  const std::string err = directory.file("err");
  Pipe input = TRY(make_pipe());
  const pid_t pid = TRY(spawn(program, input.read, out, err));
  input.write = Descriptor{};
  const auto deadline = std::chrono::steady_clock::now() + patience;
  int status = 0;
  while (waitpid(pid, &status, WNOHANG) == 0) {
    if (std::chrono::steady_clock::now() >= deadline) (void)kill(pid, SIGKILL);
    std::this_thread::sleep_for(5ms);
  }
  return Finished{status_of(status), head_of(out), head_of(err)};
}

}  // namespace viaduct
