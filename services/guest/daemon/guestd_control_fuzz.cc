#include <cstddef>
#include <cstdint>
#include <iostream>

#include "services/guest/daemon/test_support.h"

namespace {

using namespace viaduct;  // NOLINT(google-build-using-namespace)

void insist(bool holds, const char* otherwise) {
  if (holds) return;
  std::cerr << otherwise << "\n";
  __builtin_trap();
}

// Each question is answered once, and one that is refused has changed nothing.
void ask(guestd::test::World& world, std::string_view question) {
  const auto revision = world.services->revision();
  const guest::Document before = world.services->document();
  int answers = 0;
  bool is_well = false;
  world.control->ask(question, [&](const std::string& text) {
    ++answers;
    const auto answer = api::parse_json(text, {.bytes = text.size(), .depth = 64});
    insist(answer && answer->is_object(), "an answer that is no object");
    is_well = answer->value("ok", false);
    insist(is_well != answer->contains("error"), "an answer without a verdict");
  });
  while (answers == 0) world.loop.run_one();
  insist(answers == 1, "two answers");
  if (is_well) return;
  insist(world.services->revision() == revision && world.services->document() == before,
         "a question that was refused has changed something");
}

}  // namespace

// The input: questions, each in a line, to a guestd that serves router red.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {  // NOLINT
  static guestd::test::World world;
  (void)world.ask(R"({"op":"apply","revision":1,"document":{}})");
  (void)world.ask(guestd::test::apply_red());
  std::string_view rest{reinterpret_cast<const char*>(data), size};
  while (!rest.empty()) {
    const auto end = std::min(rest.find('\n'), rest.size());
    ask(world, rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  (void)world.ask(R"({"op":"counters"})");
  return 0;
}
