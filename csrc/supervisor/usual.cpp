#include "supervisor/usual.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

#include "value/writer.h"

namespace ucoder {
namespace {

using value::ValueWriter;

constexpr std::size_t kMostBytes = 64 << 10;
constexpr int kMostDepth = 40;
constexpr std::ptrdiff_t kMostDigits = 18;  // of an integer that surely fits
constexpr std::array<std::string_view, 35> kKeywords = {
    "False", "None",     "True",  "and",    "as",   "assert", "async",  "await",    "break",
    "class", "continue", "def",   "del",    "elif", "else",   "except", "finally",  "for",
    "from",  "global",   "if",    "import", "in",   "is",     "lambda", "nonlocal", "not",
    "or",    "pass",     "raise", "return", "try",  "while",  "with",   "yield"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool begins_name(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool continues_name(char c) { return begins_name(c) || is_digit(c); }

// A name that only ever is the function's: `_0` stands for an answer elsewhere.
bool is_plain_name(std::string_view name) {
  if (name.empty() || !begins_name(name.front()) || !std::ranges::all_of(name, continues_name)) return false;
  const bool is_value = name.front() == '_' && name.size() > 1 && std::ranges::all_of(name.substr(1), is_digit);
  return !is_value && std::ranges::find(kKeywords, name) == kKeywords.end();
}

// Reads one text. Every function leaves the place behind what it has read, or says false, after which nothing of the
// reader is used again.
class Reader {
 public:
  Reader(std::string_view text, std::string_view entry_point) : text_(text), entry_point_(entry_point) {}

  std::optional<std::string> plan() {
    skip_space();
    if (!take_word("assert") || !at_space()) return std::nullopt;
    skip_space();
    if (!condition() || !message()) return std::nullopt;
    while (place_ < text_.size() && (at_space() || text_[place_] == '\n')) ++place_;
    if (place_ != text_.size()) return std::nullopt;
    return encoded();
  }

 private:
  char here() const { return place_ < text_.size() ? text_[place_] : '\0'; }
  char after() const { return place_ + 1 < text_.size() ? text_[place_ + 1] : '\0'; }
  bool at_space() const { return here() == ' ' || here() == '\t'; }
  void skip_space() {
    while (at_space()) ++place_;
  }
  bool take(char c) {
    if (here() != c) return false;
    ++place_;
    return true;
  }
  bool take_word(std::string_view word) {
    if (!text_.substr(place_).starts_with(word)) return false;
    const std::size_t end = place_ + word.size();
    if (end < text_.size() && continues_name(text_[end])) return false;
    place_ = end;
    return true;
  }

  // Empty where no name stands here.
  std::string_view name() {
    const std::size_t begin = place_;
    if (begins_name(here())) {
      while (continues_name(here())) ++place_;
    }
    return text_.substr(begin, place_ - begin);
  }

  bool condition() {
    if (take_word("not")) {
      judgement_ = "false";
      skip_space();
      return call();
    }
    const std::size_t begin = place_;
    if (name() == entry_point_) {
      place_ = begin;
      if (!call()) return false;
      skip_space();
      return comparison([&] { return literal(expected_, 0); }) || judgement_ == "true";
    }
    place_ = begin;
    if (!literal(expected_, 0)) return false;
    skip_space();
    return comparison([&] { return call(); });
  }

  // False, with the judgement "true", where there is none.
  template <typename Other>
  bool comparison(Other other) {
    if (here() == '=' && after() == '=') {
      place_ += 2;
      judgement_ = "eq";
    } else if (take_word("is")) {
      judgement_ = "is";
    } else {
      judgement_ = "true";
      return false;
    }
    skip_space();
    if (!other()) return give_up();
    skip_space();
    return judgement_ == "eq" || expected_ == "N" || expected_ == "T" || expected_ == "F" || give_up();
  }

  bool give_up() {
    judgement_ = {};
    return false;
  }

  bool call() {
    if (name() != entry_point_ || !take('(')) return false;
    return items(')', arguments_, num_arguments_, 0);
  }

  // Up to the closing bracket, which is read, too.
  bool items(char close, std::string& out, std::size_t& count, int depth) {
    for (skip_space(); !take(close); skip_space()) {
      if (!literal(out, depth)) return false;
      ++count;
      skip_space();
      if (!take(',') && here() != close) return false;
    }
    return true;
  }

  // Appends its encoding.
  bool literal(std::string& out, int depth) {
    if (depth == kMostDepth) return false;
    ValueWriter writer(out);
    const char c = here();
    if (c == '[') return sequence(out, depth, ']');
    if (c == '(') return sequence(out, depth, ')');
    if (c == '\'' || c == '"') return text(writer);
    if (is_digit(c) || c == '.') return number(writer, false);
    if (take('-')) {
      skip_space();
      return number(writer, true);
    }
    const std::string_view word = name();
    if (word == "None") return writer.none(), true;
    if (word == "True") return writer.boolean(true), true;
    if (word == "False") return writer.boolean(false), true;
    return false;
  }

  // A list, a tuple, or a literal in parentheses.
  bool sequence(std::string& out, int depth, char close) {
    ++place_;
    std::string inner;
    std::size_t count = 0;
    const std::size_t begin = place_;
    if (!items(close, inner, count, depth + 1)) return false;
    ValueWriter writer(out);
    if (close == ']') {
      writer.list(count);
    } else if (count != 1 || has_last_comma(begin)) {
      writer.tuple(count);
    }
    writer.encoded(inner);
    return true;
  }

  bool has_last_comma(std::size_t begin) const {
    std::size_t last = place_ - 1;  // the bracket
    while (last > begin && (text_[last - 1] == ' ' || text_[last - 1] == '\t')) --last;
    return last > begin && text_[last - 1] == ',';
  }

  // Printable ASCII without escapes, in one piece.
  bool text(ValueWriter& writer) {
    const char quote = here();
    const std::size_t begin = ++place_;
    while (here() >= ' ' && here() <= '~' && here() != quote && here() != '\\') ++place_;
    if (here() != quote) return false;
    const std::string_view content = text_.substr(begin, place_ - begin);
    ++place_;
    if (here() == '\'' || here() == '"') return false;  // three quotes, or another piece
    const std::size_t end = place_;
    skip_space();
    if (here() == '\'' || here() == '"') return false;
    place_ = end;
    writer.text(content);
    return true;
  }

  // Decimal, without underscores; what follows it is looked at by whoever asked for it, except for letters.
  bool number(ValueWriter& writer, bool negative) {
    const char* const begin = text_.data() + place_;
    const char* const end = text_.data() + text_.size();
    const char* at = begin;
    while (at != end && is_digit(*at)) ++at;
    const std::ptrdiff_t num_digits = at - begin;
    if (num_digits > 1 && *begin == '0') return false;
    const bool whole = at == end || (*at != '.' && *at != 'e' && *at != 'E');
    if (!whole) return real(writer, negative, begin, end, num_digits);
    std::int64_t value = 0;
    if (num_digits == 0 || num_digits > kMostDigits) return false;
    std::from_chars(begin, at, value);
    place_ += static_cast<std::size_t>(num_digits);
    if (continues_name(here())) return false;
    writer.integer(negative ? -value : value);
    return true;
  }

  bool real(ValueWriter& writer, bool negative, const char* begin, const char* end, std::ptrdiff_t num_digits) {
    if (num_digits == 0 && !(end - begin > 1 && is_digit(begin[1]))) return false;
    double value = 0;
    const auto [stop, error] = std::from_chars(begin, end, value);
    if (error != std::errc{}) return false;
    place_ += static_cast<std::size_t>(stop - begin);
    if (continues_name(here()) || here() == '.') return false;
    writer.real(negative ? -value : value);
    return true;
  }

  bool message() {
    skip_space();
    if (!take(',')) return true;
    skip_space();
    std::string ignored;
    ValueWriter writer(ignored);
    return (here() == '\'' || here() == '"') && text(writer);
  }

  // ("split", ((((target, arguments, {}, {}),), judgement),))
  std::string encoded() const {
    std::string plan;
    ValueWriter writer(plan);
    writer.tuple(2);
    writer.text("split");
    writer.tuple(1);
    writer.tuple(2);
    writer.tuple(1);
    writer.tuple(4);
    writer.text(entry_point_);
    writer.tuple(num_arguments_);
    writer.encoded(arguments_);
    writer.dict(0);
    writer.dict(0);
    writer.tuple(expected_.empty() ? 1 : 2);
    writer.text(judgement_);
    writer.encoded(expected_);
    return plan;
  }

  const std::string_view text_;
  const std::string_view entry_point_;
  std::size_t place_ = 0;
  std::string arguments_;  // encoded, one behind the other
  std::size_t num_arguments_ = 0;
  std::string expected_;  // encoded; empty where nothing is compared
  std::string_view judgement_;
};

}  // namespace

std::optional<std::string> usual_plan(std::string_view text, std::string_view entry_point) {
  if (text.size() > kMostBytes || !is_plain_name(entry_point)) return std::nullopt;
  return Reader(text, entry_point).plan();
}

}  // namespace ucoder
