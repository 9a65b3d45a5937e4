#include "controlplane/delivery.h"

#include <spdlog/spdlog.h>

#include <utility>

#include "controlplane/status.h"

namespace viaduct {

using api::Json;

Result<Json> Delivery::apply(const Part& part) {
  if (!part.secrets.empty()) owed_.update(part.secrets);
  const Revision base = part.revision - 1;
  const ProcessStatus known = status();
  // Of revision 0 nobody has a document that could be changed.
  const bool is_known = known.is_up && known.revision == base && base != 0;
  if (part.changes == nullptr || !is_known) return apply_whole(part);
  auto answer = tell({{"op", "apply"}, {"base", base}, {"changes", *part.changes}}, part.revision);
  if (!answer && answer.error().fault == Fault::stale) return apply_whole(part);
  return answer;
}

Result<Json> Delivery::apply_whole(const Part& part) {
  return tell({{"op", "apply"}, {"document", part.whole()}}, part.revision);
}

Result<bool> Delivery::hold(const Part& part) {
  const auto held =
      process_.ask({{"op", "hold"}, {"revision", part.revision}, {"document", part.whole()}});
  if (held) return true;
  if (held.error().fault == Fault::unavailable) return false;
  return tl::unexpected<Error>{held.error()};
}

Result<Json> Delivery::apply_held(const Part& part) {
  auto answer = tell({{"op", "apply"}, {"held", true}}, part.revision);
  if (!answer && answer.error().fault == Fault::stale) return apply_whole(part);
  return answer;
}

Result<Json> Delivery::tell(Json question, Revision revision) {
  question["revision"] = revision;
  if (!owed_.empty()) question["secrets"] = owed_;
  auto answer = process_.ask(question);
  if (answer) owed_ = Json::object();
  const std::scoped_lock moment{guard_};
  status_.problem = answer ? "" : told(answer.error());
  if (answer) {
    status_.is_up = true;
    status_.revision = revision;
  }
  return answer;
}

bool Delivery::greet(Revision current) {
  const auto hello = process_.ask({{"op", "hello"}});
  const std::scoped_lock moment{guard_};
  const bool was_up = std::exchange(status_.is_up, hello.has_value());
  if (!hello) {
    if (was_up) spdlog::warn("{}", hello.error().why);
    status_.problem = hello.error().why;
    return false;
  }
  const auto started_at = hello->value("started_at", std::int64_t{0});
  const bool is_another = std::exchange(status_.started_at, started_at) != started_at;
  if (is_another) retry_ = Retry{};
  status_.revision = hello->value("revision", Revision{0});
  const bool is_behind = current != 0 && (is_another || status_.revision != current);
  if (!is_behind) status_.problem.clear();
  return is_behind;
}

bool Delivery::deliver(const Part& part) {
  if (!retry_.is_due(part.revision)) return false;
  const auto applied = apply_whole(part);
  if (applied) {
    spdlog::info("{} has revision {}", name_, part.revision);
    retry_.succeeded();
  } else if (retry_.failed(told(applied.error()))) {
    spdlog::error("{} does not take revision {}: {}", name_, part.revision, told(applied.error()));
  }
  return applied.has_value();
}

ProcessStatus Delivery::status() const {
  const std::scoped_lock moment{guard_};
  return status_;
}

}  // namespace viaduct
