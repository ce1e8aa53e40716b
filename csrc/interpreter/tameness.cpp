#include "interpreter/tameness.h"

#include "interpreter/candidate.h"

namespace ucoder::jail {
namespace {

constexpr int kAsync = CO_COROUTINE | CO_ITERABLE_COROUTINE | CO_ASYNC_GENERATOR;
constexpr std::size_t kMaxNameBytes = 80;

std::string_view text_of(PyObject* name) {
  Py_ssize_t size = 0;
  const char* text = PyUnicode_Check(name) ? PyUnicode_AsUTF8AndSize(name, &size) : nullptr;
  if (text == nullptr) {
    PyErr_Clear();
    return "?";
  }
  return std::string_view(text, static_cast<std::size_t>(size)).substr(0, kMaxNameBytes);
}

// An error while asking counts as no.
bool holds(PyObject* set, PyObject* item) {
  const int found = PySet_Contains(set, item);
  if (found < 0) PyErr_Clear();
  return found > 0;
}

}  // namespace

// What is being read, and what was found.
struct Tameness::Reading {
  PyObject* names = nullptr;  // of the code that is being read
  // The names listed for the module that was imported last; null for one that is not listed, which `refine` looks at.
  PyObject* from_module = nullptr;
  bool in_generator = false;
  bool wants_refining = false;
  TameVerdict verdict;

