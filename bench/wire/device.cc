#include "bench/wire/device.h"

#include <fcntl.h>
#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/errno_text.h"
#include "base/framing.h"
#include "bench/wire/ports.h"
#include "dataplane/core/tick_clock.h"
#include "dataplane/forwarding.h"

namespace viaduct::bench {
namespace {

constexpr std::uint64_t seed = 20'260'101;
constexpr std::size_t expiry_share = 64;
// The counters are published once in so many rounds.
constexpr unsigned publish_each = 64;

class Device final : public Output {
 public:
  static Result<std::unique_ptr<Device>> make(const DeviceOptions& options) {
    std::unique_ptr<Device> device{
        new Device{options, TRY(SharedCounters::open(options.counters, false))}};
    TRY(device->configure(options));
    return device;
  }

  [[noreturn]] void run() noexcept {
    counters_->is_ready = 1;
    for (unsigned round = 1;; ++round) {
      worker_->follow(*snapshot_);
      clock_.keep(*worker_);
      for (const PortId port : snapshot_->ports) poll(port);
      worker_->expire_due(expiry_share);
      worker_->flush();
      if (round % publish_each == 0) publish();
    }
  }

  std::uint16_t send(PortId port, rte_mbuf** packets, std::uint16_t count) noexcept override {
    const std::uint64_t before = rte_rdtsc();
    const std::uint16_t sent = rte_eth_tx_burst(port, 0, packets, count);
    send_cycles_ += rte_rdtsc() - before;
    return sent;
  }
  std::uint16_t send_to_host(rte_mbuf** /*packets*/, std::uint16_t /*count*/) noexcept override {
    return 0;
  }

 private:
  Device(const DeviceOptions& options, SharedCounters counters)
      : case_(options.kind, options.sessions, options.rules),
        counters_(std::move(counters)),
        usage_(usage::File::most) {}

  Result<void> configure(const DeviceOptions& options) {
    ports_ = TRY(Ports::open(
        {.wan = options.wan, .lan = options.lan, .network_namespace = options.network_namespace}));
    workers_ = TRY(Workers::make(
        {.usage = {usage_.data()},
         .most_sessions = std::max<std::size_t>(options.sessions + Burst::capacity, 1024),
         .seed = seed,
         .use_huge_pages = true,
         .buffers = ports_->buffers()}));
    worker_ = &(*workers_)[0];
    worker_->leave_by(*this);
    Directory directory;
    const Configuration configuration = TRY(compile(case_.document(), directory));
    if (!workers_->prepare(configuration, directory.limit())) {
      return fail(Fault::exhausted, "", "no memory for the configuration");
    }
    auto snapshot = take_snapshot(configuration, ports_->wires(), 1);
    snapshot->ports = {ports_->wires().wan, ports_->wires().lan};
    snapshot_ = std::move(snapshot);
    return {};
  }

  void poll(PortId port) noexcept {
    std::array<rte_mbuf*, Burst::capacity> frames;
    const std::uint64_t before = rte_rdtsc();
    const std::uint16_t count = rte_eth_rx_burst(port, 0, frames.data(), Burst::capacity);
    if (count == 0) return;
    receive_cycles_ += rte_rdtsc() - before;
    for (std::uint16_t i = 0; i < count; ++i) frames[i]->port = port;
    forward(*worker_, burst_, *snapshot_, {frames.data(), count});
    cycles_ += rte_rdtsc() - before;
    packets_ += count;
    ++bursts_;
  }

  void publish() noexcept {
    const auto set = [](std::atomic<std::uint64_t>& counter, std::uint64_t value) {
      counter.store(value, std::memory_order_relaxed);
    };
    set(counters_->packets, packets_);
    set(counters_->bursts, bursts_);
    set(counters_->cycles, cycles_);
    set(counters_->receive_cycles, receive_cycles_);
    set(counters_->send_cycles, send_cycles_);
    set(counters_->dropped, worker_->totals.dropped);
    set(counters_->live_sessions, worker_->sessions.live_sessions());
    set(counters_->staged_packets, worker_->stages.front().packets);
    for (std::size_t i = 0; i < Forwarding::names.size(); ++i) {
      set(counters_->stage_cycles[i], worker_->stages[i].cycles);
    }
  }

  Case case_;
  SharedCounters counters_;
  std::unique_ptr<Ports> ports_;
  std::vector<usage::Counters> usage_;
  std::unique_ptr<Workers> workers_;
  Worker* worker_ = nullptr;  // the only one
  std::unique_ptr<const Snapshot> snapshot_;
  Burst burst_;
  TickClock clock_;
  std::uint64_t packets_ = 0;
  std::uint64_t bursts_ = 0;
  std::uint64_t cycles_ = 0;
  std::uint64_t receive_cycles_ = 0;
  std::uint64_t send_cycles_ = 0;
};

}  // namespace

Result<SharedCounters> SharedCounters::open(const std::string& path, bool make) {
  const int flags = O_RDWR | O_CLOEXEC | (make ? O_CREAT | O_EXCL : 0);
  const Descriptor file{::open(path.c_str(), flags, S_IRUSR | S_IWUSR)};
  if (file.get() < 0 || (make && ftruncate(file.get(), sizeof(DeviceCounters)) != 0)) {
    return fail(Fault::unavailable, path, errno_text());
  }
  // A new file holds zeroes, which is what the counters begin with.
  void* const memory =
      mmap(nullptr, sizeof(DeviceCounters), PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
  if (memory == MAP_FAILED) return fail(Fault::unavailable, path, errno_text());
  return SharedCounters{static_cast<DeviceCounters*>(memory)};
}

SharedCounters::~SharedCounters() {
  if (counters_ != nullptr) (void)munmap(counters_, sizeof(DeviceCounters));
}

Result<void> run_device(const DeviceOptions& options) {
  const auto device = TRY(Device::make(options));
  device->run();
}

}  // namespace viaduct::bench
