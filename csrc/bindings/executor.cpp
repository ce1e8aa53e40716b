// The executor for Python. Objects are read before the GIL is released and arrays made after it is back.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <chrono>
#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bindings/bindings.h"
#include "ucoder/executor.h"
#include "ucoder/probe.h"

namespace py = pybind11;

namespace {

using namespace ucoder;  // NOLINT(google-build-using-namespace): every line here names the core

// An array that owns a copy of `items`, in the shape given.
template <class Out, class In>
py::array_t<Out> array_of(const std::vector<In>& items, std::vector<py::ssize_t> shape) {
  static_assert(sizeof(Out) == sizeof(In));
  py::array_t<Out> array(std::move(shape));
  if (!items.empty()) std::memcpy(array.mutable_data(), items.data(), items.size() * sizeof(In));
  return array;
}

std::vector<py::ssize_t> cells_shape(const ExecutionMatrix& matrix) {
  return {static_cast<py::ssize_t>(matrix.num_candidates), static_cast<py::ssize_t>(matrix.num_tests)};
}

std::vector<py::ssize_t> candidates_shape(const ExecutionMatrix& matrix) {
  return {static_cast<py::ssize_t>(matrix.num_candidates)};
}

const char* form_name(TestForm form) {
  switch (form) {
    case TestForm::Split:
      return "split";
    case TestForm::Stdio:
      return "stdio";
    case TestForm::Beside:
      return "beside";
    case TestForm::Void:
      break;
  }
  return "void";
}

std::vector<std::string> form_names(const ExecutionMatrix& matrix) {
  std::vector<std::string> names;
  for (const TestForm form : matrix.test_forms) names.emplace_back(form_name(form));
  return names;
}

py::array_t<bool> trusted(const ExecutionMatrix& matrix) {
  py::array_t<bool> array(static_cast<py::ssize_t>(matrix.num_tests));
  for (std::size_t i = 0; i < matrix.num_tests; ++i) {
    array.mutable_data()[i] = matrix.test_forms[i] == TestForm::Split || matrix.test_forms[i] == TestForm::Stdio;
  }
  return array;
}

py::list bytes_of(const std::vector<std::string>& texts) {
  py::list list;
  for (const std::string& text : texts) list.append(py::bytes(text));
  return list;
}

py::array_t<std::uint64_t> digests(const ExecutionMatrix& matrix) {
  py::array_t<std::uint64_t> array({static_cast<py::ssize_t>(matrix.value_digests.size()), py::ssize_t{2}});
  auto cells = array.mutable_unchecked<2>();
  for (py::ssize_t i = 0; i < cells.shape(0); ++i) {
    const Digest& digest = matrix.value_digests[static_cast<std::size_t>(i)];
    cells(i, 0) = digest.low;
    cells(i, 1) = digest.high;
  }
  return array;
}

std::map<std::string, std::uint64_t> counts(const ExecutionMatrix& matrix) {
  return {{"workers", matrix.num_workers},
          {"runs", matrix.num_runs},
          {"shared_inputs", matrix.num_shared_inputs},
          {"requeued", matrix.num_requeued},
          {"judged_rests", matrix.num_rests},
          {"put_off", matrix.num_put_off},
          {"waited", matrix.num_waited},
          {"shared", matrix.num_shared},
          {"moved", matrix.num_moved}};
}

// Notes and details may hold what a model wrote: shown with replacement, never refused.
py::list shown(const std::vector<std::string>& texts) {
  py::list list;
  for (const std::string& text : texts) {
    list.append(py::reinterpret_steal<py::str>(
        PyUnicode_DecodeUTF8(text.data(), static_cast<py::ssize_t>(text.size()), "replace")));
  }
  return list;
}

Isolation isolation_of(const std::string& name) {
  if (name == "test") return Isolation::Test;
  if (name == "candidate") return Isolation::Candidate;
  if (name == "batch") return Isolation::Batch;
  if (name == "auto") return Isolation::Auto;
  throw py::value_error("isolation is 'auto', 'test', 'candidate' or 'batch', not '" + name + "'");
}

Comparison comparison_of(const std::string& name) {
  if (name == "exact") return Comparison::Exact;
  if (name == "whitespace") return Comparison::Whitespace;
  if (name == "numeric") return Comparison::Numeric;
  if (name == "lines") return Comparison::Lines;
  if (name == "caseless") return Comparison::Caseless;
  throw py::value_error("comparison is 'exact', 'whitespace', 'numeric', 'lines' or 'caseless', not '" + name + "'");
}

DigestKey key_of(const py::bytes& key) {
  const std::string text = key;
  DigestKey out{};
  if (text.size() != out.size()) throw py::value_error("a digest key has 16 bytes");
  std::memcpy(out.data(), text.data(), out.size());
  return out;
}

void bind_matrix(py::module_& module) {
  py::class_<ExecutionMatrix, std::shared_ptr<ExecutionMatrix>>(module, "Matrix", py::is_final())
      .def_property_readonly(
          "outcomes", [](const ExecutionMatrix& m) { return array_of<std::uint8_t>(m.outcomes, cells_shape(m)); })
      .def_property_readonly("values",
                             [](const ExecutionMatrix& m) { return array_of<std::int32_t>(m.values, cells_shape(m)); })
      .def_property_readonly("details",
                             [](const ExecutionMatrix& m) { return array_of<std::int32_t>(m.details, cells_shape(m)); })
      .def_property_readonly("cpu_us",
                             [](const ExecutionMatrix& m) { return array_of<std::uint32_t>(m.cpu_us, cells_shape(m)); })
      .def_property_readonly("at_limit",
                             [](const ExecutionMatrix& m) { return array_of<bool>(m.at_limit, cells_shape(m)); })
      .def_property_readonly(
          "load_causes",
          [](const ExecutionMatrix& m) { return array_of<std::uint8_t>(m.load_causes, candidates_shape(m)); })
      .def_property_readonly("shared",
                             [](const ExecutionMatrix& m) { return array_of<bool>(m.shared, candidates_shape(m)); })
      .def_property_readonly(
          "why_alone",
          [](const ExecutionMatrix& m) { return array_of<std::int32_t>(m.why_alone, candidates_shape(m)); })
      .def_property_readonly(
          "first_twin",
          [](const ExecutionMatrix& m) { return array_of<std::int32_t>(m.first_twin, candidates_shape(m)); })
      .def_property_readonly("test_kinds", &form_names)
      .def_property_readonly("test_notes", [](const ExecutionMatrix& m) { return shown(m.test_notes); })
      .def_property_readonly("trusted", &trusted)
      .def_property_readonly("outputs", [](const ExecutionMatrix& m) { return bytes_of(m.outputs); })
      .def_property_readonly("value_bytes", [](const ExecutionMatrix& m) { return bytes_of(m.value_bytes); })
      .def_property_readonly("value_digests", &digests)
      .def_property_readonly("detail_texts", [](const ExecutionMatrix& m) { return shown(m.detail_texts); })
      .def_property_readonly("counts", &counts);
}

void bind_task(py::module_& module) {
  py::class_<Test>(module, "Test", py::is_final())
      .def_static(
          "assertion", [](const py::bytes& text) { return Test{TestKind::Assertion, text, {}, {}, {}}; },
          py::arg("text"))
      .def_static(
          "check_function", [](const py::bytes& text) { return Test{TestKind::Check, text, {}, {}, {}}; },
          py::arg("text"))
      .def_static(
          "unittest", [](const py::bytes& text) { return Test{TestKind::Unittest, text, {}, {}, {}}; }, py::arg("text"))
      .def_static(
          "module", [](const py::bytes& text) { return Test{TestKind::Module, text, {}, {}, {}}; }, py::arg("text"))
      .def_static(
          "call",
          [](const py::bytes& call, const py::bytes& expected, double absolute, double relative) {
            return Test{TestKind::Call, call, expected, {absolute, relative}, {}};
          },
          py::arg("call"), py::arg("expected"), py::arg("absolute") = 0.0, py::arg("relative") = 0.0)
      .def_static(
          "encoded_call",
          [](const std::string& target, const std::vector<py::bytes>& args,
             const std::map<std::string, py::bytes>& kwargs, const py::bytes& expected, double absolute,
             double relative) {
            std::vector<std::string> positional(args.begin(), args.end());
            std::vector<std::pair<std::string, std::string>> named(kwargs.begin(), kwargs.end());
            return encoded_call(target, positional, named, expected, {absolute, relative});
          },
          py::arg("target"), py::arg("args"), py::arg("kwargs"), py::arg("expected"), py::arg("absolute") = 0.0,
          py::arg("relative") = 0.0)
      .def_static(
          "stdio",
          [](const py::bytes& input, const py::bytes& output, const std::string& comparison, double absolute,
             double relative) {
            return Test{TestKind::Stdio, input, output, {absolute, relative}, comparison_of(comparison)};
          },
          py::arg("stdin"), py::arg("stdout"), py::arg("comparison"), py::arg("absolute") = 0.0,
          py::arg("relative") = 0.0);

  py::class_<Task>(module, "Task", py::is_final())
      .def(py::init([](std::string task_id, std::string entry_point, const py::bytes& preamble, std::string profile,
                       std::vector<Test> tests, const std::vector<py::bytes>& candidates, std::optional<Limits> limits,
                       bool keep_output) {
             std::vector<std::string> sources(candidates.begin(), candidates.end());
             return Task{std::move(task_id), std::move(entry_point), preamble, std::move(profile),
                         std::move(tests),   std::move(sources),     limits,   keep_output};
           }),
           py::arg("task_id"), py::arg("entry_point"), py::arg("preamble"), py::arg("profile"), py::arg("tests"),
           py::arg("candidates"), py::arg("limits") = std::nullopt, py::arg("keep_output") = false);
}

std::unique_ptr<Executor> make_executor(ExecutorOptions options) {
  const py::gil_scoped_release release;
  return std::make_unique<Executor>(std::move(options));
}

std::shared_ptr<ExecutionMatrix> judge(Executor& executor, const Task& task, double max_seconds) {
  // Asked about every 50 ms from this thread, which alone may let Python's signal handlers run.
  bool raised = false;
  using Clock = std::chrono::steady_clock;
  const auto began = Clock::now();
  const auto should_stop = [&raised, began, max_seconds] {
    if (max_seconds > 0 && std::chrono::duration<double>(Clock::now() - began).count() > max_seconds) return true;
    const py::gil_scoped_acquire acquire;
    raised = raised || PyErr_CheckSignals() != 0;
    return raised;
  };
  std::shared_ptr<ExecutionMatrix> matrix;
  try {
    const py::gil_scoped_release release;
    matrix = std::make_shared<ExecutionMatrix>(executor.judge(task, should_stop));
  } catch (const Interrupted&) {
    if (raised) throw py::error_already_set();
    PyErr_SetString(PyExc_TimeoutError, "the judgement took longer than it may");
    throw py::error_already_set();
  }
  return matrix;
}

void bind_patience(py::module_& module) {
  py::class_<Patience>(module, "Patience", py::is_final())
      .def(py::init([](std::uint32_t first_cpu_ms, std::uint32_t wait_ms, double least_ran_share,
                       std::uint32_t least_cluster) {
             return Patience{true, first_cpu_ms, wait_ms, least_ran_share, least_cluster};
           }),
           py::kw_only(), py::arg("first_cpu_ms"), py::arg("wait_ms"), py::arg("least_ran_share"),
           py::arg("least_cluster"))
      .def_static("full", [] { return Patience{}; });
}

void bind_limits(py::module_& module) {
  py::class_<Limits>(module, "Limits", py::is_final())
      .def(py::init([](std::uint32_t cpu_ms, std::uint32_t load_cpu_ms, std::uint32_t wall_ms, std::uint32_t memory_mb,
                       std::uint32_t output_bytes, std::uint32_t max_timeouts, std::size_t value_bytes,
                       std::size_t value_depth) {
             return Limits{
                 cpu_ms, load_cpu_ms, wall_ms, memory_mb, output_bytes, max_timeouts, {value_bytes, value_depth}};
           }),
           py::kw_only(), py::arg("cpu_ms"), py::arg("load_cpu_ms"), py::arg("wall_ms"), py::arg("memory_mb"),
           py::arg("output_bytes"), py::arg("max_timeouts"), py::arg("value_bytes"), py::arg("value_depth"));
}

void bind_class(py::module_& module) {
  py::class_<Executor>(module, "Executor", py::is_final())
      .def(py::init([](std::string python, std::string package_dir, std::uint32_t workers, const std::string& isolation,
                       bool allow_weaker, std::vector<std::string> preload, std::vector<std::string> preload_on_demand,
                       const Limits& limits, const Patience& patience, const py::bytes& digest_key) {
             ExecutorOptions options;
             options.python = std::move(python);
             options.package_dir = std::move(package_dir);
             options.workers = workers;
             options.isolation = isolation_of(isolation);
             options.allow_weaker = allow_weaker;
             options.preload = std::move(preload);
             options.preload_on_demand = std::move(preload_on_demand);
             options.limits = limits;
             options.patience = patience;
             options.digest_key = key_of(digest_key);
             return make_executor(std::move(options));
           }),
           py::kw_only(), py::arg("python"), py::arg("package_dir"), py::arg("workers"), py::arg("isolation"),
           py::arg("allow_weaker"), py::arg("preload"), py::arg("preload_on_demand"), py::arg("limits"),
           py::arg("patience") = Patience{}, py::arg("digest_key"))
      .def("judge", &judge, py::arg("task"), py::arg("max_seconds") = 0.0)
      .def("close",
           [](Executor& executor) {
             const py::gil_scoped_release release;
             executor.close();
           })
      .def_property_readonly("layers", &Executor::layers)
      .def_property_readonly("num_workers", &Executor::num_workers);
}

}  // namespace

void bind_executor(py::module_& module) {
  py::register_exception<SandboxUnavailable>(module, "SandboxUnavailable", PyExc_RuntimeError);
  py::register_exception<ExecutorClosed>(module, "ExecutorClosed", PyExc_RuntimeError);
  bind_limits(module);
  bind_task(module);
  bind_matrix(module);
  bind_patience(module);
  bind_class(module);
  bind_policies(module);
  module.def(
      "probe",
      [](std::string python, std::string package_dir) {
        ExecutorOptions options;
        options.python = std::move(python);
        options.package_dir = std::move(package_dir);
        std::map<std::string, std::string> layers;
        const py::gil_scoped_release release;
        for (const LayerStatus& status : probe(options)) layers[status.name] = status.problem;
        return layers;
      },
      py::arg("python"), py::arg("package_dir"));
}
