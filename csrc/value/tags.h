// The tags of the encoding in `ucoder/value.h`, by name, and the families Python's == knows.
#pragma once

#include <cstddef>

namespace ucoder::value {

enum class Tag : char {
  End = 0,  // no value here: the bytes are at their end, or the reader has failed
  None = 'N',
  True = 'T',
  False = 'F',
  Int = 'i',
  Float = 'f',
  Complex = 'c',
  Str = 's',
  Bytes = 'b',
  Bytearray = 'B',
  List = 'l',
  Tuple = 't',
  Deque = 'q',
  Set = 'S',
  Frozenset = 'Z',
  Dict = 'd',
  Defaultdict = 'D',
  OrderedDict = 'O',
  Counter = 'C',
  Decimal = 'M',
  Fraction = 'R',
  Array = 'a',
};

// No value nests deeper, whatever limits a caller sets: the functions over values recurse this far at most.
inline constexpr std::size_t kDeepestNesting = 1000;

// Each part of a Fraction: reducing two numbers is quadratic in their size, and a value may hold many Fractions.
inline constexpr std::size_t kLargestFractionPart = 2048;

// NumPy before 2.0 knows no more dimensions.
inline constexpr std::size_t kMostDimensions = 32;

// What an array may take once decoded. Items of text are padded to the longest, so few bytes could ask for much.
inline constexpr std::size_t kLargestArrayBytes = std::size_t{64} << 20;

constexpr bool is_number(Tag tag) {
  return tag == Tag::True || tag == Tag::False || tag == Tag::Int || tag == Tag::Float || tag == Tag::Complex ||
         tag == Tag::Decimal || tag == Tag::Fraction;
}
constexpr bool is_set(Tag tag) { return tag == Tag::Set || tag == Tag::Frozenset; }
constexpr bool is_mapping(Tag tag) {
  return tag == Tag::Dict || tag == Tag::Defaultdict || tag == Tag::OrderedDict || tag == Tag::Counter;
}
constexpr bool is_sequence(Tag tag) { return tag == Tag::List || tag == Tag::Tuple || tag == Tag::Deque; }
constexpr bool is_container(Tag tag) {
  switch (tag) {  // one test of a bit mask, for every node of every value
    case Tag::List:
    case Tag::Tuple:
    case Tag::Deque:
    case Tag::Set:
    case Tag::Frozenset:
    case Tag::Dict:
    case Tag::Defaultdict:
    case Tag::OrderedDict:
    case Tag::Counter:
    case Tag::Array:
      return true;
    default:
      return false;
  }
}
constexpr bool is_bytes(Tag tag) { return tag == Tag::Bytes || tag == Tag::Bytearray; }

// A tuple is hashable when its items are; the caller looks at those.
constexpr bool may_be_hashable(Tag tag) {
  return is_number(tag) || tag == Tag::None || tag == Tag::Str || tag == Tag::Bytes || tag == Tag::Tuple ||
         tag == Tag::Frozenset;
}

}  // namespace ucoder::value
