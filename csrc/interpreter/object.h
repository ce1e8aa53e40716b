// Object: an owned reference to a Python object.
#pragma once

#define PY_SSIZE_T_CLEAN  // sizes of text in argument formats are Py_ssize_t
#include <Python.h>

#include <utility>

namespace ucoder::jail {

class Object {
 public:
  Object() = default;
  explicit Object(PyObject* stolen) : object_(stolen) {}
  static Object borrowed(PyObject* object) {
    Py_XINCREF(object);
    return Object(object);
  }
  Object(Object&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  Object& operator=(Object&& other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;
  ~Object() { Py_XDECREF(object_); }

  PyObject* get() const { return object_; }
  explicit operator bool() const { return object_ != nullptr; }

 private:
  PyObject* object_ = nullptr;
};

}  // namespace ucoder::jail
