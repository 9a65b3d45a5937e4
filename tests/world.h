#pragma once

#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "dataplane/core/workers.h"
#include "dataplane/forwarding.h"
#include "tests/frames.h"
#include "tests/model.h"

struct rte_mempool;
struct rte_mbuf;

namespace viaduct::test {

// The packet buffers of this process. Starts EAL the first time: no huge pages, no devices.
rte_mempool* buffers();

// Where frames end that the worker sends.
class Wire final : public Output {
 public:
  struct Frame {
    PortId port = no_port;
    bool to_host = false;
    Slot interface = 0;  // whose TAP it goes to
    Bytes bytes;
  };
  std::uint16_t send(PortId port, rte_mbuf** packets, std::uint16_t count) noexcept override;
  std::uint16_t send_to_host(rte_mbuf** packets, std::uint16_t count) noexcept override;

  std::vector<Frame> frames;
  std::uint16_t takes = 64;  // of each burst; the rest stays with the sender
};

// A whole data plane without devices, on which time passes only when told to. It has one worker, or
// as many as the environment's VIADUCT_WORKERS says, which receive the bursts in turn. It carries
// the router "red" of tests/model.h, with a default route through 203.0.113.1 and source NAT to
// 203.0.113.2 besides. Neighbours answer ARP at once unless they are silenced.
class World {
 public:
  explicit World(std::size_t most_sessions = 4096, std::size_t workers = workers_wanted());
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  // --- configuration; takes effect, all at once, before the next packet
  World& with(std::string_view resource, std::string_view body);  // of the router "red"
  World& without(std::string_view resource);
  World& at(const std::string& pointer, std::string_view body);
  World& unplug(std::string_view port);
  World& without_taps();
  World& silence_neighbours(bool silent = true);

  // --- packets. Tells what became of them: "public0: 203.0.113.2:40000 > 198.51.100.9:80", "host
  // guest0: ...", "held", "consumed", "dropped: no_route", several things joined by "; ".
  std::string sends(const Draft& draft) { return sends_all({draft}); }
  std::string sends(std::initializer_list<Draft> burst) { return sends_all(burst); }
  std::string sends_all(std::vector<Draft> burst);
  std::string hears(std::string_view interface, const Arp& arp);
  std::string host_asks(std::string_view interface, const Arp& arp);
  std::string receives(const Bytes& frame, PortId port, Slot host_interface = 0);
  // What explain foretells, in the same words.
  std::string explains(const Draft& draft);
  Trace trace(const Draft& draft, bool as_new = false);
  // The same under a candidate.
  Trace trace_under(const Snapshot& candidate, const Draft& draft);
  // Calls visit(const Snapshot&) with a candidate in which `pointer` names this. What is new in it
  // has names until then.
  template <class Visit>
  void try_out(const std::string& pointer, std::string_view body, Visit visit) {
    apply();
    const std::string before = paper.body().dump();
    paper.at(pointer, body);
    const Configuration configuration = sure(paper.compile(configuration_));
    const auto candidate = take_snapshot(configuration, generation_ + 1);
    paper.at("", before);
    visit(std::as_const(*candidate));
    paper.directory.rollback();
  }
  // Lets time pass, and tells what the router did meanwhile.
  std::string waits(double seconds);
  // Makes the worker follow the configuration as it is now.
  std::string settles();
  // The frames of the last call, in the order in which they left.
  [[nodiscard]] const std::vector<Wire::Frame>& left() const { return left_; }
  [[nodiscard]] Reading last() const { return read_frame(left_.back().bytes); }

  // --- what is kept
  [[nodiscard]] const Snapshot& now() { return apply(), *snapshot_; }
  [[nodiscard]] const InterfaceView& interface(std::string_view name);
  [[nodiscard]] std::uint64_t drops(Reason reason);
  [[nodiscard]] std::size_t sessions() const { return workers_->live_sessions(); }
  // Ports and identifiers of public addresses that guests hold.
  [[nodiscard]] std::size_t mappings();
  [[nodiscard]] std::uint64_t hits(std::string_view rule);  // "port_forwards/web"
  [[nodiscard]] usage::Counters usage_of(std::string_view address);
  // The state of the session that `sentence` opened: "established", or "none".
  [[nodiscard]] std::string state_of(const Draft& draft);
  // Empty, or what does not add up.
  [[nodiscard]] std::string imbalance();

  Wire wire;
  Worker& worker() { return (*workers_)[0]; }
  Workers& workers() { return *workers_; }
  // What all workers have of this, together: sum(&Worker::totals, &PacketTotals::sent).
  template <class... Members>
  [[nodiscard]] std::uint64_t sum(Members... members) {
    std::uint64_t all = 0;
    for (const auto& worker : *workers_) all += (*worker.*....*members);
    return all;
  }
  Paper paper;

 private:
  void apply();
  void follow(const Snapshot& next);
  std::unique_ptr<Snapshot> take_snapshot(const Configuration& configuration,
                                          std::uint32_t generation);
  rte_mbuf* make(const Bytes& bytes);
  rte_mbuf* make(const Draft& draft);
  Trace trace(const Draft& draft, const Snapshot& snapshot, bool as_new);
  std::string run(const std::vector<rte_mbuf*>& frames);
  static std::size_t workers_wanted();
  void forward(const std::vector<rte_mbuf*>& frames);
  [[nodiscard]] std::size_t held() const;
  void answer_neighbours();
  struct Counts {
    std::uint64_t consumed;
    DropCounts drops;
    std::size_t held;
  };
  Counts begin();
  std::string tell(const Counts& before);
  std::string describe(const Wire::Frame& frame);

  Configuration configuration_;
  static constexpr std::size_t most_metered = 2048;
  std::vector<usage::Counters> usage_;  // a row for each worker
  std::size_t bursts_ = 0;
  std::map<std::string, UsageIndex> usage_index_;
  std::unique_ptr<Workers> workers_;
  std::unique_ptr<Snapshot> snapshot_;
  std::unique_ptr<Burst> burst_;
  std::vector<std::unique_ptr<Snapshot>> old_;
  std::vector<Wire::Frame> left_;
  std::map<std::string, bool, std::less<>> unplugged_;
  std::uint32_t generation_ = 0;
  flow::Ticks time_ = 0;
  bool is_dirty_ = true;
  bool has_taps_ = true;
  bool neighbours_are_silent_ = false;
};

}  // namespace viaduct::test
