// One function per kind of thing that Python sees. Bindings translate and do nothing else.
#pragma once

#include <pybind11/pybind11.h>

void bind_values(pybind11::module_& module);
void bind_signatures(pybind11::module_& module);
void bind_policies(pybind11::module_& module);  // Linux only: bind_executor calls it
void bind_executor(pybind11::module_& module);  // no_executor.cpp has the one for systems without an executor
