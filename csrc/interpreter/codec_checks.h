// Questions about objects of a program that must be answered without running any of its code.
#pragma once

#include <Python.h>

#include <cstddef>
#include <cstdint>
#include <string>

namespace ucoder::codec {

// The type's name, cut where it is longer than a hundred bytes, and always UTF-8.
std::string short_name(PyTypeObject* type);

// The type of collections.namedtuple's products: it adds names to a tuple and leaves alone what makes it a tuple.
bool is_namedtuple(PyTypeObject* type);

// Iterating an OrderedDict hashes its keys and may compare them, so it is done only with keys whose hash and == are
// written in C. Fraction's are not.
class KeyCheck {
 public:
  enum class Finding : std::uint8_t { Plain, Alien, TooLarge, TooDeep };

  // A tuple that holds one tuple many times counts as often as it would be hashed and written.
  KeyCheck(std::size_t max_nodes, std::size_t max_depth) : num_left_(max_nodes), max_depth_(max_depth) {}

  Finding look_at(PyObject* dict);
  // After Alien: the type that was met.
  PyTypeObject* offender() const { return offender_; }

 private:
  Finding look_at_key(PyObject* key, std::size_t depth);
  Finding look_at_tuple(PyObject* tuple, std::size_t depth);
  Finding look_at_frozenset(PyObject* set, std::size_t depth);

  std::size_t num_left_;
  std::size_t max_depth_;
  PyTypeObject* offender_ = nullptr;
};

}  // namespace ucoder::codec
