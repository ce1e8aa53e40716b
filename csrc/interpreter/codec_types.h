// The standard library's types that have an encoding, and the C functions that read them, as they were before any
// code of a program ran.
//
// A program may patch `collections`, `fractions` and `decimal` as it likes: what is captured here is a type's address
// and its C slots, and objects are recognised by that address alone.
#pragma once

#include <Python.h>

namespace ucoder::codec {

struct Captured {
  PyTypeObject* counter = nullptr;
  PyTypeObject* defaultdict = nullptr;
  PyTypeObject* deque = nullptr;
  lenfunc deque_length = nullptr;
  getiterfunc deque_iterate = nullptr;
  initproc deque_initialise = nullptr;
  newfunc deque_create = nullptr;
  // Null where decimal is the pure Python one: reading that would run its methods.
  PyTypeObject* decimal = nullptr;
  reprfunc decimal_to_text = nullptr;
  newfunc decimal_create = nullptr;
  PyCFunction decimal_size = nullptr;  // in bytes of memory
  PyTypeObject* fraction = nullptr;
  Py_ssize_t numerator_offset = 0;
  Py_ssize_t denominator_offset = 0;
};

// Empty until `init` has run; its types then match no object.
const Captured& captured();

// The storage of a Fraction's part.
inline PyObject*& fraction_part(PyObject* fraction, Py_ssize_t offset) {
  return *reinterpret_cast<PyObject**>(reinterpret_cast<char*>(fraction) + offset);
}

}  // namespace ucoder::codec
