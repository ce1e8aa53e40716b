// Python objects to canonical values and back, through the interpreter's C API.
//
// `encode` runs in the jail beside the program whose answer it writes. It looks at exact types only, reads their C
// storage, and calls no method that a program could have defined. Every function needs the GIL and keeps it.
#pragma once

// Python.h wants to come before the standard headers.
#include <Python.h>

#include <string>
#include <string_view>

#include "ucoder/value.h"

namespace ucoder::codec {

// Captures the standard library's types. To be called once, before any code of a program runs. False with a Python
// error set when the interpreter's own modules cannot be imported.
bool init();

// Appends the encoding of `object` to `out` and returns true. Otherwise `out` is as it was, `why` names the type that
// has no encoding or the limit that was met, and no Python error is set.
bool encode(PyObject* object, const ValueLimits& limits, std::string& out, std::string& why);

// A new reference, or null with ValueError (or MemoryError) set. Safe on any bytes, but only `validate` tells whether
// they are a value. Arrays need NumPy; a defaultdict comes back without its factory.
PyObject* decode(std::string_view bytes);

}  // namespace ucoder::codec
