#include "bench/machine.h"

#include <linux/perf_event.h>
#include <rte_cycles.h>
#include <rte_version.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <string>

#include "bench/statistics.h"

namespace viaduct::bench {
namespace {

using api::Json;

std::string first_value(const std::string& path, std::string_view key) {
  std::ifstream file{path};
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with(key)) continue;
    const auto colon = line.find(':');
    if (colon == std::string::npos) continue;
    const auto value = line.find_first_not_of(" \t", colon + 1);
    return value == std::string::npos ? "" : line.substr(value);
  }
  return "";
}

std::string word_in(const std::string& path) {
  std::ifstream file{path};
  std::string word;
  file >> word;
  return word;
}

// Seconds that the hypervisor gave to others, over all cores.
double stolen_seconds() {
  std::ifstream file{"/proc/stat"};
  std::string name;
  file >> name;
  std::uint64_t ticks = 0;
  constexpr int fields = 8;  // user, nice, system, idle, iowait, irq, softirq, steal
  for (int field = 0; field < fields; ++field) file >> ticks;
  return static_cast<double>(ticks) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

std::uint64_t switches() {
  rusage usage{};
  (void)getrusage(RUSAGE_THREAD, &usage);
  return static_cast<std::uint64_t>(usage.ru_nivcsw);
}

}  // namespace

Json fingerprint() {
  utsname system{};
  (void)uname(&system);
  std::ostringstream compiler;
  compiler << "g++ " << __VERSION__;
  return {{"cpu", first_value("/proc/cpuinfo", "model name")},
          {"cores", sysconf(_SC_NPROCESSORS_ONLN)},
          {"tsc_hz", rte_get_tsc_hz()},
          {"kernel", std::string{static_cast<const char*>(system.release)}},
          {"memory", first_value("/proc/meminfo", "MemTotal")},
          {"huge_pages_2mb", word_in("/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages")},
          {"viaduct", VIADUCT_VERSION},
          {"dpdk", rte_version()},
          {"compiler", compiler.str()}};
}

std::uint64_t bytes_on_huge_pages() {
  return std::strtoull(first_value("/proc/self/status", "HugetlbPages").c_str(), nullptr, 10) << 10;
}

bool pin_to(unsigned core) {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET(core, &cores);
  return sched_setaffinity(0, sizeof cores, &cores) == 0;
}

InstructionCounter::InstructionCounter() {
  perf_event_attr wanted{};
  wanted.size = sizeof wanted;
  wanted.type = PERF_TYPE_HARDWARE;
  wanted.config = PERF_COUNT_HW_INSTRUCTIONS;
  wanted.exclude_kernel = 1;
  wanted.exclude_hv = 1;
  descriptor_ = static_cast<int>(syscall(SYS_perf_event_open, &wanted, 0, -1, -1, 0));
}

InstructionCounter::~InstructionCounter() {
  if (descriptor_ >= 0) close(descriptor_);
}

std::optional<std::uint64_t> InstructionCounter::read() const {
  std::uint64_t count = 0;
  if (descriptor_ < 0 || ::read(descriptor_, &count, sizeof count) != sizeof count) {
    return std::nullopt;
  }
  return count;
}

NoiseWatch::NoiseWatch() : stolen_before_(stolen_seconds()), switches_before_(switches()) {}

void NoiseWatch::sound() {
  constexpr std::uint64_t steps = 200'000;
  std::uint64_t value = 1;
  const std::uint64_t before = rte_rdtsc();
  for (std::uint64_t i = 0; i < steps; ++i) {
    value = value * 6364136223846793005ULL + 1442695040888963407ULL;
    asm volatile("" : "+r"(value));
  }
  soundings_.push_back(static_cast<double>(rte_rdtsc() - before) / steps);
}

NoiseWatch::Report NoiseWatch::report() const {
  const Summary reference = summarize(soundings_);
  return {.reference_cycles = reference.median,
          .reference_spread = reference.spread(),
          .stolen = stolen_seconds() - stolen_before_,
          .switches = switches() - switches_before_};
}

}  // namespace viaduct::bench
