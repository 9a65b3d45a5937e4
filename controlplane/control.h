#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "controlplane/delivery.h"
#include "controlplane/document.h"
#include "controlplane/journal.h"
#include "controlplane/plan.h"
#include "controlplane/process_link.h"
#include "controlplane/retry.h"
#include "controlplane/status.h"

namespace viaduct {

// What the Linux kernel holds for the routers; see controlplane/kernel/namespaces.h.
class Kernel {
 public:
  virtual ~Kernel() = default;
  virtual Result<void> prepare(const Configuration& configuration) = 0;
  // Whether all that prepare() made is still so.
  virtual bool is_prepared(const Configuration& configuration) = 0;
  virtual Result<void> converge(const Configuration& configuration) = 0;
};

// The accepted document, and what it compiles to. A plain value, never edited.
struct Desired {
  Revision revision = 0;
  Documents documents;
  Configuration compiled;
  std::size_t bytes = 0;  // about as many as the document has as JSON
};

using Edit = std::function<Result<void>(ApplianceDocument& next)>;

// What a caller may ask for around an edit.
struct Terms {
  bool dry_run = false;
  std::optional<std::chrono::seconds> confirm_within;
  std::optional<Revision> if_revision;  // refused as stale unless this is the current one
  std::string idempotency_key;          // empty: none
  std::string request;                  // fingerprint of the request, to tell a repetition
  std::string author;
  std::string note;
  bool is_owed = false;  // stays even if the data plane refuses it, which then gets it later
};

// Turns requests into the appliance's next desired state. Safe to call from any thread.
class Control {
 public:
  struct Options {
    std::uint16_t largest_mtu = 9000;
    std::function<WallTime()> now = [] {
      return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    };
  };

  // What it drives. All must outlive it.
  struct Parts {
    Journal& journal;
    Dataplane& dataplane;
    RemoteProcess& guest_services;
    Kernel& kernel;
  };

  // Starts from the journal's last entry.
  static Result<std::unique_ptr<Control>> open(const Parts& parts, Options options);

  // Reads, validates, plans, journals, applies. When it returns an error nothing has changed; when
  // it returns the answer, the change is on disk. A process that is away gets it when it is back;
  // only what it alone keeps, the guests' passwords, is refused while it is away.
  Result<api::Json> change(const Edit& edit, const Terms& terms);
  // The same, with the document of an earlier revision (0: the empty one).
  Result<api::Json> rollback(Revision to, const Terms& terms);
  // A change that waits for confirmation stays. Fault::not_found if none does.
  Result<api::Json> confirm();

  // Takes back what was not confirmed in time, brings a data plane that came back up to date, and
  // mends the routers' namespaces. Called again and again by the supervisor.
  void attend();

  [[nodiscard]] std::shared_ptr<const Desired> desired() const;
  // Of what the packet path takes, in bytes.
  [[nodiscard]] std::uint16_t largest_mtu() const { return options_.largest_mtu; }
  [[nodiscard]] Status status() const;

 private:
  // A change on its way: what it leads to and how long each step took.
  struct Attempt {  // NOLINT(bugprone-exception-escape): nlohmann says its moves may throw
    std::shared_ptr<Desired> next;
    api::Json changes;
    bool are_few = false;
    api::Json packet_path_changes;  // those of its part, if they are few
    api::Json guest_changes;
    api::Json secrets = api::Json::object();  // by path
    Timing timing;
  };

  Control(const Parts& parts, Options options)
      : journal_(parts.journal),
        dataplane_(parts.dataplane),
        guest_services_(parts.guest_services),
        kernel_(parts.kernel),
        options_(std::move(options)) {}

  Result<void> load();
  Result<std::optional<api::Json>> repeated(const Terms& terms);
  Result<api::Json> change_locked(const Edit& edit, const Terms& terms);
  Result<api::Json> counted(Result<api::Json> answer, const Terms& terms);
  Result<Attempt> validate(const Edit& edit);
  Result<api::Json> preview(const Attempt& attempt);
  Result<api::Json> acknowledge(const Attempt& attempt, const Terms& terms);
  Result<api::Json> commit(Attempt attempt, const Terms& terms);
  Result<void> record(const Attempt& attempt, const Terms& terms, const api::Json& answer);
  void take_back(const Desired& before, const ApplianceDocument& refused,
                 std::optional<Confirmation> pending, const Terms& terms, const Error& refusal);
  Result<void> check_secrets(const Attempt& attempt);
  void converge(const Configuration& configuration);
  void note_kernel(const Result<void>& outcome);
  void expire_confirmation();
  void deliver();
  void deliver_guests();
  void mend_kernel();
  void tidy_journal();
  void prepare_again(const Configuration& configuration);

  Journal& journal_;
  Dataplane& dataplane_;
  RemoteProcess& guest_services_;
  Kernel& kernel_;
  Options options_;
  std::mutex one_at_a_time_;  // held through a whole change
  Directory directory_;       // of the compiled configuration; guarded by one_at_a_time_
  Delivery packet_path_{"the data plane", dataplane_};
  Delivery guests_{"viaduct-guestd", guest_services_};

  // Of attend() alone.
  static constexpr unsigned rounds_between_looks = 6;  // at the kernel
  unsigned round_ = 0;
  Retry expiry_;
  Retry mending_;
  Retry tidying_;

  mutable std::mutex guard_;  // of all below; held for moments only
  std::shared_ptr<const Desired> desired_ = std::make_shared<const Desired>();
  Status status_;
};

}  // namespace viaduct
