#pragma once

#include <boost/asio/io_context.hpp>
#include <map>
#include <memory>
#include <string>
#include <variant>

#include "services/guest/daemon/listeners.h"
#include "services/guest/daemon/metadata_service.h"
#include "services/guest/daemon/password_service.h"
#include "services/guest/document.h"
#include "services/guest/serving/dhcp_service.h"
#include "services/guest/serving/dns_service.h"

namespace viaduct::guestd {

// What the services of all routers share.
struct Shared {
  boost::asio::io_context& loop;
  broker::Sockets& sockets;
  serving::DhcpService& dhcp;
  MetadataService& metadata;
  PasswordService& passwords;
  std::string namespace_path;  // that of router red's namespace, but for "red"
  serving::Tls tls;            // none without a certificate
};

// All that one router serves its guests.
class RouterServices final : private Listeners::User {
 public:
  // REQUIRES: `shared` outlives it.
  RouterServices(Shared& shared, std::string id);
  RouterServices(const RouterServices&) = delete;
  RouterServices& operator=(const RouterServices&) = delete;
  // REQUIRES: it was changed to nothing, or the whole process ends.
  ~RouterServices() = default;

  // From what is served now to something else, at a cost of what differs: removals first, then
  // additions. An error, whose `where` points into the router, leaves it half way; going back to
  // `before` always succeeds.
  Result<void> change(const guest::Router& before, const guest::Router& after);
  // Sees to sockets that could not be opened, or that are of a namespace that was replaced.
  void check() { listeners_.check(); }
  // As an interface of this router is known to services of all routers.
  [[nodiscard]] std::string network(const std::string& interface) const {
    return id_ + "/" + interface;
  }
  [[nodiscard]] const Listeners& listeners() const { return listeners_; }
  [[nodiscard]] const dns::Server& dns() const { return dns_.server(); }

 private:
  void opened(const Listener& listener, Descriptor socket) override;
  void closed(const Listener& listener) override;
  void listen(const guest::Router& router);

  // What a resource that is there now, or has changed, means to its service.
  Result<void> set(const std::string& id, const guest::Interface& interface);
  Result<void> set(const std::string& id, const dhcp::Subnet& subnet);
  Result<void> set(const std::string& id, const dhcp::Reservation& reservation);
  Result<void> set(const std::string& id, const dns::Settings& settings);
  template <class Name>
  Result<void> set(const std::string& id, const Name& name);
  Result<void> set(const std::string& id, const metadata::Settings& settings);
  Result<void> set(const std::string& id, const metadata::Guest& guest);
  Result<void> set(const std::string& id, const password::Settings& settings);
  Result<void> set(const std::string& id, const password::Password& password);
  // The same for one that goes.
  void remove(const std::string& id, const guest::Interface& interface);
  void remove(const std::string& id, const dhcp::Subnet& subnet);
  void remove(const std::string& id, const dhcp::Reservation& reservation);
  void remove(const std::string& id, const dns::Settings& settings);
  void remove(const std::string& id, const dns::Host& host);
  void remove(const std::string& id, const dns::Alias& alias);
  void remove(const std::string& id, const dns::Wildcard& wildcard);
  void remove(const std::string& id, const dns::Forward& forward);
  void remove(const std::string& id, const metadata::Settings& settings);
  void remove(const std::string& id, const metadata::Guest& guest);
  void remove(const std::string& id, const password::Settings& settings);
  void remove(const std::string& id, const password::Password& password);
  template <class R>
  void remove_all(const guest::Router& before, const guest::Router& after);
  template <class R>
  Result<void> set_all(const guest::Router& before, const guest::Router& after);

  Shared& shared_;
  std::string id_;
  serving::DnsService dns_;
  Listeners listeners_;
  std::set<Listener> wanted_;
  // What has the socket of each listener that is open; DHCP has its own.
  using WebListener = std::unique_ptr<serving::WebListener>;
  std::map<Listener, std::variant<serving::DnsService::Door, WebListener>> open_;
};

}  // namespace viaduct::guestd
