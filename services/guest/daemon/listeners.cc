#include "services/guest/daemon/listeners.h"

#include <sys/stat.h>

#include <algorithm>

namespace viaduct::guestd {
namespace {

// 0 if there is none.
std::uint64_t namespace_at(const std::string& path) {
  struct stat facts {};
  return stat(path.c_str(), &facts) == 0 ? facts.st_ino : 0;
}

}  // namespace

void Listeners::add(const Listener& listener) {
  const auto [place, is_new] = all_.try_emplace(listener);
  if (!watch_) enter_namespace();
  if (is_new) attend_to(place->first, place->second);
}

void Listeners::remove(const Listener& listener) {
  const auto place = all_.find(listener);
  if (place == all_.end()) return;
  close(place->first, place->second, "");
  all_.erase(place);
}

void Listeners::check() {
  const std::uint64_t now = namespace_at(path_);
  if (watch_ && now != namespace_) leave_namespace("there is no network namespace");
  if (!watch_ && now != 0) enter_namespace();
  attend_to_all();
}

void Listeners::leave_namespace(const std::string& why) {
  watch_.reset();
  namespace_ = 0;
  no_namespace_ = why;
  questions_.clear();
  for (auto& [listener, state] : all_) close(listener, state, why);
}

void Listeners::enter_namespace() {
  auto opened = sockets_.open({.kind = broker::Kind::changes, .router = router_});
  if (!opened) {
    no_namespace_ = opened.error().why;
    return;
  }
  namespace_ = opened->network_namespace;
  watch_ = std::make_unique<InterfaceWatch>(loop_, std::move(opened->sockets.front()),
                                            [this] { attend_to_all(); });
}

void Listeners::attend_to_all() {
  for (auto& [listener, state] : all_) attend_to(listener, state);
}

void Listeners::attend_to(const Listener& listener, State& state) {
  if (!watch_) {
    state.problem = no_namespace_;
    return;
  }
  const unsigned index = watch_->index_of(listener.interface);
  if (state.index != 0 && state.index == index) return;
  close(listener, state, "there is no such interface");
  if (index != 0) open(listener, state, index);
}

void Listeners::open(const Listener& listener, State& state, unsigned index) {
  auto opened = sockets_.open({.kind = listener.kind,
                               .router = router_,
                               .interface = listener.interface,
                               .address = listener.address});
  if (!opened) {
    state.problem = opened.error().why;
    return;
  }
  // The namespace was replaced a moment ago: check() will see that, too.
  if (opened->network_namespace != namespace_) return;
  state = {index, ""};
  user_.opened(listener, std::move(opened->sockets.front()));
}

void Listeners::close(const Listener& listener, State& state, std::string why) {
  const bool was_open = state.index != 0;
  state = {0, std::move(why)};
  if (was_open) user_.closed(listener);
}

Result<Descriptor> Listeners::take_question(const Address& resolver, bool is_datagram) {
  auto& ready = questions_[{resolver.is_v4(), is_datagram}];
  if (ready.empty()) {
    // Another namespace than that of the listeners does no harm here: its sockets go with it.
    const auto kind = is_datagram ? broker::Kind::question : broker::Kind::question_stream;
    const std::uint8_t count = is_datagram ? broker::most : 1;
    auto opened =
        TRY(sockets_.open({.kind = kind, .router = router_, .address = resolver, .count = count}));
    ready = std::move(opened.sockets);
  }
  Descriptor taken = std::move(ready.back());
  ready.pop_back();
  return taken;
}

}  // namespace viaduct::guestd
