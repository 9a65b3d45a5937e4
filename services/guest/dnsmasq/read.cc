#include "services/guest/dnsmasq/read.h"

#include <algorithm>
#include <set>

#include "services/guest/dnsmasq/dns.h"
#include "services/guest/dnsmasq/keys.h"
#include "services/guest/dnsmasq/lines.h"
#include "services/guest/dnsmasq/text.h"

namespace viaduct::dnsmasq {
namespace {

// Left behind by editors, or hidden.
bool is_leftover(std::string_view name) {
  return name.starts_with('.') || name.ends_with('~') ||
         (name.starts_with('#') && name.ends_with('#'));
}

// conf-dir=DIRECTORY[,ENDING|*ENDING...]: files with the endings are left out, or, where a '*'
// stands before them, only those are read.
bool is_wanted(std::string_view name, const std::vector<std::string_view>& endings) {
  bool has_only = false;
  bool is_among = false;
  for (const auto ending : endings) {
    if (const auto only = after("*", ending)) {
      has_only = true;
      is_among |= name.ends_with(*only);
    } else if (!ending.empty() && name.ends_with(ending)) {
      return false;
    }
  }
  return !is_leftover(name) && (is_among || !has_only);
}

std::string joined(const std::string& directory, const std::string& name) {
  return directory.ends_with('/') ? directory + name : directory + "/" + name;
}

// The first line of `text`, which is taken away.
std::string_view take_line(std::string_view& text) {
  const auto end = std::min(text.find('\n'), text.size());
  const auto line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

class Reader {
 public:
  explicit Reader(Files& files) : files_(files) {}

  Result<Configuration> read(const std::string& path) {
    if (auto read = read_options(path); !read) {
      if (read.error().where.empty()) read.error().where = path;
      return tl::unexpected<Error>{std::move(read).error()};
    }
    for (const auto& [kind, path_of_list, source] : lists_) read_list(kind, path_of_list, source);
    return std::move(configuration_);
  }
  Configuration read_hosts_file(const std::string& path) {
    read_list_file(ListKind::hosts, path, {path, 0});
    return std::move(configuration_);
  }

 private:
  enum class ListKind : std::uint8_t { dhcp_hosts, dhcp_options, hosts };
  struct List {
    ListKind kind;
    std::string path;
    Source source;
  };

  Result<void> read_options(const std::string& path) {
    if (!seen_files_.insert(files_.identity(path)).second) return {};
    if (depth_ == deepest_inclusion) {
      return fail(Fault::too_large, "", "files include each other too deeply");
    }
    const std::string text = TRY(files_.read(path));
    ++depth_;
    TRY(read_lines(
        path, text, Shape::options, [this](const Line& line) { return take_option(line); },
        [](const Source&, const Error&) { return false; }));
    --depth_;
    return {};
  }

  Result<void> take_option(const Line& line) {
    TRY(count_line());
    if (line.key == "conf-file") {
      if (line.value.value_or("").empty()) return {};
      return read_options(revealed(*line.value));
    }
    if (line.key == "conf-dir") return take_directory(line);
    if (line.key == "dhcp-hostsfile") return take_list(ListKind::dhcp_hosts, line);
    if (line.key == "dhcp-optsfile") return take_list(ListKind::dhcp_options, line);
    if (line.key == "addn-hosts") return take_list(ListKind::hosts, line);
    const Key* key = find_key(line.key);
    if (key != nullptr) return take_value(*key, line);
    if (is_unsupported_key(line.key)) return bad("option " + shown(line.key) + " is not supported");
    return bad("unknown option " + shown(line.key));
  }

  Result<void> take_value(const Key& key, const Line& line) {
    if (key.value == Key::Value::none && line.value) {
      return bad(line.key + ": extraneous parameter");
    }
    if (key.value == Key::Value::required && !line.value) {
      return bad(line.key + ": missing parameter");
    }
    if (!key.is_repeatable && !seen_keys_.insert(key.name).second) {
      return bad(line.key + ": illegal repeated keyword");
    }
    const bool is_empty = line.value && line.value->empty();
    if (is_empty && key.may_be_empty) {
      configuration_.notices.push_back({line.source, line.key + ": no effect without a value"});
      return {};
    }
    auto taken = key.take(line.value.value_or(""), line.source, configuration_);
    if (taken) taken = check_reservation();
    if (!taken) return fail(taken.error().fault, "", line.key + ": " + taken.error().why);
    return {};
  }

  // No two hosts have the same IPv4 address. Looks at the last one, if it is new.
  Result<void> check_reservation() {
    auto& hosts = configuration_.dhcp_hosts;
    if (hosts.size() == checked_hosts_) return {};
    const auto address = hosts.back().address;
    if (address && !reserved_.insert(*address).second) {
      hosts.pop_back();
      return bad("duplicate dhcp-host IP address " + to_string(*address));
    }
    ++checked_hosts_;
    return {};
  }

  Result<void> take_directory(const Line& line) {
    if (!line.value) return bad(line.key + ": missing parameter");
    const auto words = split(*line.value, ',');
    const std::string directory = revealed(words.front());
    if (directory.empty()) return {};
    for (const auto& name : TRY(files_.list(directory))) {
      if (is_wanted(name, {words.begin() + 1, words.end()})) {
        TRY(read_options(joined(directory, name)));
      }
    }
    return {};
  }

  Result<void> take_list(ListKind kind, const Line& line) {
    if (!line.value) return bad(line.key + ": missing parameter");
    const std::string path = revealed(*line.value);
    if (!path.empty() && seen_lists_.emplace(kind, files_.identity(path)).second) {
      lists_.push_back({kind, path, line.source});
    }
    return {};
  }

  // A file, or every file of a directory.
  void read_list(ListKind kind, const std::string& path, const Source& source) {
    auto names = files_.list(path);
    if (!names) return read_list_file(kind, path, source);
    for (const auto& name : *names) {
      if (!is_leftover(name)) read_list_file(kind, joined(path, name), source);
    }
  }

  void read_list_file(ListKind kind, const std::string& path, const Source& source) {
    const auto text = files_.read(path);
    if (!text) {
      configuration_.notices.push_back({source, text.error().why});
    } else if (kind == ListKind::hosts) {
      read_hosts(path, *text);
    } else {
      read_values(kind, path, *text);
    }
  }

  void read_values(ListKind kind, const std::string& path, const std::string& text) {
    const Key& key = *find_key(kind == ListKind::dhcp_hosts ? "dhcp-host" : "dhcp-option");
    const auto take = [&](const Line& line) -> Result<void> {
      TRY(count_line());
      TRY(key.take(*line.value, line.source, configuration_));
      return check_reservation();
    };
    const auto note = [&](const Source& source, const Error& error) {
      configuration_.notices.push_back({source, error.why});
      return error.fault != Fault::exhausted;
    };
    static_cast<void>(read_lines(path, text, Shape::values, take, note));
  }

  void read_hosts(const std::string& path, std::string_view text) {
    for (Source source{path, 1}; !text.empty(); ++source.line) {
      auto entry = parse_hosts_line(take_line(text));
      if (entry && *entry) {
        if (const auto counted = count_line(); !counted) {
          configuration_.notices.push_back({source, counted.error().why});
          return;
        }
        (*entry)->source = source;
        configuration_.hosts.push_back(**std::move(entry));
      } else if (!entry) {
        configuration_.notices.push_back({source, entry.error().why});
      }
    }
  }

  Result<void> count_line() {
    if (lines_++ < most_lines) return {};
    return fail(Fault::exhausted, "", "more than " + std::to_string(most_lines) + " lines");
  }

  Files& files_;
  Configuration configuration_;
  std::vector<List> lists_;
  std::set<std::string> seen_files_;
  std::set<std::pair<ListKind, std::string>> seen_lists_;
  std::set<std::string_view> seen_keys_;
  std::set<Address> reserved_;
  std::size_t checked_hosts_ = 0;
  std::size_t lines_ = 0;
  unsigned depth_ = 0;
};

}  // namespace

Result<Configuration> read_configuration(const std::string& path, Files& files) {
  return Reader{files}.read(path);
}

void add_hosts(const std::string& path, Files& files, Configuration& configuration) {
  const Configuration more = Reader{files}.read_hosts_file(path);
  const auto add = [](auto& to, const auto& from) {
    to.insert(to.end(), from.begin(), from.end());
  };
  add(configuration.hosts, more.hosts);
  add(configuration.notices, more.notices);
}

}  // namespace viaduct::dnsmasq
