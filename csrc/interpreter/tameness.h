// Whether a program may share its process with others: decided on its code, before any of it runs.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "interpreter/object.h"

namespace ucoder::jail {

struct TameVerdict {
  bool tame = false;
  std::string why_not;       // "builtin eval", "import os", "attribute environ", "instruction LOAD_BUILD_CLASS"
  bool uses_caches = false;  // imports a module with caches in which another program could see this one
  bool uses_random = false;
};

// The lists of jail/tame.py, taken by the zygote before any task exists. Reads code, never runs it.
class Tameness {
 public:
  // `tables` and `refine` are those of jail/tame.py. False, with a Python exception set, when they make no sense.
  bool load(PyObject* tables, PyObject* refine);
  TameVerdict judge(PyObject* code, std::string_view source) const;

 private:
  // As jail/tame.py numbers them.
  enum class Kind : std::uint8_t {
    Refused = 0,
    Plain,
    Global,
    Name,
    Binding,
    Attribute,
    AttributeOrMethod,
    Import,
    ImportFrom,
    Extended,
    Intrinsic,
    Handler,
  };
  struct Reading;

  bool read(PyObject* code, Reading& reading) const;
  bool read_instruction(Kind kind, int operation, unsigned argument, Reading& reading) const;
  bool read_name(PyObject* name, Reading& reading) const;
  bool read_attribute(PyObject* name, Reading& reading) const;
  bool read_import(PyObject* name, Reading& reading) const;

  std::array<Kind, 256> kinds_{};
  std::vector<std::string> operations_;
  PyObject* intrinsics_ = nullptr;        // set of numbers
  PyObject* refused_builtins_ = nullptr;  // sets of names
  PyObject* own_names_ = nullptr;
  PyObject* attributes_ = nullptr;
  PyObject* modules_ = nullptr;  // names by module
  PyObject* refine_ = nullptr;   // (source, modules) -> "" or why not
};

}  // namespace ucoder::jail
