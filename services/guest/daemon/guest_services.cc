#include "services/guest/daemon/guest_services.h"

#include <spdlog/spdlog.h>

namespace viaduct::guestd {
namespace {

using namespace std::chrono_literals;

// Within which time a namespace that has come is found. The kernel tells of all else.
constexpr auto between_checks = 500ms;

}  // namespace

GuestServices::GuestServices(boost::asio::io_context& loop, broker::Sockets& sockets,
                             const Options& options, std::unique_ptr<serving::DhcpService> dhcp,
                             std::unique_ptr<PasswordService> passwords)
    : dhcp_(std::move(dhcp)),
      passwords_(std::move(passwords)),
      shared_{loop, sockets, *dhcp_, metadata_, *passwords_, options.namespace_path, options.tls},
      watch_(loop) {
  watch();
}

Result<std::unique_ptr<GuestServices>> GuestServices::open(boost::asio::io_context& loop,
                                                           broker::Sockets& sockets,
                                                           const Options& options) {
  auto dhcp = TRY(serving::DhcpService::open(loop, options.state_directory + "leases"));
  auto passwords = TRY(PasswordService::open(loop, options.state_directory));
  return std::unique_ptr<GuestServices>{
      new GuestServices{loop, sockets, options, std::move(dhcp), std::move(passwords)}};
}

void GuestServices::watch() {
  watch_.expires_after(between_checks);
  watch_.async_wait([this](const boost::system::error_code& problem) {
    if (problem) return;
    for (const auto& [id, router] : routers_) router->check();
    watch();
  });
}

void GuestServices::apply(Update update, const Done& done) {
  if (auto fits = check(update); !fits) return done(fits);
  if (auto changed = change_to(update.document); !changed) return done(changed);
  document_ = std::move(update.document);
  if (std::exchange(revision_, update.revision) == 0) configured_first();
  for (NewPassword& each : update.passwords) tell(std::move(each));
  dhcp_->store_what_waits();
  if (update.passwords.empty()) return done({});
  passwords_->store(done);
}

// One that is for nobody any more is passed over: it may have been told before its resource went.
void GuestServices::tell(NewPassword one) {
  const auto router = document_.routers.find(one.router);
  if (router == document_.routers.end()) return;
  const auto& all = router->second.of<password::Password>();
  const auto found = all.find(one.id);
  if (found == all.end()) return;
  password::Password told = found->second;
  told.password = std::move(one.secret);
  const std::string network = one.router + "/" + told.interface;
  // It fits: the same one without its password is there.
  (void)passwords_->server().set_password(network, one.id, std::move(told));
}

Result<void> GuestServices::check(const Update& update) const {
  if (!update.is_whole) return {};
  for (const auto& [id, router] : update.document.routers) {
    const auto before = document_.routers.find(id);
    const bool is_new = before == document_.routers.end();
    auto fits = guest::check(router, is_new ? guest::Router{} : before->second);
    if (!fits) return fail_within("/routers/" + id, fits.error());
  }
  return {};
}

Result<void> GuestServices::change_to(const guest::Document& document) {
  Result<void> outcome;
  std::string last;
  api::Named<guest::Router>::compare(
      document_.routers, document.routers,
      [&](const std::string& id, const guest::Router* before, const guest::Router* after) {
        last = id;
        outcome = change_router(id, before, after);
        return outcome.has_value();
      });
  if (outcome) return {};
  change_back(document, last);
  return fail_within("/routers/" + last, outcome.error());
}

// From what has been changed up to the router that could not be.
void GuestServices::change_back(const guest::Document& document, const std::string& last) {
  api::Named<guest::Router>::compare(
      document.routers, document_.routers,
      [&](const std::string& id, const guest::Router* failed, const guest::Router* before) {
        if (auto done = change_router(id, failed, before); !done) {
          spdlog::error("router {} is not as before: {}: {}", id, done.error().where,
                        done.error().why);
        }
        return id != last;
      });
}

Result<void> GuestServices::change_router(const std::string& id, const guest::Router* before,
                                          const guest::Router* after) {
  static const guest::Router nothing;
  auto& services = routers_[id];
  if (!services) services = std::make_unique<RouterServices>(shared_, id);
  auto outcome =
      services->change(before == nullptr ? nothing : *before, after == nullptr ? nothing : *after);
  if (outcome && after == nullptr) routers_.erase(id);
  return outcome;
}

void GuestServices::configured_first() {
  dhcp_->server().drop_unserved_leases();
  if (auto restored = passwords_->restore(); !restored) {
    spdlog::error("passwords of an earlier process are lost: {}: {}", restored.error().where,
                  restored.error().why);
  }
}

}  // namespace viaduct::guestd
