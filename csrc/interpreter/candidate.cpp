#include "interpreter/candidate.h"

#include "interpreter/codec.h"

namespace ucoder::jail {
namespace {

constexpr std::size_t kMaxNameBytes = 120;
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

// A type's C name: never an attribute, which the program could have replaced with something that runs.
std::string type_name(PyTypeObject* type) {
  const char* name = type->tp_name == nullptr ? "?" : type->tp_name;
  return std::string(std::string_view(name).substr(0, kMaxNameBytes));
}

bool is_subtype(PyTypeObject* type, PyObject* base) {
  return PyType_IsSubtype(type, reinterpret_cast<PyTypeObject*>(base)) != 0;
}

Answer no_entry(std::string text) { return {Report::NoEntry, std::move(text)}; }

// "f", or "Solution().f": a fresh instance of a class of the program, then its method.
Object find_target(PyObject* globals, std::string_view target, Answer& failure) {
  const std::size_t call = target.find("().");
  const std::string name(target.substr(0, call));
  PyObject* found = PyDict_GetItemString(globals, name.c_str());
  if (found == nullptr) {
    failure = no_entry(name);
    return {};
  }
  if (call == std::string_view::npos) {
    if (PyCallable_Check(found) == 0) {
      failure = no_entry(name + " is not callable");
      return {};
    }
    return Object::borrowed(found);
  }
  const Object instance(PyObject_CallNoArgs(found));
  if (!instance) {
    failure = answer_of_exception();
    return {};
  }
  const std::string method(target.substr(call + 3));
  Object bound(PyObject_GetAttrString(instance.get(), method.c_str()));
  if (!bound) {
    PyErr_Clear();
    failure = no_entry(std::string(target));
  }
  return bound;
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

Object make_call(PyObject* globals, PyObject* call, PyObject* results, Answer& failure) {
  const char* target = nullptr;
  PyObject* args = nullptr;
  PyObject* kwargs = nullptr;
  PyObject* references = nullptr;
  if (PyArg_ParseTuple(call, "sO!O!O!", &target, &PyTuple_Type, &args, &PyDict_Type, &kwargs, &PyDict_Type,
                       &references) == 0) {
    failure = answer_of_exception();
    return {};
  }
  const Object list(PySequence_List(args));
  if (!list || !place_references(references, list.get(), kwargs, results)) {
    failure = answer_of_exception();
    return {};
  }
  const Object function = find_target(globals, target, failure);
  if (!function) return {};
  const Object arguments(PyList_AsTuple(list.get()));
  Object result(PyObject_Call(function.get(), arguments.get(), PyDict_Size(kwargs) == 0 ? nullptr : kwargs));
  if (!result) failure = answer_of_exception();
  return result;
}

}  // namespace

Object make_text(std::string_view text) {
  return Object(PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()), "surrogatepass"));
}

Answer answer_of_exception() {
  PyObject* type = nullptr;
  PyObject* value = nullptr;
  PyObject* traceback = nullptr;
  PyErr_Fetch(&type, &value, &traceback);
  Answer answer{Report::Exception, "?"};
  if (type != nullptr && PyType_Check(type)) {
    auto* const exception = reinterpret_cast<PyTypeObject*>(type);
    answer.bytes = type_name(exception);
    if (is_subtype(exception, PyExc_SystemExit)) answer.report = Report::Exit;
    if (is_subtype(exception, PyExc_MemoryError)) answer.report = Report::Memory;
  }
  Py_XDECREF(type);
  Py_XDECREF(value);
  Py_XDECREF(traceback);
  return answer;
}

Object compile_program(std::string_view source, const char* name, Answer& failure) {
  if (source.starts_with(kByteOrderMark)) source.remove_prefix(kByteOrderMark.size());
  if (source.find('\0') != std::string_view::npos) {
    failure = {Report::Exception, "SyntaxError"};
    return {};
  }
  const std::string text(source);
  PyCompilerFlags flags{};
  flags.cf_flags = PyCF_IGNORE_COOKIE;  // the text is UTF-8 whatever it says of itself
  flags.cf_feature_version = PY_MINOR_VERSION;
  Object code(Py_CompileStringExFlags(text.c_str(), name, Py_file_input, &flags, 0));
  if (!code) failure = answer_of_exception();
  return code;
}

Object load_program(std::string_view source, Answer& failure) {
  const Object code = compile_program(source, "<candidate>", failure);
  if (!code) return {};
  const Object module(PyModule_New("candidate"));
  if (!module) {
    failure = answer_of_exception();
    return {};
  }
  // Registered, because dataclasses and typing look their module up by name.
  Object globals = Object::borrowed(PyModule_GetDict(module.get()));
  PyDict_SetItemString(globals.get(), "__builtins__", PyEval_GetBuiltins());
  PyDict_SetItemString(PyImport_GetModuleDict(), "candidate", module.get());
  const Object result(PyEval_EvalCode(code.get(), globals.get(), globals.get()));
  if (!result) {
    failure = answer_of_exception();
    return {};
  }
  return globals;
}

Answer encode_answer(PyObject* value, const ValueLimits& limits) {
  Answer answer{Report::Value, {}};
  std::string why;
  if (!codec::encode(value, limits, answer.bytes, why)) answer = {Report::BadValue, why.substr(0, kMaxNameBytes)};
  if (PyErr_Occurred() != nullptr) PyErr_Clear();
  return answer;
}

Answer run_calls(PyObject* globals, std::string_view payload, const ValueLimits& limits) {
  const Object calls(codec::decode(payload));
  const Object results(PyList_New(0));
  if (!calls || !results) return answer_of_exception();
  Answer failure;
  Object last;
  for (Py_ssize_t i = 0; i < PyTuple_Size(calls.get()); ++i) {
    last = make_call(globals, PyTuple_GetItem(calls.get(), i), results.get(), failure);
    if (!last) return failure;
    PyList_Append(results.get(), last.get());
  }
  if (!last) return {Report::NoEntry, "no call"};
  return encode_answer(last.get(), limits);
}

}  // namespace ucoder::jail
