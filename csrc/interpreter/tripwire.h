// What is looked at after a program that shared its process: has it left anything behind?
//
// The static check (`tameness.h`) is the promise that it has not; this looks, cheaply, at what programs that break the
// promise would most likely change. A worker in which something moved runs no other program.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "interpreter/object.h"

namespace ucoder::jail {

class Tripwire {
 public:
  // Takes the baseline of the interpreter, in the zygote. `watched` is (dictionaries by name, types, functions) as
  // jail/watched.py gives them, `settings` a callable whose answers are compared. False with a Python exception set.
  bool arm(PyObject* watched, PyObject* settings);
  // Takes the baseline of the process, in a worker whose programs were promised so much memory each.
  void begin(std::uint64_t memory_bytes);
  // What moved since: "module math", "type Counter", "settings"; or empty.
  std::string moved();
  // Whether programs took so much memory that the next one would have less than it was promised.
  bool is_worn() const;

 private:
  struct Dictionary {
    PyObject* object;
    std::string name;
    std::uint64_t version;
  };
  struct Function {
    PyObject* object;
    PyObject* code;
    PyObject* defaults;
    PyObject* named_defaults;
  };

  bool watch_dictionary(PyObject* object, std::string name);
  bool watch_type(PyObject* object);
  std::string moved_dictionary() const;
  std::string moved_function() const;

  std::vector<Dictionary> dictionaries_;
  std::vector<Function> functions_;
  PyObject* settings_ = nullptr;
  PyObject* before_ = nullptr;
  int next_descriptor_ = -1;
  long peak_kib_ = 0;
  std::uint64_t room_bytes_ = 0;
};

}  // namespace ucoder::jail
