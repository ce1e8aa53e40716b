// What is called differently in different versions of Python.
#pragma once

#include <Python.h>

#include <string>
#include <string_view>

namespace ucoder::codec {

// Two's complement, little-endian; `out` has the size that is to be filled. False with an error set.
inline bool int_to_bytes(PyObject* number, std::string& out) {
#if PY_VERSION_HEX >= 0x030D0000
  const auto size = static_cast<Py_ssize_t>(out.size());
  return PyLong_AsNativeBytes(number, out.data(), size, Py_ASNATIVEBYTES_LITTLE_ENDIAN) >= 0;
#else
  auto* data = reinterpret_cast<unsigned char*>(out.data());
  return _PyLong_AsByteArray(reinterpret_cast<PyLongObject*>(number), data, out.size(), 1, 1) == 0;
#endif
}

inline PyObject* int_from_bytes(std::string_view digits) {
#if PY_VERSION_HEX >= 0x030D0000
  return PyLong_FromNativeBytes(digits.data(), digits.size(), Py_ASNATIVEBYTES_LITTLE_ENDIAN);
#else
  return _PyLong_FromByteArray(reinterpret_cast<const unsigned char*>(digits.data()), digits.size(), 1, 1);
#endif
}

// Before 3.12 a string made by old C code may not have its final form yet. False with an error set.
inline bool make_ready([[maybe_unused]] PyObject* text) {
#if PY_VERSION_HEX < 0x030C0000
  return PyUnicode_READY(text) == 0;
#else
  return true;
#endif
}

}  // namespace ucoder::codec
