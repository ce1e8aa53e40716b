// Code points to the encoding's UTF-8. Python's own encoder refuses lone surrogates, which programs do return.
#pragma once

#include <Python.h>

#include <string>

namespace ucoder::codec {

inline void append_utf8(std::string& out, Py_UCS4 point) {
  const auto put = [&](Py_UCS4 byte) { out.push_back(static_cast<char>(static_cast<unsigned char>(byte))); };
  if (point < 0x80) return put(point);
  if (point < 0x800) {
    put(0xc0 | point >> 6);
  } else {
    if (point < 0x10000) {
      put(0xe0 | point >> 12);
    } else {
      put(0xf0 | point >> 18);
      put(0x80 | (point >> 12 & 0x3f));
    }
    put(0x80 | (point >> 6 & 0x3f));
  }
  put(0x80 | (point & 0x3f));
}

}  // namespace ucoder::codec
