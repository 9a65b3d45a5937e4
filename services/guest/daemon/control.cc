#include "services/guest/daemon/control.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <ctime>

#include "api/document_path.h"
#include "api/error.h"
#include "base/framing.h"
#include "services/guest/password/check.h"

namespace viaduct::guestd {
namespace {

using api::Json;

std::string refusal(const Error& error) {
  return Json{{"ok", false}, {"error", api::write_error(error)}}.dump(
      -1, ' ', false, Json::error_handler_t::replace);
}

std::string agreement(Json answer) {
  answer["ok"] = true;
  return answer.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<void> check_attributes(const Json& question, std::initializer_list<std::string_view> known) {
  for (const auto& [name, value] : question.items()) {
    if (std::ranges::find(known, name) == known.end()) {
      return fail(Fault::invalid, "/" + api::pointer_token(name), "unknown attribute");
    }
  }
  return {};
}

Result<std::string> text_at(const Json& question, const std::string& name) {
  const auto found = question.find(name);
  if (found == question.end()) return std::string{};
  if (found->is_string()) return found->get<std::string>();
  return fail_within("/" + name, api::expected("a string", *found));
}

Result<std::uint64_t> revision_at(const Json& question, const std::string& name) {
  const auto found = question.find(name);
  if (found == question.end()) return fail(Fault::invalid, "/" + name, "missing");
  if (found->is_number_unsigned() && *found != 0U) return found->get<std::uint64_t>();
  return fail(Fault::invalid, "/" + name, "expected a whole number above 0");
}

// Reads the secrets of a question, and leaves none in it. Errors do not quote them.
Result<std::vector<NewPassword>> take_secrets(Json& question) {
  std::vector<NewPassword> all;
  const auto found = question.find("secrets");
  if (found == question.end()) return all;
  if (!found->is_object()) {
    return fail_within("/secrets", api::expected("an object", *found));
  }
  Result<void> outcome;
  all.reserve(found->size());
  for (auto& [path, value] : found->items()) {
    const auto steps = api::split_path(path);
    auto secret = api::Codec<password::Secret>::read(value);
    if (value.is_string()) {
      auto& text = value.get_ref<std::string&>();
      OPENSSL_cleanse(text.data(), text.size());
    }
    if (!outcome) continue;
    const std::string where = "/secrets/" + api::pointer_token(path);
    if (steps.size() != 4 || steps[0] != "routers" || steps[2] != "passwords") {
      outcome = fail(Fault::invalid, where, "is not that of a password");
    } else if (!secret) {
      outcome = fail_within(where, secret.error());
    } else if (!secret->is_told()) {
      outcome = fail(Fault::invalid, where, "expected a string");
    } else if (auto is_line = password::check(*secret); !is_line) {
      outcome = fail_within(where, is_line.error());
    } else {
      all.push_back({steps[1], steps[3], *std::move(secret)});
    }
  }
  if (!outcome) return tl::unexpected<Error>{outcome.error()};
  return all;
}

}  // namespace

Control::Control(GuestServices& services) : services_(services), started_at_(std::time(nullptr)) {}

void Control::ask(std::string_view question, const Answer& answer) {
  auto read = api::parse_json(question, {.bytes = largest_frame});
  if (!read) return answer(refusal(read.error()));
  const bool has_operation =
      read->is_object() && read->contains("op") && read->at("op").is_string();
  if (!has_operation) return answer(refusal({Fault::invalid, "/op", "missing: what to do"}));
  const auto operation = read->at("op").get<std::string>();
  if (operation != "apply") {
    auto told = answer_at_once(operation, *read);
    return answer(told ? agreement(*std::move(told)) : refusal(told.error()));
  }
  auto update = read_update(*read);
  if (!update) return answer(refusal(update.error()));
  services_.apply(*std::move(update), [this, answer](const Result<void>& outcome) {
    answer(outcome ? agreement({{"revision", services_.revision()}}) : refusal(outcome.error()));
  });
}

Result<Json> Control::answer_at_once(const std::string& operation, const Json& question) const {
  if (operation == "hello") {
    TRY(check_attributes(question, {"op"}));
    return Json{{"version", VIADUCT_VERSION},
                {"started_at", started_at_},
                {"revision", services_.revision()}};
  }
  if (operation == "counters") {
    TRY(check_attributes(question, {"op"}));
    return services_.counters();
  }
  if (operation == "leases") {
    TRY(check_attributes(question, {"op", "router", "interface"}));
    const std::string router = TRY(text_at(question, "router"));
    const std::string interface = TRY(text_at(question, "interface"));
    return services_.leases(router, interface);
  }
  return fail(Fault::invalid, "/op", "'" + operation + "' is not known");
}

Result<Update> Control::read_update(Json& question) const {
  auto passwords = take_secrets(question);
  if (!passwords) return tl::unexpected<Error>{passwords.error()};
  TRY(check_attributes(question, {"op", "revision", "base", "document", "changes", "secrets"}));
  Update update;
  update.passwords = *std::move(passwords);
  update.revision = TRY(revision_at(question, "revision"));
  const auto document = question.find("document");
  const auto changes = question.find("changes");
  if ((document == question.end()) == (changes == question.end())) {
    return fail(Fault::invalid, "", "expected either a document or changes");
  }
  if (document != question.end()) {
    auto read = api::read_document<guest::Document>(*document);
    if (!read) return fail_within("/document", read.error());
    update.document = *std::move(read);
    return update;
  }
  const std::uint64_t base = TRY(revision_at(question, "base"));
  if (base != services_.revision()) {
    return fail(Fault::stale, "/base",
                "revision " + std::to_string(services_.revision()) + " is served");
  }
  update.is_whole = false;
  update.document = services_.document();
  TRY(api::make_changes(update.document, *changes));
  return update;
}

}  // namespace viaduct::guestd
