// The calls of one cell, decoded once as far as no program can change what was decoded.
#pragma once

#include <string_view>
#include <vector>

#include "interpreter/candidate.h"
#include "interpreter/object.h"

namespace ucoder::jail {

class Calls {
 public:
  // `payload`: an encoded tuple of calls (target, args, kwargs, references), which has to outlive this.
  explicit Calls(std::string_view payload) : payload_(payload) {}

  // Makes the calls in order and answers with the last one's value.
  Answer run(PyObject* globals, const ValueLimits& limits);

 private:
  // "f", or "Solution().f": a fresh instance of a class of the program, then its method.
  struct Call {
    Object name;
    Object method;
    Object args;
    Object kwargs;
    Object references;
  };

  bool decode();
  static bool read_call(PyObject* item, Call& call);
  static Object find_target(const Call& call, PyObject* globals, Answer& failure);
  static Object make(const Call& call, PyObject* globals, PyObject* results, Answer& failure);

  std::string_view payload_;
  std::vector<Call> calls_;
  bool lasting_ = false;  // every argument is of an immutable kind: no program can leave a trace in it
};

}  // namespace ucoder::jail
