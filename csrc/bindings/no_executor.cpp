// Stands in for executor.cpp where there is no executor (anything but Linux): the names exist, so that the package
// imports and says what is missing when it is asked to run something.
#include <pybind11/pybind11.h>

#include <stdexcept>

#include "bindings/bindings.h"

namespace py = pybind11;

namespace {

constexpr const char* kReason = "the executor needs Linux: it is built on namespaces, seccomp and pidfds";

struct SandboxUnavailable : std::runtime_error {
  using std::runtime_error::runtime_error;
};
struct ExecutorClosed : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct Test {};
struct Limits {};
struct Task {};
struct Matrix {};
struct Patience {};
struct Executor {};

}  // namespace

void bind_executor(py::module_& module) {
  py::register_exception<SandboxUnavailable>(module, "SandboxUnavailable", PyExc_RuntimeError);
  py::register_exception<ExecutorClosed>(module, "ExecutorClosed", PyExc_RuntimeError);
  py::class_<Test>(module, "Test", py::is_final());
  py::class_<Task>(module, "Task", py::is_final());
  py::class_<Matrix>(module, "Matrix", py::is_final());
  // Made before the executor is asked for, which then says why there is none.
  py::class_<Limits>(module, "Limits", py::is_final()).def(py::init([](const py::kwargs& /*kwargs*/) {
    return Limits{};
  }));
  py::class_<Patience>(module, "Patience", py::is_final())
      .def(py::init([](const py::kwargs& /*kwargs*/) { return Patience{}; }))
      .def_static("full", [] { return Patience{}; });
  py::class_<Executor>(module, "Executor", py::is_final())
      .def(py::init([](const py::args& /*args*/, const py::kwargs& /*kwargs*/) -> Executor {
        throw SandboxUnavailable(kReason);
      }));
  module.def(
      "probe",
      [](const py::str& /*python*/, const py::str& /*package_dir*/) {
        py::dict layers;
        layers["linux"] = kReason;
        return layers;
      },
      py::arg("python"), py::arg("package_dir"));
}
