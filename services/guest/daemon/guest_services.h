#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "services/guest/daemon/router_services.h"
#include "services/guest/document.h"

namespace viaduct::guestd {

// A password that is told to guestd, but is not in the document: whose it is, and what it is.
struct NewPassword {
  std::string router;
  std::string id;
  password::Secret secret;
};

// What is to be served from now on.
struct Update {
  std::uint64_t revision = 0;
  guest::Document document;
  std::vector<NewPassword> passwords;
  // Whether it is all new. Else only what differs is looked at, at a cost of that alone.
  bool is_whole = true;
};

// What is served to the guests of all routers, as the latest document says.
class GuestServices {
 public:
  struct Options {
    std::string state_directory;  // ends with a slash
    std::string namespace_path;   // that of router red's namespace, but for "red"
    serving::Tls tls;             // for metadata; none without a certificate
  };
  // Reads what an earlier process has stored. REQUIRES: `loop` and `sockets` outlive it.
  static Result<std::unique_ptr<GuestServices>> open(boost::asio::io_context& loop,
                                                     broker::Sockets& sockets,
                                                     const Options& options);
  GuestServices(const GuestServices&) = delete;
  GuestServices& operator=(const GuestServices&) = delete;
  ~GuestServices() = default;

  // The revision of the document; 0 until there is one.
  [[nodiscard]] std::uint64_t revision() const { return revision_; }
  [[nodiscard]] const guest::Document& document() const { return document_; }

  // What is as before keeps its sockets, leases, answers and connections. Refused as a whole, or
  // done as a whole; done() is called once what must be stored is stored.
  using Done = std::function<void(const Result<void>& outcome)>;
  void apply(Update update, const Done& done);

  // All leases; of one router, and of one interface of it, if they are not empty.
  [[nodiscard]] api::Json leases(const std::string& router, const std::string& interface) const;
  [[nodiscard]] api::Json counters() const;

 private:
  [[nodiscard]] api::Json network_counters(const RouterServices& services,
                                           const std::string& interface) const;
  GuestServices(boost::asio::io_context& loop, broker::Sockets& sockets, const Options& options,
                std::unique_ptr<serving::DhcpService> dhcp,
                std::unique_ptr<PasswordService> passwords);
  [[nodiscard]] Result<void> check(const Update& update) const;
  Result<void> change_to(const guest::Document& document);
  void change_back(const guest::Document& document, const std::string& last);
  Result<void> change_router(const std::string& id, const guest::Router* before,
                             const guest::Router* after);
  void configured_first();
  void tell(NewPassword one);
  void watch();

  std::unique_ptr<serving::DhcpService> dhcp_;
  MetadataService metadata_;
  std::unique_ptr<PasswordService> passwords_;
  Shared shared_;
  std::map<std::string, std::unique_ptr<RouterServices>> routers_;
  guest::Document document_;
  std::uint64_t revision_ = 0;
  boost::asio::steady_timer watch_;
};

}  // namespace viaduct::guestd