  bool refuse(std::string_view what, std::string_view name) {
    verdict.why_not = std::string(what) + " " + std::string(name);
    return false;
  }
};

bool Tameness::load(PyObject* tables, PyObject* refine) {
  const char* kinds = nullptr;
  Py_ssize_t num_kinds = 0;
  PyObject* operations = nullptr;
  if (PyArg_ParseTuple(tables, "y#O!OOOOO!", &kinds, &num_kinds, &PyTuple_Type, &operations, &intrinsics_,
                       &refused_builtins_, &own_names_, &attributes_, &PyDict_Type, &modules_) == 0) {
    return false;
  }
  for (std::size_t i = 0; i < kinds_.size() && i < static_cast<std::size_t>(num_kinds); ++i) {
    kinds_[i] = static_cast<Kind>(kinds[i]);
  }
  for (Py_ssize_t i = 0; i < PyTuple_Size(operations); ++i) {
    operations_.emplace_back(text_of(PyTuple_GetItem(operations, i)));
  }
  refine_ = refine;
  // Held for good: the program cannot reach the tables, and no reference to them is ever given up.
  Py_INCREF(tables);
  Py_INCREF(refine_);
  return true;
}

TameVerdict Tameness::judge(PyObject* code, std::string_view source) const {
  Reading reading;
  if (!read(code, reading)) return std::move(reading.verdict);
  if (reading.wants_refining) {
    const Object text = make_text(source);
    const Object why(text ? PyObject_CallFunctionObjArgs(refine_, text.get(), modules_, nullptr) : nullptr);
    if (!why || !PyUnicode_Check(why.get()) || PyUnicode_GetLength(why.get()) > 0) {
      reading.verdict.why_not = why ? text_of(why.get()) : "unreadable";
      PyErr_Clear();
      return std::move(reading.verdict);
    }
  }
  reading.verdict.tame = true;
  return std::move(reading.verdict);
}

// A code object and those in its constants.
bool Tameness::read(PyObject* code, Reading& reading) const {
  auto* const object = reinterpret_cast<PyCodeObject*>(code);
  if ((object->co_flags & kAsync) != 0) return reading.refuse("async", "function");
  // As it was compiled: what the interpreter has specialised is put back.
  const Object bytes(PyCode_GetCode(object));
  if (!bytes) {
    PyErr_Clear();
    return reading.refuse("unreadable", "code");
  }
  reading.names = object->co_names;
  reading.from_module = nullptr;
  reading.in_generator = (object->co_flags & CO_GENERATOR) != 0;
  const auto* at = reinterpret_cast<const unsigned char*>(PyBytes_AsString(bytes.get()));
  const auto* const end = at + PyBytes_Size(bytes.get());
  unsigned extended = 0;
  for (; at + 1 < end; at += 2) {
    const Kind kind = kinds_[at[0]];
    const unsigned argument = extended << 8 | at[1];
    extended = kind == Kind::Extended ? argument : 0;
    if (kind == Kind::Plain || kind == Kind::Extended) continue;
    if (!read_instruction(kind, at[0], argument, reading)) return false;
  }
  for (Py_ssize_t i = 0; i < PyTuple_Size(object->co_consts); ++i) {
    PyObject* const constant = PyTuple_GetItem(object->co_consts, i);
    if (PyCode_Check(constant) && !read(constant, reading)) return false;
  }
  return true;
}

bool Tameness::read_instruction(Kind kind, int operation, unsigned argument, Reading& reading) const {
  const bool shifted = kind == Kind::Global || kind == Kind::AttributeOrMethod;
  const Py_ssize_t index = shifted ? argument >> 1 : argument;
  PyObject* name = nullptr;
  if (kind >= Kind::Global && kind <= Kind::ImportFrom) {
    if (index >= PyTuple_Size(reading.names)) return reading.refuse("unreadable", "code");
    name = PyTuple_GetItem(reading.names, index);
  }
  switch (kind) {
    case Kind::Global:
    case Kind::Name:
      return read_name(name, reading);
    case Kind::Binding:
      // A relative import (`from .math import sqrt`) is one of the package that it says.
      if (text_of(name) == "__name__") return reading.refuse("binding of", "__name__");
      return read_name(name, reading);
    case Kind::Attribute:
    case Kind::AttributeOrMethod:
      return read_attribute(name, reading);
    case Kind::Import:
      return read_import(name, reading);
    case Kind::ImportFrom:
      if (reading.from_module == nullptr || holds(reading.from_module, name)) return true;
      return reading.refuse("import of", text_of(name));
    case Kind::Intrinsic: {
      const Object number(PyLong_FromUnsignedLong(argument));
      if (number && holds(intrinsics_, number.get())) return true;
      break;
    }
    case Kind::Handler:
      // A suspended generator is ended when it is collected, whenever that is: its handlers would run then.
      if (!reading.in_generator) return true;
      return reading.refuse("handler in a", "generator");
    default:
      break;
  }
  const auto place = static_cast<std::size_t>(operation);
  return reading.refuse("instruction", place < operations_.size() ? operations_[place] : "?");
}

// A global name is the program's own unless it is a builtin's; whether the program binds it does not matter, since it
// may not have done so yet.
bool Tameness::read_name(PyObject* name, Reading& reading) const {
  if (holds(refused_builtins_, name)) return reading.refuse("builtin", text_of(name));
  const std::string_view text = text_of(name);
  if (text.starts_with("__") && !holds(own_names_, name)) return reading.refuse("name", text);
  reading.wants_refining = reading.wants_refining || text == "type" || text == "iter";
  return true;
}

bool Tameness::read_attribute(PyObject* name, Reading& reading) const {
  const std::string_view text = text_of(name);
  if (!holds(attributes_, name)) return reading.refuse("attribute", text);
  reading.wants_refining = reading.wants_refining || text == "format";
  return true;
}

bool Tameness::read_import(PyObject* name, Reading& reading) const {
  const std::string_view text = text_of(name);
  reading.from_module = PyDict_GetItemWithError(modules_, name);
  if (reading.from_module == nullptr) {
    PyErr_Clear();
    reading.wants_refining = true;  // it may be there in name only
    return true;
  }
  reading.verdict.uses_caches = reading.verdict.uses_caches || text == "typing" || text == "re";
  reading.verdict.uses_random = reading.verdict.uses_random || text == "random" || text == "statistics";
  return true;
}

}  // namespace ucoder::jail
