#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bench/conversations.h"
#include "dataplane/core/tick_clock.h"
#include "dataplane/core/worker.h"
#include "dataplane/forwarding.h"

struct rte_mempool;

namespace viaduct::bench {

class Progress;

// One worker with the whole packet path, between an in-process source and sink. Not thread-safe.
// Where there are several, every rig has a worker, buffers and conversations of its own: those that
// a NIC would give to its worker.
class Rig final : public Output {
 public:
  struct Setup {
    std::uint32_t spare_sessions = 0;  // room for more than the case opens
    Protocol protocol = Protocol::udp;
  };
  static constexpr std::size_t batch_size = 4 * Burst::capacity;

  // A rig with a router for itself.
  static Result<std::unique_ptr<Rig>> make(const Case& measured, const Setup& setup);
  // As many as the router has workers. One thread may use each.
  static Result<std::vector<std::unique_ptr<Rig>>> make_all(const Case& measured,
                                                            const Setup& setup, unsigned workers);
  ~Rig() override;
  Rig(const Rig&) = delete;
  Rig& operator=(const Rig&) = delete;

  // Opens those of the first `count` conversations that are its worker's, by their first packets,
  // and learns how they are translated. The number of live sessions is then exact, or it fails.
  Result<void> open(std::uint32_t count, Progress& progress);
  // Lets frames of both directions come in random order from now on. Fails if none is its worker's.
  Result<void> shuffle();

  // Writes the frames of the next batch; they are of `lengths`. Their senders take turns.
  void write_batch(const FrameLengths& lengths);
  // Writes frames that open the conversations [first, first + count). REQUIRES: count <=
  // batch_size.
  void write_openings(std::uint32_t first, std::size_t count);
  // After openings have been forwarded: learns how they are translated. Fails if one did not leave.
  Result<void> learn_openings(std::uint32_t first, std::size_t count);
  // What the openers of these conversations say next, or what they are answered.
  enum class Direction : std::uint8_t { onward, back };
  void write_next(std::uint32_t first, std::size_t count, Direction direction, TcpFlags flags);
  // Ends the sessions of these conversations; TSC cycles that took, without finding them.
  std::uint64_t close(std::uint32_t first, std::size_t count);
  // Sends what was written through the packet path, burst by burst; TSC cycles that took.
  std::uint64_t forward_batch() noexcept;
  // Compares what left with what should have. Fails with a description of the first frame that is
  // wrong.
  Result<void> check_batch();

  // Sends single packets of UDP that come from outside and belong to no conversation, in one burst.
  // What left of them; the sessions that they opened are ended.
  std::vector<Tuple> forward_strays(const std::vector<Tuple>& strays);

  // Makes `next` the configuration that is followed from the next burst on. Its routers, interfaces
  // and their slots are those of the case. See Worker::follow.
  void follow(const Snapshot& next);
  // The same with what is published. See Worker::catch_up.
  const Snapshot& catch_up(Published<Snapshot>& snapshots);
  static constexpr RouterPorts ports{.wan = 0, .lan = 1};

  [[nodiscard]] Worker& worker() { return worker_; }
  [[nodiscard]] Workers& workers() { return router_->workers(); }
  // Memory of the router's sessions by how many there is room for.
  [[nodiscard]] double bytes_per_session() const;
  [[nodiscard]] double share_on_huge_pages() const { return router_->share_on_huge_pages(); }
  [[nodiscard]] std::size_t left() const { return left_.size(); }       // of the last batch
  [[nodiscard]] std::size_t own_frames() const { return own_frames_; }  // of the router, likewise
  [[nodiscard]] std::uint64_t lost() const { return lost_; }
  [[nodiscard]] std::uint64_t checked() const { return checked_; }
  [[nodiscard]] const Case& measured() const { return case_; }

  std::uint16_t send(PortId port, rte_mbuf** packets, std::uint16_t count) noexcept override;
  std::uint16_t send_to_host(rte_mbuf** packets, std::uint16_t count) noexcept override;

 private:
  Rig(const Case& measured, Protocol protocol, std::shared_ptr<MeasuredRouter> router,
      Worker& worker);
  Result<void> fill();
  // Whether a conversation's packets in one direction come to its worker.
  [[nodiscard]] bool is_mine(const Sketch& sketch) const;
  void introduce_neighbours();
  void keep_neighbours();  // introduces them again when it is time
  void take_back() noexcept;

  Case case_;
  std::shared_ptr<MeasuredRouter> router_;
  Worker& worker_;
  std::vector<rte_mbuf*> buffers_;  // of one batch
  std::size_t written_ = 0;
  std::vector<rte_mbuf*> left_;
  std::size_t own_frames_ = 0;
  std::uint64_t lost_ = 0;
  std::uint64_t checked_ = 0;
  Burst burst_;
  Conversations conversations_;
  const Snapshot* now_ = nullptr;     // not owned
  std::vector<Sketch> from_guests_;   // in random order
  std::vector<Sketch> from_outside_;  // likewise
  std::size_t next_from_guests_ = 0;
  std::size_t next_from_outside_ = 0;
  std::uint32_t frames_written_ = 0;
  TickClock clock_;
  flow::Ticks introduced_ = 0;
};

}  // namespace viaduct::bench
