// Running one candidate: loading it into a module of its own, and calling it with fresh arguments.
#pragma once

#include <string>
#include <string_view>

#include "base/job.h"
#include "interpreter/object.h"
#include "ucoder/value.h"

namespace ucoder::jail {

// The Python callables of jail/hooks.py, taken by the zygote before any task exists.
struct Hooks {
  PyObject* prepare = nullptr;        // (test, entry_point, namespace or None, evaluate) -> plan
  PyObject* load_preamble = nullptr;  // (source, entry_point) -> namespace
  PyObject* judge = nullptr;          // (source, values, namespace) -> bool or str
  PyObject* beside = nullptr;         // (kind, text, namespace, entry_point) -> None
  PyObject* script = nullptr;         // (code) -> exit status
  PyObject* settle = nullptr;         // () -> None: seeds what a fork leaves to chance
};

struct Answer {
  Report report = Report::NotRun;
  std::string bytes;  // the encoded value, or what went wrong
};

// Turns the pending Python exception into an answer and clears it.
Answer answer_of_exception();

// The code object of `source`, or null with `failure` filled.
Object compile_program(std::string_view source, const char* name, Answer& failure);

// Compiles `source` and runs it in a new module; the module's dictionary, or null with `failure` filled.
Object load_program(std::string_view source, Answer& failure);

// Makes the calls of an encoded payload in order and answers with the last one's value.
Answer run_calls(PyObject* globals, std::string_view payload, const ValueLimits& limits);

// Text of UTF-8 with lone surrogates.
Object make_text(std::string_view text);

Answer encode_answer(PyObject* value, const ValueLimits& limits);

}  // namespace ucoder::jail
