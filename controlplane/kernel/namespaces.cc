#include "controlplane/kernel/namespaces.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <map>
#include <mutex>

#include "controlplane/kernel/follower.h"
#include "controlplane/kernel/furnishing.h"
#include "controlplane/kernel/guard.h"
#include "controlplane/kernel/links.h"
#include "controlplane/kernel/netns.h"
#include "controlplane/kernel/routes.h"

namespace viaduct::kernel {
namespace {

Result<void> converge_router(const CompiledRouter& router) {
  const NetlinkSocket socket = TRY(connect_netlink());
  const auto links = TRY(converge_links(socket.get(), *router.interfaces));
  return converge_routes(socket.get(), router, links);
}

// Does `act` for every router, and tells the first error once all have had their turn.
template <class Act>
Result<void> for_each_router(const Configuration& configuration, Act act) {
  Result<void> outcome;
  for (const auto& router : configuration.routers) {
    auto done = act(router);
    if (!done && outcome) outcome = fail_within("/routers/" + router->id, done.error());
  }
  return outcome;
}

}  // namespace

class Namespaces::State {
 public:
  explicit State(std::string prefix)
      : prefix_(std::move(prefix)), mark_("viaduct router namespace " + prefix_ + "*") {}

  Result<void> prepare(const Configuration& configuration) {
    const std::scoped_lock lock{mutex_};
    return for_each_router(configuration, [&](const auto& router) -> Result<void> {
      const auto home = homes_.find(prefix_ + router->id);
      if (home != homes_.end() && home->second.furnished_for == router->interfaces) return {};
      return furnish_router(*router);
    });
  }

  bool is_prepared(const Configuration& configuration) {
    const std::scoped_lock lock{mutex_};
    bool is_all_intact = true;
    for (const auto& router : configuration.routers) {
      if (is_home_intact(*router).value_or(false)) continue;
      is_all_intact = false;
      const auto home = homes_.find(prefix_ + router->id);
      if (home == homes_.end()) continue;
      home->second.furnished_for = nullptr;
      home->second.is_converged = false;
    }
    return is_all_intact;
  }

  Result<void> converge(const Configuration& configuration) {
    const std::scoped_lock lock{mutex_};
    auto outcome = for_each_router(configuration, [&](const auto& router) -> Result<void> {
      const auto home = homes_.find(prefix_ + router->id);
      if (home == homes_.end()) {
        return fail(Fault::failed, "", "the router's network namespace was not prepared");
      }
      if (home->second.is_as(*router)) return {};
      home->second.wanted = router;
      return converge_home(home->second);
    });
    // Every router has a home now, so as many homes as routers are theirs.
    if (outcome && are_strangers_gone_ && homes_.size() == configuration.routers.size()) return {};
    auto removed = remove_strangers(configuration);
    are_strangers_gone_ = removed.has_value();
    return outcome ? removed : outcome;
  }

 private:
  // One router's namespace.
  struct Home {
    NetworkNamespace network;
    Guard guard;
    Descriptor changes;
    std::shared_ptr<const CompiledRouter> wanted;  // nullptr before the first converge()
    bool is_converged = false;                     // to what is wanted
    std::shared_ptr<const interface::Table> furnished_for;

    // Whether it is already as `router` wants it. Other changes of the router do not concern us.
    [[nodiscard]] bool is_as(const CompiledRouter& router) const {
      return is_converged && wanted->interfaces == router.interfaces &&
             wanted->desired.of<route::Route>() == router.desired.of<route::Route>();
    }
  };

  static Result<void> converge_home(Home& home) {
    auto converged = home.network.run([&] { return converge_router(*home.wanted); });
    home.is_converged = converged.has_value();
    return converged;
  }

  Result<bool> is_home_intact(const CompiledRouter& router) {
    const auto name = TRY(NamespaceName::parse(prefix_ + router.id));
    const auto home = homes_.find(name.text());
    if (home == homes_.end() || !home->second.network.is_named(name)) return false;
    if (!TRY(home->second.guard.is_untouched())) return false;
    return home->second.network.run([] { return is_furnished_still(); });
  }

