#include <pybind11/pybind11.h>

#include <algorithm>
#include <limits>
#include <string>
#include <string_view>

#include "bindings/bindings.h"
#include "interpreter/codec.h"
#include "ucoder/value.h"
#include "value/tags.h"

namespace py = pybind11;

namespace {

constexpr ucoder::ValueLimits kNoLimits{std::numeric_limits<std::size_t>::max(), ucoder::value::kDeepestNesting};

// The values of a call are small: releasing the GIL would cost more than most of the work done here.

std::string_view checked(const py::bytes& encoded) {
  const std::string_view bytes(encoded);
  if (const char* wrong = ucoder::validate(bytes, kNoLimits)) throw py::value_error(wrong);
  return bytes;
}

ucoder::DigestKey key_of(const py::bytes& key) {
  const std::string_view bytes(key);
  ucoder::DigestKey result;
  if (bytes.size() != result.size()) throw py::value_error("a digest key has 16 bytes");
  std::copy(bytes.begin(), bytes.end(), result.begin());
  return result;
}

py::tuple to_tuple(const ucoder::Digest& digest) { return py::make_tuple(digest.low, digest.high); }

// Not when the module is imported: that would import decimal and fractions for callers that need neither.
void capture_types() {
  static const bool done = [] {
    if (!ucoder::codec::init()) throw py::error_already_set();
    return true;
  }();
  static_cast<void>(done);
}

py::bytes encode(const py::object& value, std::size_t max_bytes, std::size_t max_depth) {
  capture_types();
  std::string out;
  std::string why;
  if (!ucoder::codec::encode(value.ptr(), {max_bytes, max_depth}, out, why)) throw py::value_error(why);
  return py::bytes(out);
}

py::object decode(const py::bytes& encoded) {
  capture_types();
  PyObject* object = ucoder::codec::decode(checked(encoded));
  if (!object) throw py::error_already_set();
  return py::reinterpret_steal<py::object>(object);
}

// The text, or None.
py::object validate(const py::bytes& encoded, std::size_t max_bytes, std::size_t max_depth) {
  const char* wrong = ucoder::validate(std::string_view(encoded), {max_bytes, max_depth});
  return wrong ? py::object(py::str(wrong)) : py::none();
}

bool judged_equal(const py::bytes& left, const py::bytes& right, double absolute, double relative) {
  if (!(absolute >= 0) || !(relative >= 0)) throw py::value_error("tolerances must not be negative");
  return ucoder::judged_equal(checked(left), checked(right), {absolute, relative});
}

}  // namespace

void bind_values(py::module_& module) {
  const ucoder::ValueLimits limits;
  module.def("encode", &encode, py::arg("value"), py::arg("max_bytes") = limits.max_bytes,
             py::arg("max_depth") = limits.max_depth);
  module.def("decode", &decode, py::arg("encoded"));
  module.def("validate", &validate, py::arg("encoded"), py::arg("max_bytes") = limits.max_bytes,
             py::arg("max_depth") = limits.max_depth);
  module.def("judged_equal", &judged_equal, py::arg("left"), py::arg("right"), py::arg("absolute") = 0.0,
             py::arg("relative") = 0.0);
  module.def(
      "is_truthy", [](const py::bytes& encoded) { return ucoder::is_truthy(checked(encoded)); }, py::arg("encoded"));
  module.def(
      "same_behaviour",
      [](const py::bytes& left, const py::bytes& right) {
        return ucoder::same_behaviour(checked(left), checked(right));
      },
      py::arg("left"), py::arg("right"));
  module.def(
      "digest",
      [](const py::bytes& encoded, const py::bytes& key) {
        return to_tuple(ucoder::digest(checked(encoded), key_of(key)));
      },
      py::arg("encoded"), py::arg("key"));
  module.def(
      "siphash128",
      [](const py::bytes& data, const py::bytes& key) {
        return to_tuple(ucoder::siphash128(std::string_view(data), key_of(key)));
      },
      py::arg("data"), py::arg("key"));
}
