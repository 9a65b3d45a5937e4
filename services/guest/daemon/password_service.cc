#include "services/guest/daemon/password_service.h"

#include <openssl/rand.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>

#include <boost/asio/post.hpp>
#include <cstdio>

#include "base/durable_file.h"

namespace viaduct::guestd {
namespace {

using namespace std::chrono_literals;
using password::SealingKey;

constexpr auto rest_after_failure = 1s;

bool exists(const std::string& path) {
  struct stat facts {};
  return stat(path.c_str(), &facts) == 0;
}

Result<SealingKey> load_or_make_key(const std::string& path) {
  if (!exists(path)) {
    password::SecretBytes bytes(SealingKey::size);
    if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), SealingKey::size) != 1) {
      return fail(Fault::failed, path, "there are no random numbers for a key");
    }
    TRY(write_durably(path, {bytes.data(), bytes.size()}));
  }
  return SealingKey::load(path);
}

}  // namespace

PasswordService::PasswordService(boost::asio::io_context& loop, const std::string& directory,
                                 SealingKey key)
    : loop_(loop), file_(directory + "passwords"), key_(std::move(key)), retry_(loop) {}

PasswordService::~PasswordService() {
  disk_.join();
}

Result<std::unique_ptr<PasswordService>> PasswordService::open(boost::asio::io_context& loop,
                                                               const std::string& directory) {
  auto key = TRY(load_or_make_key(directory + "key"));
  return std::unique_ptr<PasswordService>{new PasswordService{loop, directory, std::move(key)}};
}

Result<void> PasswordService::restore() {
  if (!exists(file_)) return {};
  const std::string sealed = TRY(read_whole(file_));
  auto restored = server_.restore(sealed, key_);
  if (restored) return {};
  const std::string aside = file_ + ".unreadable";
  if (std::rename(file_.c_str(), aside.c_str()) != 0) {
    return file_problem(file_, "cannot be put aside");
  }
  return restored;
}

void PasswordService::before_answer(const std::string& network, std::function<void()> go) {
  const auto* const outcomes = server_.outcomes(network);
  const std::uint64_t now = outcomes == nullptr ? 0 : (*outcomes)[password::Outcome::acknowledged];
  std::uint64_t& before = acknowledged_[network];
  // Another connection of the same guest may have acknowledged a moment ago.
  const bool is_stored = before == now && storing_.empty() && waiting_.empty();
  before = now;
  if (is_stored) return go();
  store_acknowledgement(std::move(go));
}

void PasswordService::store_acknowledgement(std::function<void()> go) {
  store([this, go = std::move(go)](const Result<void>& outcome) {
    if (outcome) return go();
    unsettled_.push_back(go);
    if (unsettled_.size() > 1) return;
    retry_.expires_after(rest_after_failure);
    retry_.async_wait([this](const boost::system::error_code& problem) {
      if (problem) return;
      for (auto& each : std::exchange(unsettled_, {})) store_acknowledgement(std::move(each));
    });
  });
}

void PasswordService::store(Done done) {
  waiting_.push_back(std::move(done));
  if (storing_.empty()) begin_store();
}

void PasswordService::begin_store() {
  storing_ = std::exchange(waiting_, {});
  auto sealed = server_.seal(key_);
  boost::asio::post(disk_, [this, sealed = std::move(sealed)] {
    auto outcome = sealed ? write_durably(file_, *sealed) : tl::unexpected<Error>{sealed.error()};
    boost::asio::post(loop_, [this, outcome = std::move(outcome)] { finish_store(outcome); });
  });
}

void PasswordService::finish_store(const Result<void>& outcome) {
  if (!outcome) {
    spdlog::error("passwords are not stored: {}: {}", outcome.error().where, outcome.error().why);
  }
  const auto done = std::exchange(storing_, {});
  if (!waiting_.empty()) begin_store();
  for (const Done& each : done) each(outcome);
}

}  // namespace viaduct::guestd