  Result<void> furnish_router(const CompiledRouter& router) {
    const auto name = TRY(NamespaceName::parse(prefix_ + router.id));
    const auto home = homes_.find(name.text());
    if (home == homes_.end() || !home->second.network.is_named(name)) return move_in(name, router);
    home->second.furnished_for = nullptr;
    TRY(home->second.network.run([&] { return furnish(mark_); }));
    TRY(home->second.guard.install(router.interfaces->all()));
    home->second.furnished_for = router.interfaces;
    return {};
  }

  // Finds the router's namespace or makes it.
  Result<void> move_in(const NamespaceName& name, const CompiledRouter& router) {
    Guard guard;
    Descriptor changes;
    const auto work = [&]() -> Result<void> {
      TRY(furnish(mark_));
      guard = TRY(Guard::open());
      changes = TRY(open_change_socket());
      return guard.install(router.interfaces->all());
    };
    auto network = NetworkNamespace::open(name);
    if (network) {
      TRY(check_ours(*network, name));
      TRY(network->run(work));
    } else if (network.error().fault == Fault::not_found) {
      network = NetworkNamespace::create(name, work);
    }
    if (!network) return tl::unexpected<Error>{network.error()};
    TRY(start_follower());
    TRY(follower_->watch(changes));
    homes_.insert_or_assign(name.text(), Home{.network = *std::move(network),
                                              .guard = std::move(guard),
                                              .changes = std::move(changes),
                                              .wanted = nullptr,
                                              .furnished_for = router.interfaces});
    return {};
  }

  Result<void> start_follower() {
    if (follower_ != nullptr) return {};
    follower_ = TRY(Follower::start([this](int socket) { changed(socket); }));
    return {};
  }

  Result<void> check_ours(const NetworkNamespace& network, const NamespaceName& name) {
    if (TRY(is_ours(network))) return {};
    return fail(Fault::conflict, "",
                "network namespace '" + name.text() +
                    "' exists and was made by somebody else; remove it, or choose another "
                    "namespace_prefix");
  }

  [[nodiscard]] Result<bool> is_ours(const NetworkNamespace& network) const {
    return network.run([&] { return is_furnished(mark_); });
  }

  Result<void> remove_strangers(const Configuration& configuration) {
    const auto is_stranger = [&](std::string_view name) {
      return configuration.find(name.substr(prefix_.size())) == nullptr;
    };
    std::erase_if(homes_, [&](const auto& home) { return is_stranger(home.first); });
    Result<void> outcome;
    for (const NamespaceName& name : namespaces_beginning_with(prefix_)) {
      if (!is_stranger(name.text())) continue;
      const auto network = NetworkNamespace::open(name);
      if (!network || !is_ours(*network).value_or(false)) continue;
      if (auto removed = remove_namespace(name); !removed && outcome) outcome = removed;
    }
    return outcome;
  }

  void changed(int socket) {
    const std::scoped_lock lock{mutex_};
    const auto home = std::ranges::find_if(
        homes_, [&](const auto& each) { return each.second.changes.get() == socket; });
    if (home == homes_.end()) return;
    drain(home->second.changes);
    if (home->second.wanted == nullptr) return;
    if (auto done = converge_home(home->second); !done) {
      spdlog::warn("network namespace {}: {}", home->first, done.error().why);
    }
  }

  const std::string prefix_;
  const std::string mark_;  // tells our namespaces from others of a like name
  std::mutex mutex_;        // guards what is below, and lets one thread at a time change the kernel
  std::map<std::string, Home, std::less<>> homes_;
  std::unique_ptr<Follower> follower_;
  bool are_strangers_gone_ = false;
};

Namespaces::Namespaces(std::string prefix) : state_(std::make_unique<State>(std::move(prefix))) {}
Namespaces::~Namespaces() = default;

Result<void> Namespaces::prepare(const Configuration& configuration) {
  return state_->prepare(configuration);
}

bool Namespaces::is_prepared(const Configuration& configuration) {
  return state_->is_prepared(configuration);
}

Result<void> Namespaces::converge(const Configuration& configuration) {
  return state_->converge(configuration);
}

}  // namespace viaduct::kernel
