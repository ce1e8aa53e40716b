#include "interpreter/codec_types.h"

#if PY_VERSION_HEX < 0x030C0000
#include <structmember.h>  // later versions have PyMemberDef in Python.h
#endif

#include "interpreter/codec.h"

namespace ucoder::codec {
namespace {

Captured the_captured;

// A new reference that lives as long as the process, or null with an error set.
PyTypeObject* import_type(const char* module_name, const char* name) {
  PyObject* module = PyImport_ImportModule(module_name);
  if (!module) return nullptr;
  PyObject* type = PyObject_GetAttrString(module, name);
  Py_DECREF(module);
  if (type && !PyType_Check(type)) {
    Py_CLEAR(type);
    PyErr_Format(PyExc_TypeError, "%s.%s is not a type", module_name, name);
  }
  return reinterpret_cast<PyTypeObject*>(type);
}

// Where a class with __slots__ keeps one of them; 0 with an error set when it has no such slot.
Py_ssize_t slot_offset(PyTypeObject* type, const char* name) {
  PyObject* descriptor = PyObject_GetAttrString(reinterpret_cast<PyObject*>(type), name);
  if (!descriptor) return 0;
  Py_ssize_t offset = 0;
  if (Py_IS_TYPE(descriptor, &PyMemberDescr_Type)) {
    offset = reinterpret_cast<PyMemberDescrObject*>(descriptor)->d_member->offset;
  }
  Py_DECREF(descriptor);
  if (offset == 0) PyErr_Format(PyExc_TypeError, "%s.%s is not a slot", type->tp_name, name);
  return offset;
}

bool capture_decimal(Captured& into) {
  PyTypeObject* decimal = import_type("_decimal", "Decimal");
  if (!decimal) {
    if (!PyErr_ExceptionMatches(PyExc_ImportError)) return false;
    PyErr_Clear();
    return true;
  }
  PyObject* sizer = PyObject_GetAttrString(reinterpret_cast<PyObject*>(decimal), "__sizeof__");
  if (!sizer) return false;
  if (Py_IS_TYPE(sizer, &PyMethodDescr_Type)) {
    const PyMethodDef* method = reinterpret_cast<PyMethodDescrObject*>(sizer)->d_method;
    if (method->ml_flags == METH_NOARGS) into.decimal_size = method->ml_meth;
  }
  Py_DECREF(sizer);
  if (!into.decimal_size) return true;
  into.decimal_to_text = decimal->tp_str;
  into.decimal_create = decimal->tp_new;
  into.decimal = decimal;
  return true;
}

}  // namespace

const Captured& captured() { return the_captured; }

bool init() {
  if (the_captured.fraction) return true;
  Captured found;
  found.counter = import_type("collections", "Counter");
  found.defaultdict = found.counter ? import_type("collections", "defaultdict") : nullptr;
  found.deque = found.defaultdict ? import_type("collections", "deque") : nullptr;
  if (!found.deque || !capture_decimal(found)) return false;
  found.deque_length = found.deque->tp_as_sequence->sq_length;
  found.deque_iterate = found.deque->tp_iter;
  found.deque_initialise = found.deque->tp_init;
  found.deque_create = found.deque->tp_new;
  found.fraction = import_type("fractions", "Fraction");
  if (!found.fraction) return false;
  found.numerator_offset = slot_offset(found.fraction, "_numerator");
  if (found.numerator_offset == 0) return false;
  found.denominator_offset = slot_offset(found.fraction, "_denominator");
  if (found.denominator_offset == 0) return false;
  the_captured = found;
  return true;
}

}  // namespace ucoder::codec
