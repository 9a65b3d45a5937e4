#include "controlplane/cloudstack/aggregate.h"

#include <map>
#include <optional>

namespace viaduct::cloudstack {
namespace {

constexpr std::size_t most_elements = 100'000;
constexpr std::string_view update_script = "/opt/cloud/bin/update_config.py";

std::string_view base_name(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  Result<Aggregate> read() {
    while (const auto line = next_significant()) {
      if (++elements_ > most_elements) return wrong("has too many elements");
      if (*line == "<version>") {
        TRY(read_version());
      } else if (*line == "<file>") {
        TRY(read_file());
      } else if (*line == "<script>") {
        TRY(read_script());
      } else {
        return wrong("expected <version>, <file> or <script>");
      }
    }
    return std::move(aggregate_);
  }

 private:
  // The next line, without its end.
  std::optional<std::string_view> next() {
    if (rest_.empty()) return std::nullopt;
    const auto end = rest_.find('\n');
    std::string_view line = rest_.substr(0, end);
    rest_ = end == rest_.npos ? std::string_view{} : rest_.substr(end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    ++line_;
    return line;
  }
  std::optional<std::string_view> next_significant() {
    auto line = next();
    while (line && (line->empty() || line->starts_with('#'))) line = next();
    return line;
  }
  [[nodiscard]] tl::unexpected<Error> wrong(std::string_view why) const {
    return fail(Fault::malformed, "", "line " + std::to_string(line_) + ": " + std::string{why});
  }
  Result<void> expect(std::string_view tag) {
    if (next_significant() == tag) return {};
    return wrong("expected " + std::string{tag});
  }

  Result<void> read_version() {
    if (next_significant() != "1.0") return wrong("only version 1.0 is known");
    return expect("</version>");
  }

  Result<void> read_file() {
    const auto path = next();
    if (!path || base_name(*path).empty()) return wrong("expected the path of a file");
    const char* const begin = rest_.data();
    while (const auto line = next()) {
      if (*line != "</file>") continue;
      const auto size = static_cast<std::size_t>(line->data() - begin);
      files_.insert_or_assign(std::string{base_name(*path)}, std::string_view{begin, size});
      return {};
    }
    return wrong("expected </file>");
  }

  Result<void> read_script() {
    const auto command = next();
    if (!command || command->empty()) return wrong("expected a command line");
    if (command->substr(0, command->find(' ')) == update_script) {
      take_update(command->substr(update_script.size()));
    } else {
      aggregate_.other_scripts.emplace_back(*command);
    }
    return expect("</script>");
  }

  // " NAME" or " NAME false"
  void take_update(std::string_view arguments) {
    arguments.remove_prefix(std::min(arguments.find_first_not_of(' '), arguments.size()));
    const std::string name{arguments.substr(0, arguments.find(' '))};
    Step step{name};
    const auto file = files_.find(name);
    if (file == files_.end()) {
      step.content = fail(Fault::not_found, "", "there is no such file");
    } else {
      step.content = api::parse_json(file->second);
    }
    aggregate_.steps.push_back(std::move(step));
  }

  std::string_view rest_;
  std::size_t line_ = 0;
  std::size_t elements_ = 0;
  std::map<std::string, std::string_view, std::less<>> files_;  // not applied yet, by name
  Aggregate aggregate_;
};

}  // namespace

Result<Aggregate> parse_aggregate(std::string_view text) {
  return Reader{text}.read();
}

}  // namespace viaduct::cloudstack
