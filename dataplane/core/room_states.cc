#include "dataplane/core/room_states.h"

#include <type_traits>

namespace viaduct {
namespace {

template <class State>
std::unique_ptr<State> make_state(const RoomStates::Setup& setup) {
  if constexpr (std::is_constructible_v<State, std::size_t, std::uint64_t, bool, std::size_t>) {
    return std::make_unique<State>(setup.most_sessions, setup.seed, setup.use_huge_pages,
                                   setup.workers);
  } else {
    return std::make_unique<State>();
  }
}

template <class... States>
std::tuple<std::unique_ptr<States>...> make_states(
    const RoomStates::Setup& setup, std::type_identity<std::tuple<std::unique_ptr<States>...>>) {
  return {make_state<States>(setup)...};
}

template <class Table>
bool prepare_room(typename StateOf<Table>::Type& state, const CompiledRouter& router) {
  if constexpr (requires { state.prepare(router.of<Table>()); }) {
    return state.prepare(router.of<Table>());
  } else {
    return true;
  }
}

template <class... Tables>
bool prepare_rooms(StatesOf<Tables...>& states, const CompiledRouter& router,
                   std::type_identity<std::tuple<std::shared_ptr<const Tables>...>>) {
  return std::apply([&](auto&... state) { return (prepare_room<Tables>(*state, router) && ...); },
                    states);
}

template <class Table>
void take_stock(const typename StateOf<Table>::Type& state, const CompiledRouter& router,
                std::vector<Stock>& stocks) {
  if constexpr (requires { state.take_stock(router.of<Table>(), stocks); }) {
    state.take_stock(router.of<Table>(), stocks);
  }
}

template <class... Tables>
void take_stocks(const StatesOf<Tables...>& states, const CompiledRouter& router,
                 std::vector<Stock>& stocks,
                 std::type_identity<std::tuple<std::shared_ptr<const Tables>...>>) {
  std::apply([&](const auto&... state) { (take_stock<Tables>(*state, router, stocks), ...); },
             states);
}

template <class Table>
bool take_endpoint(typename StateOf<Table>::Type& state, const CompiledRouter& router,
                   const flow::EndpointWish& wish, flow::GivenEndpoint& given) noexcept {
  if constexpr (requires { state.take_endpoint(router.of<Table>(), wish); }) {
    const auto taken = state.take_endpoint(router.of<Table>(), wish);
    if (taken) given = *taken;
    return taken.has_value();
  } else {
    return false;
  }
}

template <class... Tables>
void take_endpoint_of(StatesOf<Tables...>& states, const CompiledRouter& router,
                      const flow::EndpointWish& wish, flow::GivenEndpoint& given,
                      std::type_identity<std::tuple<std::shared_ptr<const Tables>...>>) noexcept {
  std::apply(
      [&](auto&... state) { (void)(take_endpoint<Tables>(*state, router, wish, given) || ...); },
      states);
}

}  // namespace

RoomStates::RoomStates(const Setup& setup)
    : states_(make_states(setup, std::type_identity<decltype(states_)>{})) {}

bool RoomStates::prepare(const Configuration& next) {
  for (const auto& router : next.routers) {
    if (!prepare_rooms(states_, *router, std::type_identity<Rooms<TablesOf>>{})) return false;
  }
  return true;
}

void RoomStates::session_closed(const flow::Holdings& held) noexcept {
  const auto tell = [&](auto& state) {
    if constexpr (requires { state.session_closed(held); }) state.session_closed(held);
  };
  std::apply([&](auto&... states) { (tell(*states), ...); }, states_);
}

flow::GivenEndpoint RoomStates::take_endpoint(const CompiledRouter& router,
                                              const flow::EndpointWish& wish) noexcept {
  flow::GivenEndpoint given{.mapping = 0, .port = wish.guest.port};
  take_endpoint_of(states_, router, wish, given, std::type_identity<Rooms<TablesOf>>{});
  return given;
}

void RoomStates::share(std::uint32_t mapping) noexcept {
  const auto tell = [&](auto& state) {
    if constexpr (requires { state.share(mapping); }) state.share(mapping);
  };
  std::apply([&](auto&... states) { (tell(*states), ...); }, states_);
}

std::vector<Stock> RoomStates::stocks(const CompiledRouter& router) const {
  std::vector<Stock> stocks;
  take_stocks(states_, router, stocks, std::type_identity<Rooms<TablesOf>>{});
  return stocks;
}

std::size_t RoomStates::session_bytes() const noexcept {
  std::size_t bytes = 0;
  const auto add = [&](const auto& state) {
    if constexpr (requires { state.bytes(); }) bytes += state.bytes();
  };
  std::apply([&](const auto&... states) { (add(*states), ...); }, states_);
  return bytes;
}

}  // namespace viaduct
