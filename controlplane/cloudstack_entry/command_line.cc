#include "controlplane/cloudstack_entry/command_line.h"

#include <optional>

namespace viaduct::cloudstack_entry {
namespace {

constexpr std::string_view shell_only = ";&|<>()$`'";
constexpr std::string_view shell_only_in_quotes = "$`";
constexpr std::string_view escapable_in_quotes = "\"\\$`";

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

auto refuse(char c) {
  const std::string what = is_control(c) ? "a control character" : std::string{"'"} + c + "'";
  return fail(Fault::malformed, "",
              "the command line holds " + what + ", which only a shell would understand");
}

class Splitter {
 public:
  explicit Splitter(std::string_view text) : rest_(text) {}

  Result<Arguments> split() {
    while (!rest_.empty()) {
      const char c = take();
      if (is_control(c) && c != '\t') return refuse(c);
      if (is_quoted_) {
        TRY(take_quoted(c));
      } else {
        TRY(take_plain(c));
      }
    }
    if (is_quoted_) return fail(Fault::malformed, "", "a double quote is not closed");
    end_word();
    return std::move(words_);
  }

 private:
  char take() {
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }

  Result<void> take_plain(char c) {
    if (c == ' ' || c == '\t') {
      end_word();
    } else if (c == '"') {
      is_quoted_ = true;
      if (!word_) word_.emplace();
    } else if (c == '\\') {
      if (rest_.empty() || is_control(rest_.front())) {
        return fail(Fault::malformed, "", "a backslash has nothing to escape");
      }
      add(take());
    } else if (shell_only.find(c) != shell_only.npos) {
      return refuse(c);
    } else {
      add(c);
    }
    return {};
  }

  Result<void> take_quoted(char c) {
    if (c == '"') {
      is_quoted_ = false;
    } else if (c == '\\' && !rest_.empty() &&
               escapable_in_quotes.find(rest_.front()) != escapable_in_quotes.npos) {
      add(take());
    } else if (shell_only_in_quotes.find(c) != shell_only_in_quotes.npos) {
      return refuse(c);
    } else {
      add(c);
    }
    return {};
  }

  void add(char c) {
    if (!word_) word_.emplace();
    *word_ += c;
  }

  void end_word() {
    if (word_) words_.push_back(*std::move(word_));
    word_.reset();
  }

  std::string_view rest_;
  Arguments words_;
  std::optional<std::string> word_;
  bool is_quoted_ = false;
};

}  // namespace

Result<Arguments> split_command_line(std::string_view text) {
  if (text.size() > longest_command_line) {
    return fail(Fault::too_large, "", "the command line is longer than 64 KiB");
  }
  return Splitter{text}.split();
}

}  // namespace viaduct::cloudstack_entry
