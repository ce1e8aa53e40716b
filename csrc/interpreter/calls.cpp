#include "interpreter/calls.h"

#include "interpreter/codec.h"

namespace ucoder::jail {
namespace {

constexpr int kMostDepth = 32;  // of tuples in tuples that are looked through

Answer no_entry(std::string text) { return {Report::NoEntry, std::move(text)}; }

std::string utf8(PyObject* text) {
  const char* bytes = PyUnicode_AsUTF8(text);
  if (bytes != nullptr) return bytes;
  PyErr_Clear();
  return "?";
}

bool is_immutable(PyObject* object, int depth = 0) {
  if (object == Py_None || PyBool_Check(object) || PyLong_CheckExact(object) || PyFloat_CheckExact(object) ||
      PyUnicode_CheckExact(object) || PyBytes_CheckExact(object) || PyComplex_CheckExact(object)) {
    return true;
  }
  if (!PyTuple_CheckExact(object) || depth == kMostDepth) return false;
  for (Py_ssize_t i = 0; i < PyTuple_Size(object); ++i) {
    if (!is_immutable(PyTuple_GetItem(object, i), depth + 1)) return false;
  }
  return true;
}

// Puts the results of earlier calls in the places that name them.
bool place_references(PyObject* references, PyObject* args, PyObject* kwargs, PyObject* results) {
  PyObject* place = nullptr;
  PyObject* index = nullptr;
  Py_ssize_t position = 0;
  while (PyDict_Next(references, &position, &place, &index) != 0) {
    PyObject* result = PyList_GetItem(results, PyLong_AsSsize_t(index));
    if (result == nullptr) return false;
    if (PyUnicode_Check(place)) {
      if (PyDict_SetItem(kwargs, place, result) != 0) return false;
    } else if (Py_INCREF(result); PyList_SetItem(args, PyLong_AsSsize_t(place), result) != 0) {
      return false;
    }
  }
  return true;
}

}  // namespace

Answer Calls::run(PyObject* globals, const ValueLimits& limits) {
  if (!lasting_ && !decode()) return answer_of_exception();
  const Object results(calls_.size() > 1 ? PyList_New(0) : nullptr);
  Answer failure;
  Object last;
  for (const Call& call : calls_) {
    last = make(call, globals, results.get(), failure);
    if (!last) break;
    if (results) PyList_Append(results.get(), last.get());
  }
  if (!lasting_) calls_.clear();
  if (failure.report != Report::NotRun) return failure;
  if (!last) return no_entry("no call");
  return encode_answer(last.get(), limits);
}

bool Calls::decode() {
  calls_.clear();
  const Object decoded(codec::decode(payload_));
  if (!decoded || !PyTuple_Check(decoded.get())) return false;
  lasting_ = true;
  for (Py_ssize_t i = 0; i < PyTuple_Size(decoded.get()); ++i) {
    Call& call = calls_.emplace_back();
    if (!read_call(PyTuple_GetItem(decoded.get(), i), call)) {
      lasting_ = false;
      return false;
    }
    lasting_ = lasting_ && is_immutable(call.args.get()) && PyDict_Size(call.kwargs.get()) == 0 &&
               PyDict_Size(call.references.get()) == 0;
  }
  return true;
}

bool Calls::read_call(PyObject* item, Call& call) {
  const char* target = nullptr;
  PyObject* args = nullptr;
  PyObject* kwargs = nullptr;
  PyObject* references = nullptr;
  if (PyArg_ParseTuple(item, "sO!O!O!", &target, &PyTuple_Type, &args, &PyDict_Type, &kwargs, &PyDict_Type,
                       &references) == 0) {
    return false;
  }
  const std::string_view text(target);
  const std::size_t instance = text.find("().");
  call.name = make_text(text.substr(0, instance));
  if (instance != std::string_view::npos) call.method = make_text(text.substr(instance + 3));
  call.args = Object::borrowed(args);
  call.kwargs = Object::borrowed(kwargs);
  call.references = Object::borrowed(references);
  return static_cast<bool>(call.name);
}

Object Calls::find_target(const Call& call, PyObject* globals, Answer& failure) {
  PyObject* const found = PyDict_GetItemWithError(globals, call.name.get());
  if (found == nullptr) {
    PyErr_Clear();
    failure = no_entry(utf8(call.name.get()));
    return {};
  }
  if (!call.method) {
    if (PyCallable_Check(found) != 0) return Object::borrowed(found);
    failure = no_entry(utf8(call.name.get()) + " is not callable");
    return {};
  }
  const Object instance(PyObject_CallNoArgs(found));
  if (!instance) {
    failure = answer_of_exception();
    return {};
  }
  Object bound(PyObject_GetAttr(instance.get(), call.method.get()));
  if (!bound) {
    PyErr_Clear();
    failure = no_entry(utf8(call.name.get()) + "()." + utf8(call.method.get()));
  }
  return bound;
}

Object Calls::make(const Call& call, PyObject* globals, PyObject* results, Answer& failure) {
  Object args = Object::borrowed(call.args.get());
  if (PyDict_Size(call.references.get()) > 0) {
    const Object list(PySequence_List(call.args.get()));
    const Object none(results == nullptr ? PyList_New(0) : nullptr);
    PyObject* const earlier = results == nullptr ? none.get() : results;
    if (!list || !place_references(call.references.get(), list.get(), call.kwargs.get(), earlier)) {
      failure = answer_of_exception();
      return {};
    }
    args = Object(PyList_AsTuple(list.get()));
  }
  const Object function = find_target(call, globals, failure);
  if (!function) return {};
  PyObject* const kwargs = PyDict_Size(call.kwargs.get()) == 0 ? nullptr : call.kwargs.get();
  Object result(PyObject_Call(function.get(), args.get(), kwargs));
  if (!result) failure = answer_of_exception();
  return result;
}

}  // namespace ucoder::jail
