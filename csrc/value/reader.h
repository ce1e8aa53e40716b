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
  std::optional<std::string_view> integer_bytes();
  std::optional<double> real();
  std::optional<std::array<double, 2>> complex();
  std::optional<std::string_view> text() { return take_block(Tag::Str); }
  std::optional<std::string_view> bytes() { return take_block(Tag::Bytes); }
  std::optional<std::string_view> bytearray() { return take_block(Tag::Bytearray); }
  std::optional<std::string_view> decimal() { return take_block(Tag::Decimal); }
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
  std::optional<std::string_view> take(std::uint64_t num_bytes);
  std::optional<std::string_view> take_block(Tag tag);
  std::size_t left() const { return bytes_.size() - position_; }

  std::string_view bytes_;
  std::size_t position_ = 0;
  bool failed_ = false;
};

// The value of a minimal two's complement integer when it fits in 64 bits.
std::optional<std::int64_t> to_int64(std::string_view twos_complement);
double load_double(const char* eight_bytes);

}  // namespace ucoder::value
