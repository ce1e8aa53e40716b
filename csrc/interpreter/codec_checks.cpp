#include "interpreter/codec_checks.h"

#include <cstring>

#include "interpreter/codec_numpy.h"
#include "interpreter/codec_types.h"

namespace ucoder::codec {

std::string short_name(PyTypeObject* type) {
  constexpr std::size_t longest = 100;
  const char* name = type->tp_name;
  std::size_t length = strnlen(name, longest);
  if (length == longest) {  // not in the middle of a character
    while (length > 0 && (static_cast<unsigned char>(name[length]) & 0xc0) == 0x80) --length;
  }
  return {name, length};
}

bool is_namedtuple(PyTypeObject* type) {
  const PyTypeObject& tuple = PyTuple_Type;
  if (type->tp_base != &tuple || !PyType_HasFeature(type, Py_TPFLAGS_HEAPTYPE)) return false;
  // A method written in Python would have replaced the slot it stands for. Of two slots with one name, such as
  // sq_item and mp_subscript, only the first to be looked for is inherited as it is.
  if (type->tp_richcompare != tuple.tp_richcompare || type->tp_hash != tuple.tp_hash ||
      type->tp_iter != tuple.tp_iter || type->tp_as_sequence->sq_length != tuple.tp_as_sequence->sq_length ||
      type->tp_as_mapping->mp_subscript != tuple.tp_as_mapping->mp_subscript) {
    return false;
  }
  // Not looked up: a class body may hold keys with an __eq__ for that.
  Py_ssize_t position = 0;
  PyObject* name = nullptr;
  while (PyDict_Next(type->tp_dict, &position, &name, nullptr)) {
    if (PyUnicode_CheckExact(name) && PyUnicode_CompareWithASCIIString(name, "_fields") == 0) return true;
  }
  return false;
}

KeyCheck::Finding KeyCheck::look_at(PyObject* dict) {
  Py_ssize_t position = 0;
  PyObject* key = nullptr;
  while (PyDict_Next(dict, &position, &key, nullptr)) {
    if (const Finding found = look_at_key(key, 0); found != Finding::Plain) return found;
  }
  return Finding::Plain;
}

// Recursion ends at the depth limit.
KeyCheck::Finding KeyCheck::look_at_key(PyObject* key, std::size_t depth) {
  if (num_left_ == 0) return Finding::TooLarge;
  --num_left_;
  PyTypeObject* type = Py_TYPE(key);
  if (type == &PyUnicode_Type || type == &PyLong_Type || type == &PyFloat_Type || type == &PyBytes_Type ||
      type == &PyBool_Type || type == &PyComplex_Type || type == captured().decimal || key == Py_None) {
    return Finding::Plain;
  }
  const bool is_tuple = type == &PyTuple_Type || is_namedtuple(type);
  if (is_tuple || type == &PyFrozenSet_Type) {
    if (depth >= max_depth_) return Finding::TooDeep;
    return is_tuple ? look_at_tuple(key, depth + 1) : look_at_frozenset(key, depth + 1);
  }
  const NumpyType numpy = numpy_type(type);
  if (numpy != NumpyType::None && numpy != NumpyType::Array) return Finding::Plain;
  offender_ = type;
  return Finding::Alien;
}

KeyCheck::Finding KeyCheck::look_at_tuple(PyObject* tuple, std::size_t depth) {
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(tuple); ++i) {
    if (const Finding found = look_at_key(PyTuple_GET_ITEM(tuple, i), depth); found != Finding::Plain) return found;
  }
  return Finding::Plain;
}

KeyCheck::Finding KeyCheck::look_at_frozenset(PyObject* set, std::size_t depth) {
  PyObject* iterator = PyFrozenSet_Type.tp_iter(set);
  if (!iterator) {
    PyErr_Clear();
    return Finding::TooLarge;
  }
  Finding found = Finding::Plain;
  while (found == Finding::Plain) {
    PyObject* item = Py_TYPE(iterator)->tp_iternext(iterator);
    if (!item) break;
    found = look_at_key(item, depth);
    Py_DECREF(item);
  }
  PyErr_Clear();
  Py_DECREF(iterator);
  return found;
}

}  // namespace ucoder::codec
