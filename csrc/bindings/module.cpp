#include <pybind11/native_enum.h>
#include <pybind11/pybind11.h>

#include <string>

#include "bindings/bindings.h"
#include "ucoder/outcome.h"

namespace py = pybind11;

namespace {

void bind_outcomes(py::module_& module) {
  py::native_enum<ucoder::Outcome> outcome(module, "Outcome", "enum.IntEnum");
  py::tuple names(ucoder::kNumOutcomes);
  for (std::size_t i = 0; i < ucoder::kNumOutcomes; ++i) {
    const std::string name(ucoder::kOutcomeNames[i]);
    outcome.value(name.c_str(), static_cast<ucoder::Outcome>(i));
    names[i] = name;
  }
  outcome.finalize();
  module.attr("OUTCOME_NAMES") = names;
}

}  // namespace

PYBIND11_MODULE(_core, module) {
  bind_outcomes(module);
  bind_values(module);
  bind_signatures(module);
  bind_executor(module);
}
