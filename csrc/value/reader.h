// A bounds-checked cursor over encoded values.
//
// It checks lengths and the form of what it passes, not everything `validate` does (UTF-8, duplicate keys, the
// syntax of a Decimal). The first failure is final: `failed()` is then true and every read gives nothing. What it
// returns points into the bytes given.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "value/tags.h"

namespace ucoder::value {

struct ArrayHeader {
  std::array<std::uint64_t, kMostDimensions> shape{};
  std::size_t num_dimensions = 0;
  std::uint64_t num_items = 0;
  char kind = 0;
};

class ValueReader {
 public:
  explicit ValueReader(std::string_view bytes) : bytes_(bytes) {}

  bool failed() const { return failed_; }
  bool at_end() const { return !failed_ && position_ == bytes_.size(); }
  std::size_t position() const { return position_; }
  // The next value's tag, or Tag::End.
  Tag peek() const { return failed_ || position_ == bytes_.size() ? Tag::End : static_cast<Tag>(bytes_[position_]); }

  // Each fails when the next value is of another type.
  bool none() { return take_tag(Tag::None); }
  std::optional<bool> boolean();
  std::optional<std::int64_t> integer();  // fails, too, when it does not fit
  std::optional<std::string_view> integer_bytes() { return optional(take_integer()); }
  std::optional<double> real();
  std::optional<std::array<double, 2>> complex();
  std::optional<std::string_view> text() { return optional(take_block(Tag::Str)); }
  std::optional<std::string_view> bytes() { return optional(take_block(Tag::Bytes)); }
  std::optional<std::string_view> bytearray() { return optional(take_block(Tag::Bytearray)); }
  std::optional<std::string_view> decimal() { return optional(take_block(Tag::Decimal)); }
  std::optional<std::array<std::string_view, 2>> fraction();  // as integer_bytes
  // The number of items (of a mapping: of pairs) that follow in a container with this tag. Never more than the bytes
  // left could hold, so it is safe to reserve for.
  std::optional<std::size_t> count(Tag tag);
  std::optional<ArrayHeader> array();
  // The bytes of the whole next value, whatever it is. Linear, without recursion.
  std::optional<std::string_view> whole();

 private:
  friend class Tree;

  bool fail() {
    failed_ = true;
    return false;
  }
  bool take_tag(Tag tag);
  std::optional<std::uint64_t> take_varint();
  std::optional<std::uint64_t> take_long_varint();
  // These give a view without data when they fail: it fits in registers, and an optional of it does not.
  std::string_view take(std::uint64_t num_bytes);
  std::string_view take_block(Tag tag);
  std::string_view take_integer();
  static std::optional<std::string_view> optional(std::string_view taken) {
    return taken.data() ? std::optional(taken) : std::nullopt;
  }
  std::size_t left() const { return bytes_.size() - position_; }

  std::string_view bytes_;
  std::size_t position_ = 0;
  bool failed_ = false;
};

// Inline, because every node of every value passes through them.

inline bool ValueReader::take_tag(Tag tag) {
  if (peek() != tag || tag == Tag::End) return fail();
  ++position_;
  return true;
}

inline std::optional<std::uint64_t> ValueReader::take_varint() {
  if (left() > 0 && static_cast<unsigned char>(bytes_[position_]) < 0x80) {
    return static_cast<unsigned char>(bytes_[position_++]);
  }
  return take_long_varint();
}

inline std::string_view ValueReader::take(std::uint64_t num_bytes) {
  if (failed_ || num_bytes > left()) {
    fail();
    return {};
  }
  const std::string_view taken(bytes_.data() + position_, static_cast<std::size_t>(num_bytes));
  position_ += taken.size();
  return taken;
}

inline std::string_view ValueReader::take_block(Tag tag) {
  if (!take_tag(tag)) return {};
  const auto length = take_varint();
  return length ? take(*length) : std::string_view{};
}

inline std::string_view ValueReader::take_integer() {
  const std::string_view digits = take_block(Tag::Int);
  if (digits.empty()) return digits;
  const auto last = static_cast<unsigned char>(digits.back());
  if (last != 0x00 && last != 0xff) return digits;
  // Such a byte may only stand for a sign that the byte before it does not have.
  const bool sign_before = digits.size() > 1 && static_cast<unsigned char>(digits[digits.size() - 2]) >= 0x80;
  if (last == 0x00 ? sign_before : !sign_before) return digits;
  fail();
  return {};
}

// The value of a minimal two's complement integer when it fits in 64 bits.
std::optional<std::int64_t> to_int64(std::string_view twos_complement);
double load_double(const char* eight_bytes);

}  // namespace ucoder::value
