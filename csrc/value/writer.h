// Writes values in the encoding of `ucoder/value.h`, by appending to a string.
//
// The caller writes a container's header and then exactly as many items as it announced. Nothing checks that here:
// `validate` does. A write that would pass the size limit is left out and makes the writer full for good.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>

#include "value/tags.h"

namespace ucoder::value {

class ValueWriter {
 public:
  // `max_bytes` bounds what this writer adds; what `out` already held is not counted.
  explicit ValueWriter(std::string& out, std::size_t max_bytes = std::numeric_limits<std::size_t>::max())
      : out_(out), room_(max_bytes) {}

  // True once a write did not fit: what was appended is then no value.
  bool full() const { return full_; }
  // Bytes that may still be added.
  std::size_t room() const { return full_ ? 0 : room_; }

  void none() { put_tag(Tag::None); }
  void boolean(bool value) { put_tag(value ? Tag::True : Tag::False); }
  void integer(std::int64_t value);
  void unsigned_integer(std::uint64_t value);
  // Two's complement, little-endian, any length (empty is zero); written in its minimal length.
  void integer_bytes(std::string_view twos_complement);
  void real(double value);
  void complex(double real_part, double imaginary_part);
  // UTF-8, where a lone surrogate is its three-byte form.
  void text(std::string_view utf8) { put_block(Tag::Str, utf8); }
  void bytes(std::string_view data) { put_block(Tag::Bytes, data); }
  void bytearray(std::string_view data) { put_block(Tag::Bytearray, data); }
  // As Python's str(decimal.Decimal) gives it.
  void decimal(std::string_view text) { put_block(Tag::Decimal, text); }

  // Headers: the items follow, for mappings key and value in turn.
  void list(std::size_t count) { put_count(Tag::List, count); }
  void tuple(std::size_t count) { put_count(Tag::Tuple, count); }
  void deque(std::size_t count) { put_count(Tag::Deque, count); }
  void set(std::size_t count) { put_count(Tag::Set, count); }
  void frozenset(std::size_t count) { put_count(Tag::Frozenset, count); }
  void dict(std::size_t count) { put_count(Tag::Dict, count); }
  void defaultdict(std::size_t count) { put_count(Tag::Defaultdict, count); }
  void ordered_dict(std::size_t count) { put_count(Tag::OrderedDict, count); }
  void counter(std::size_t count) { put_count(Tag::Counter, count); }
  // Numerator and denominator follow, two integers, reduced, the second positive.
  void fraction() { put_tag(Tag::Fraction); }
  // As many items as the product of `shape` follow. `kind` is one of b i u f c U S.
  void array(std::span<const std::size_t> shape, char kind);

  // The header of any counted container, for a caller that has the tag as data.
  void container(Tag tag, std::size_t count) { put_count(tag, count); }
  // One whole value that is already encoded.
  void encoded(std::string_view value) { put(value); }

 private:
  void put(std::string_view bytes);
  void put_tag(Tag tag);
  void put_count(Tag tag, std::size_t count);
  void put_block(Tag tag, std::string_view data);

  std::string& out_;
  std::size_t room_;
  bool full_ = false;
};

}  // namespace ucoder::value
