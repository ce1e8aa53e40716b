// Loading one candidate into a module of its own, and answering with values and exceptions.
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
  PyObject* forget = nullptr;         // () -> None: empties the caches of `typing` and `re`
  PyObject* watched = nullptr;        // () -> what the tripwire looks at
  PyObject* settings = nullptr;       // () -> tuple: what a program could have set for its whole process
  PyObject* tame_tables = nullptr;    // see jail/tame.py
  PyObject* refine = nullptr;         // (source) -> "" or why it is not tame
};

struct Answer {
  Report report = Report::NotRun;
  std::string bytes;  // the encoded value, or what went wrong
};

// Turns the pending Python exception into an answer and clears it.
Answer answer_of_exception();

// The code object of `source`, or null with `failure` filled.
Object compile_program(std::string_view source, const char* name, Answer& failure);

// Runs a program's code in a new module; the module's dictionary, or null with `failure` filled. Registered under the
// name `candidate`, because dataclasses look their module up.
Object execute_program(PyObject* code, bool registered, Answer& failure);

// Compiles `source` and executes it, registered.
Object load_program(std::string_view source, Answer& failure);

// Text of UTF-8 with lone surrogates.
Object make_text(std::string_view text);

Answer encode_answer(PyObject* value, const ValueLimits& limits);

}  // namespace ucoder::jail
