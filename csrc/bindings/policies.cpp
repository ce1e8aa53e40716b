// The system call policies for Python, which documents and tests them: read only.
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <string>
#include <vector>

#include "bindings/bindings.h"
#include "ucoder/policy.h"

namespace py = pybind11;

namespace {

using ucoder::Compare;
using ucoder::SyscallRule;
using ucoder::Verdict;

const char* verdict_name(Verdict verdict) {
  switch (verdict) {
    case Verdict::Allow:
      return "allow";
    case Verdict::Kill:
      return "kill";
    case Verdict::Deny:
      break;
  }
  return "deny";
}

const char* compare_name(Compare compare) {
  switch (compare) {
    case Compare::Equal:
      return "equal";
    case Compare::NotEqual:
      return "not equal";
    case Compare::Any:
      break;
  }
  return "any";
}

std::vector<SyscallRule> rules_of(const std::string& profile) {
  for (const ucoder::Policy& policy : {ucoder::pure_policy(), ucoder::script_policy()}) {
    if (policy.name == profile) return policy.rules;
  }
  throw py::value_error("there is no policy named '" + profile + "'");
}

}  // namespace

void bind_policies(py::module_& module) {
  py::class_<SyscallRule>(module, "SyscallRule", py::is_final())
      .def_readonly("number", &SyscallRule::number)
      .def_property_readonly("verdict", [](const SyscallRule& rule) { return verdict_name(rule.verdict); })
      .def_readonly("error", &SyscallRule::error)
      .def_property_readonly("compare", [](const SyscallRule& rule) { return compare_name(rule.compare); })
      .def_readonly("argument", &SyscallRule::argument)
      .def_readonly("mask", &SyscallRule::mask)
      .def_readonly("value", &SyscallRule::value);
  module.def("syscall_rules", &rules_of, py::arg("profile"));
}
