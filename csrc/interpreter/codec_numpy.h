// NumPy's arrays and scalars, without building against NumPy and without importing it.
//
// They are recognised when they are met, possibly after hostile code has run: a type that is not on the heap and
// bears NumPy's name. Python code can only make heap types, so this is NumPy's own type written in C, and its C slots
// are read, never an attribute. A program that forges such a type with native code owns its process anyway, and what
// it forges is its own answer: it could as well have returned the value it pretends to hold.
#pragma once

#include <Python.h>

#include "value/writer.h"

namespace ucoder::codec {

enum class NumpyType { None, Array, Scalar, Text, Bytes };

NumpyType numpy_type(PyTypeObject* type);

// Each writes `object`, whose type is as the name says. False when its dtype has no encoding; the size limit is the
// writer's to report.
bool write_numpy_array(PyObject* object, value::ValueWriter& writer);
bool write_numpy_scalar(PyObject* object, value::ValueWriter& writer);

}  // namespace ucoder::codec
