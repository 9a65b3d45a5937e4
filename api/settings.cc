#include "api/settings.h"

#include <ini.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <optional>
#include <set>
#include <span>
#include <sstream>
#include <system_error>

namespace viaduct {
namespace {

using api::Json;

template <class Visit>
void for_each_section(Settings& settings, Visit visit) {
  visit(settings.dataplane);
  visit(settings.control);
  visit(settings.guest);
  visit(settings.routers);
}

// The JSON form of an INI value, so that the codecs judge it.
template <class T>
Json as_json(std::string_view text, const T& /*type*/) {
  return text;
}

template <class T, T lowest, T highest>
Json as_json(std::string_view text, const api::Ranged<T, lowest, highest>& /*type*/) {
  std::uint64_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_number = problem == std::errc{} && end == text.data() + text.size();
  return is_number ? Json(number) : Json(text);
}

Json as_json(std::string_view text, const std::vector<std::string>& /*type*/) {
  Json words = Json::array();
  std::istringstream stream{std::string{text}};
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

Json as_json(std::string_view text, const std::vector<Settings::Core>& /*type*/) {
  Json numbers = Json::array();
  for (const Json& word : as_json(text, std::vector<std::string>{})) {
    numbers.push_back(as_json(word.get<std::string>(), Settings::Core{}));
  }
  return numbers;
}

std::string as_text(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (!value.is_array()) return value.dump();
  std::string text;
  for (const Json& word : value) text += (text.empty() ? "" : " ") + as_text(word);
  return text;
}

// One walk through one file. libinih splits the lines; we count them, since the library as Debian
// builds it tells no line numbers, cuts long lines and passes over lines without a '='.
class Reader {
 public:
  Reader(std::string path, std::istream& stream) : path_(std::move(path)), stream_(stream) {}

  Result<Settings> read() {
    ini_parse_stream(next_line, this, take, this);
    if (refused_) return tl::unexpected<Error>{*refused_};
    return settings_;
  }

 private:
  static char* next_line(char* buffer, int size, void* self) {
    return static_cast<Reader*>(self)->next_line({buffer, static_cast<std::size_t>(size)});
  }
  static int take(void* self, const char* section, const char* name, const char* value) {
    static_cast<Reader*>(self)->take(section, name, value == nullptr ? "" : value);
    return 1;
  }

  char* next_line(std::span<char> buffer) {
    std::string line;
    if (refused_ || !std::getline(stream_, line)) return nullptr;
    ++line_;
    if (line.size() + 2 > buffer.size()) {
      refuse("line is longer than " + std::to_string(buffer.size() - 2) + " bytes");
      return nullptr;
    }
    check_shape(line);
    line += '\n';
    std::memcpy(buffer.data(), line.c_str(), line.size() + 1);
    return buffer.data();
  }

  void check_shape(std::string_view line) {
    const auto first = line.find_first_not_of(" \t\r");
    if (first == std::string_view::npos || line[first] == ';' || line[first] == '#') return;
    if (line[first] != '[') {
      if (line.find('=') == std::string_view::npos) refuse("expected 'key = value'");
      return;
    }
    const auto name = line.substr(first + 1, line.find(']') - first - 1);
    bool is_known = false;
    for_each_section(settings_, [&](auto& section) { is_known |= section.section == name; });
    if (!is_known) refuse("unknown section [" + std::string{name} + "]");
  }

  void take(std::string_view section, std::string_view name, std::string_view value) {
    if (refused_) return;
    if (!seen_.emplace(section, name).second) {
      return refuse("'" + std::string{name} + "' is given twice");
    }
    bool is_known = false;
    for_each_section(settings_, [&]<class Section>(Section& candidate) {
      if (Section::section != section) return;
      api::for_each_field<Section>([&](const auto& field) {
        if (field.name != name) return;
        is_known = true;
        set(candidate.*field.member, name, value);
      });
    });
    if (!is_known) {
      refuse("unknown key '" + std::string{name} + "' in section [" + std::string{section} + "]");
    }
  }

  template <class T>
  void set(T& member, std::string_view name, std::string_view text) {
    auto value = api::Codec<T>::read(as_json(text, member));
    if (!value) return refuse(std::string{name} + ": " + value.error().why);
    member = *std::move(value);
  }

  void refuse(std::string why) {
    if (refused_) return;
    refused_ = Error{Fault::invalid, path_ + ":" + std::to_string(line_), std::move(why)};
  }

  std::string path_;
  std::istream& stream_;
  unsigned line_ = 0;
  Settings settings_;
  std::set<std::pair<std::string, std::string>> seen_;
  std::optional<Error> refused_;
};

}  // namespace

Result<Settings> read_settings(const std::string& path) {
  std::ifstream file{path};
  if (!file) {
    return fail(Fault::not_found, path,
                "cannot be read: " + std::generic_category().message(errno));
  }
  return Reader{path, file}.read();
}

std::string settings_help() {
  Settings defaults;
  std::string text;
  for_each_section(defaults, [&]<class Section>(const Section& section) {
    text += (text.empty() ? "; " : "\n; ") + std::string{Section::summary} + "\n[" +
            std::string{Section::section} + "]\n";
    api::for_each_field<Section>([&](const auto& field) {
      const auto& value = section.*field.member;
      using Value = std::remove_cvref_t<decltype(value)>;
      text += "; " + std::string{field.meaning} + "\n" + std::string{field.name} + " = " +
              as_text(api::Codec<Value>::write(value)) + "\n";
    });
  });
  return text;
}

}  // namespace viaduct
