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

Object execute_program(PyObject* code, bool registered, Answer& failure) {
  const Object module(PyModule_New("candidate"));
  if (!module) {
    failure = answer_of_exception();
    return {};
  }
  Object globals = Object::borrowed(PyModule_GetDict(module.get()));
  PyDict_SetItemString(globals.get(), "__builtins__", PyEval_GetBuiltins());
  if (registered) PyDict_SetItemString(PyImport_GetModuleDict(), "candidate", module.get());
  const Object result(PyEval_EvalCode(code, globals.get(), globals.get()));
  if (!result) {
    failure = answer_of_exception();
    return {};
  }
  return globals;
}

Object load_program(std::string_view source, Answer& failure) {
  const Object code = compile_program(source, "<candidate>", failure);
  return code ? execute_program(code.get(), true, failure) : Object();
}

Answer encode_answer(PyObject* value, const ValueLimits& limits) {
  Answer answer{Report::Value, {}};
  std::string why;
  if (!codec::encode(value, limits, answer.bytes, why)) answer = {Report::BadValue, why.substr(0, kMaxNameBytes)};
  if (PyErr_Occurred() != nullptr) PyErr_Clear();
  return answer;
}

}  // namespace ucoder::jail
