#pragma once

#include <functional>
#include <string>
#include <utility>

#include "services/guest/metadata/server.h"
#include "services/guest/serving/web_listener.h"

namespace viaduct::guestd {

// The metadata of all routers.
class MetadataService final : public serving::WebListener::User {
 public:
  [[nodiscard]] metadata::Server& server() { return server_; }
  [[nodiscard]] const metadata::Server& server() const { return server_; }

  Result<web::Connection> accept(web::Peer peer, web::Time now) override {
    return server_.accept(std::move(peer), now);
  }
  void before_answer(const std::string& /*network*/, std::function<void()> go) override { go(); }

 private:
  metadata::Server server_;
};

}  // namespace viaduct::guestd
