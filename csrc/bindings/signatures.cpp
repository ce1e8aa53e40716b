#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "bindings/bindings.h"
#include "ucoder/cluster.h"
#include "ucoder/signature.h"

namespace py = pybind11;

namespace {

using ucoder::Clusters;
using ucoder::Outcome;
using ucoder::SignatureMatrix;
using Shape = std::vector<py::ssize_t>;

static_assert(sizeof(Outcome) == 1, "outcomes are read in place");

// The items of an array that is exactly what the core reads. Anything else is refused: a conversion would be a copy
// at best, and a silent change of meaning at worst.
template <typename T>
std::span<const T> items_of(const py::array& array, const char* name, int num_dims) {
  if (!py::dtype::of<T>().equal(array.dtype())) {
    throw py::type_error(std::string(name) + ": expected dtype " + py::str(py::dtype::of<T>()).cast<std::string>() +
                         ", got " + py::str(array.dtype()).cast<std::string>());
  }
  if (array.ndim() != num_dims) {
    throw py::value_error(std::string(name) + ": expected " + std::to_string(num_dims) + " dimensions, got " +
                          std::to_string(array.ndim()));
  }
  if ((array.flags() & py::array::c_style) == 0) throw py::value_error(std::string(name) + ": not C-contiguous");
  return {static_cast<const T*>(array.data()), static_cast<std::size_t>(array.size())};
}

py::array read_only(py::array array) {
  array.attr("setflags")(py::arg("write") = false);
  return array;
}

// A read-only array over memory that belongs to `owner`.
template <typename T>
py::array view_of(std::span<const T> items, Shape shape, const py::object& owner) {
  return read_only(py::array(py::dtype::of<T>(), std::move(shape), items.data(), owner));
}

// An array that takes over the vector's memory.
template <typename T>
py::array array_from(std::vector<T> items, Shape shape) {
  auto kept = std::make_unique<std::vector<T>>(std::move(items));
  const T* data = kept->data();
  py::capsule owner(kept.get(), [](void* vector) { delete static_cast<std::vector<T>*>(vector); });
  static_cast<void>(kept.release());
  return py::array(py::dtype::of<T>(), std::move(shape), data, owner);
}

py::ssize_t signed_size(std::size_t size) { return static_cast<py::ssize_t>(size); }

Shape words_shape(const SignatureMatrix& matrix) {
  return {signed_size(matrix.num_rows()), signed_size(matrix.num_words())};
}

SignatureMatrix matrix_from_outcomes(const py::array& outcomes) {
  const auto bytes = items_of<std::uint8_t>(outcomes, "outcomes", 2);
  const std::span<const Outcome> cells(reinterpret_cast<const Outcome*>(bytes.data()), bytes.size());
  const auto num_rows = static_cast<std::size_t>(outcomes.shape(0));
  const auto num_tests = static_cast<std::size_t>(outcomes.shape(1));
  py::gil_scoped_release release;
  return SignatureMatrix::from_outcomes(cells, num_rows, num_tests);
}

// The bounds of problems among rows: those that were given, else all rows are one problem's.
std::vector<std::size_t> starts_of(const std::optional<py::array>& row_starts, std::size_t num_rows) {
  if (!row_starts) return {0, num_rows};
  const auto items = items_of<std::uint64_t>(*row_starts, "row_starts", 1);
  // A row without words leaves no trace in the words, so only here its number is known.
  if (items.empty() || items.back() != num_rows) {
    throw py::value_error("row_starts does not end with the number of rows");
  }
  return {items.begin(), items.end()};
}

Clusters cluster_rows(const py::array& words, const std::optional<py::array>& row_starts) {
  const auto items = items_of<std::uint64_t>(words, "words", 2);
  const auto width = static_cast<std::size_t>(words.shape(1));
  const auto starts = starts_of(row_starts, static_cast<std::size_t>(words.shape(0)));
  py::gil_scoped_release release;
  return ucoder::cluster_rows(items, width, starts);
}

Clusters cluster_bits(const py::array& bits, const std::optional<py::array>& row_starts) {
  const auto items = items_of<bool>(bits, "bits", 2);
  const auto num_columns = static_cast<std::size_t>(bits.shape(1));
  const auto starts = starts_of(row_starts, static_cast<std::size_t>(bits.shape(0)));
  const std::span bytes(reinterpret_cast<const std::uint8_t*>(items.data()), items.size());
  py::gil_scoped_release release;
  return ucoder::cluster_bits(bytes, num_columns, starts);
}

py::array overlap_counts(const py::array& words) {
  const auto items = items_of<std::uint64_t>(words, "words", 2);
  const auto width = static_cast<std::size_t>(words.shape(1));
  const Shape shape = {words.shape(0), words.shape(0)};
  if (width == 0) return py::module_::import("numpy").attr("zeros")(py::cast(shape), py::dtype::of<std::uint32_t>());
  std::vector<std::uint32_t> counts;
  {
    py::gil_scoped_release release;
    counts = ucoder::overlap_counts(items, width);
  }
  return array_from(std::move(counts), shape);
}

ucoder::Answers answers_of(const py::array& ids) {
  const auto items = items_of<std::int32_t>(ids, "ids", 2);
  return {items, static_cast<std::size_t>(ids.shape(0)), static_cast<std::size_t>(ids.shape(1))};
}

py::array agreement_counts(const py::array& ids) {
  const ucoder::Answers answers = answers_of(ids);
  std::vector<std::uint32_t> counts;
  {
    py::gil_scoped_release release;
    counts = ucoder::agreement_counts(answers);
  }
  return array_from(std::move(counts), {ids.shape(0), ids.shape(0)});
}

py::array agreement_weights(const py::array& ids, const py::array& row_weights, const py::array& column_weights) {
  const ucoder::Answers answers = answers_of(ids);
  const auto rows = items_of<double>(row_weights, "row_weights", 2);
  const auto columns = items_of<double>(column_weights, "column_weights", 2);
  if (row_weights.shape(1) != ids.shape(0)) throw py::value_error("row_weights: not one weight for each row");
  if (column_weights.shape(1) != ids.shape(1)) throw py::value_error("column_weights: not one weight for each column");
  if (row_weights.shape(0) != column_weights.shape(0))
    throw py::value_error("row and column weightings differ in number");
  std::vector<double> sums;
  {
    py::gil_scoped_release release;
    sums = ucoder::agreement_weights(answers, rows, columns);
  }
  return array_from(std::move(sums), {row_weights.shape(0), row_weights.shape(1)});
}

void bind_matrix(py::module_& module) {
  py::class_<SignatureMatrix>(module, "SignatureMatrix", py::is_final())
      .def_static("from_outcomes", &matrix_from_outcomes, py::arg("outcomes").noconvert())
      .def_property_readonly("num_rows", &SignatureMatrix::num_rows)
      .def_property_readonly("num_tests", &SignatureMatrix::num_tests)
      .def_property_readonly("pass_words",
                             [](const py::object& self) {
                               const auto& matrix = self.cast<const SignatureMatrix&>();
                               return view_of(matrix.pass_words(), words_shape(matrix), self);
                             })
      .def_property_readonly("ran_words",
                             [](const py::object& self) {
                               const auto& matrix = self.cast<const SignatureMatrix&>();
                               return view_of(matrix.ran_words(), words_shape(matrix), self);
                             })
      .def("pass_counts",
           [](const SignatureMatrix& matrix) {
             return array_from(matrix.pass_counts(), {signed_size(matrix.num_rows())});
           })
      .def("ran_counts", [](const SignatureMatrix& matrix) {
        return array_from(matrix.ran_counts(), {signed_size(matrix.num_rows())});
      });
}

// A property that shows one vector of a Clusters without copying it.
template <typename T>
auto column(std::vector<T> Clusters::* member) {
  return [member](const py::object& self) {
    const std::vector<T>& items = self.cast<const Clusters&>().*member;
    return view_of(std::span<const T>(items), {signed_size(items.size())}, self);
  };
}

void bind_clusters(py::module_& module) {
  py::class_<Clusters>(module, "Clusters", py::is_final())
      .def_property_readonly("labels", column(&Clusters::labels))
      .def_property_readonly("sizes", column(&Clusters::sizes))
      .def_property_readonly("starts", column(&Clusters::starts));
  module.def("cluster_rows", &cluster_rows, py::arg("words").noconvert(),
             py::arg("row_starts").noconvert() = py::none());
  module.def("cluster_bits", &cluster_bits, py::arg("bits").noconvert(),
             py::arg("row_starts").noconvert() = py::none());
  module.def("overlap_counts", &overlap_counts, py::arg("words").noconvert());
  module.def("agreement_counts", &agreement_counts, py::arg("ids").noconvert());
  module.def("agreement_weights", &agreement_weights, py::arg("ids").noconvert(), py::arg("row_weights").noconvert(),
             py::arg("column_weights").noconvert());
}

}  // namespace

void bind_signatures(py::module_& module) {
  bind_matrix(module);
  bind_clusters(module);
}
