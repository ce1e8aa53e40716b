#include "interpreter/codec.h"

#include <algorithm>
#include <new>
#include <utility>
#include <vector>

#include "interpreter/codec_checks.h"
#include "interpreter/codec_numpy.h"
#include "interpreter/codec_text.h"
#include "interpreter/codec_types.h"
#include "interpreter/codec_versions.h"
#include "value/decimal_text.h"
#include "value/tags.h"
#include "value/writer.h"

namespace ucoder::codec {
namespace {

using value::Tag;
using value::ValueWriter;

// A container that is being written. Nothing of the program runs meanwhile, so its storage cannot move.
struct Open {
  enum class Kind : std::uint8_t { Items, Dict, Iterator, OrderedDict };

  Kind kind;
  PyObject* object = nullptr;         // Dict, OrderedDict
  PyObject* const* items = nullptr;   // Items
  Py_ssize_t position = 0;            // of a Dict opaque, else the number of items written
  Py_ssize_t count = 0;               // as announced; Dict has it right by construction
  PyObject* iterator = nullptr;       // Iterator, OrderedDict: owned
  PyObject* pending_value = nullptr;  // Dict, OrderedDict: whose key was just written
};

class Encoder {
 public:
  Encoder(const ValueLimits& limits, std::string& out, std::string& why)
      : limits_(limits),
        max_depth_(std::min(limits.max_depth, value::kDeepestNesting)),
        writer_(out, limits.max_bytes),
        why_(why) {}
  Encoder(const Encoder&) = delete;
  Encoder& operator=(const Encoder&) = delete;
  ~Encoder() {
    for (const Open& open : open_) Py_XDECREF(open.iterator);
  }

  bool write_all(PyObject* root) {
    if (!write(root)) return false;
    while (!open_.empty()) {
      PyObject* item = next(open_.back());
      if (item) {
        if (!write(item)) return false;
        continue;
      }
      if (PyErr_Occurred()) {
        PyErr_Clear();
        return refuse("a container whose items are not as many as it says");
      }
      Py_XDECREF(open_.back().iterator);
      open_.pop_back();
    }
    return true;
  }

 private:
  bool refuse(std::string reason) {
    why_ = std::move(reason);
    return false;
  }
  bool refuse_type(PyTypeObject* type) { return refuse(short_name(type)); }
  bool refuse_size() { return refuse("larger than " + std::to_string(limits_.max_bytes) + " bytes"); }
  bool refuse_depth() { return refuse("nested deeper than " + std::to_string(max_depth_)); }
  bool fits() { return writer_.full() ? refuse_size() : true; }

  bool write(PyObject* object);
  bool write_other(PyObject* object);
  bool write_int(PyObject* object);
  bool write_long_int(PyObject* object);
  bool write_text(PyObject* object);
  bool write_decimal(PyObject* object);
  bool write_fraction(PyObject* object);
  bool open(Tag tag, Py_ssize_t count, Open container);
  bool open_items(Tag tag, PyObject* const* items, Py_ssize_t count);
  bool open_iterated(Tag tag, PyObject* object, Py_ssize_t count, getiterfunc iterate);
  bool open_ordered_dict(PyObject* object);
  static PyObject* next(Open& open);

  const ValueLimits& limits_;
  const std::size_t max_depth_;
  ValueWriter writer_;
  std::string& why_;
  std::vector<Open> open_;
};

// Borrowed. Null at the end, or with an error set.
PyObject* Encoder::next(Open& open) {
  if (open.kind == Open::Kind::Items) return open.position < open.count ? open.items[open.position++] : nullptr;
  if (open.pending_value) return std::exchange(open.pending_value, nullptr);
  PyObject* key = nullptr;
  if (open.kind == Open::Kind::Dict) {
    return PyDict_Next(open.object, &open.position, &key, &open.pending_value) ? key : nullptr;
  }
  key = Py_TYPE(open.iterator)->tp_iternext(open.iterator);
  if (!key) {
    if (PyErr_Occurred() && PyErr_ExceptionMatches(PyExc_StopIteration)) PyErr_Clear();
    // dict.update() adds to an OrderedDict what its iterator does not know.
    if (!PyErr_Occurred() && open.position != open.count) PyErr_SetNone(PyExc_KeyError);
    return nullptr;
  }
  ++open.position;
  Py_DECREF(key);  // the container holds it
  if (open.kind == Open::Kind::OrderedDict) {
    open.pending_value = PyDict_GetItemWithError(open.object, key);
    if (!open.pending_value) {
      if (!PyErr_Occurred()) PyErr_SetNone(PyExc_KeyError);
      return nullptr;
    }
  }
  return key;
}

bool Encoder::open(Tag tag, Py_ssize_t count, Open container) {
  if (open_.size() >= max_depth_) {
    Py_XDECREF(container.iterator);
    return refuse_depth();
  }
  const auto size = static_cast<std::size_t>(count);
  writer_.container(tag, size);
  if (size > writer_.room()) {
    Py_XDECREF(container.iterator);
    return refuse_size();
  }
  open_.push_back(container);
  return fits();
}

bool Encoder::open_items(Tag tag, PyObject* const* items, Py_ssize_t count) {
  Open container{Open::Kind::Items};
  container.items = items;
  container.count = count;
  return open(tag, count, container);
}

bool Encoder::open_iterated(Tag tag, PyObject* object, Py_ssize_t count, getiterfunc iterate) {
  if (static_cast<std::size_t>(count) > writer_.room()) return refuse_size();
  PyObject* iterator = iterate(object);
  if (!iterator) {
    PyErr_Clear();
    return refuse_type(Py_TYPE(object));
  }
  Open container{Open::Kind::Iterator};
  container.count = count;
  container.iterator = iterator;
  return open(tag, count, container);
}

bool Encoder::open_ordered_dict(PyObject* object) {
  const Py_ssize_t count = PyDict_GET_SIZE(object);
  if (static_cast<std::size_t>(count) > writer_.room()) return refuse_size();
  KeyCheck check(writer_.room(), max_depth_);
  switch (check.look_at(object)) {
    case KeyCheck::Finding::Plain:
      break;
    case KeyCheck::Finding::Alien:
      return refuse_type(check.offender());
    case KeyCheck::Finding::TooLarge:
      return refuse_size();
    case KeyCheck::Finding::TooDeep:
      return refuse_depth();
  }
  PyObject* iterator = PyODict_Type.tp_iter(object);
  if (!iterator) {
    PyErr_Clear();
    return refuse_type(Py_TYPE(object));
  }
  Open container{Open::Kind::OrderedDict};
  container.object = object;
  container.count = count;
  container.iterator = iterator;
  return open(Tag::OrderedDict, count, container);
}

bool Encoder::write_int(PyObject* object) {
  int overflow = 0;
  const long long small = PyLong_AsLongLongAndOverflow(object, &overflow);
  if (overflow != 0) return write_long_int(object);
  writer_.integer(small);
  return fits();
}

bool Encoder::write_long_int(PyObject* object) {
  const std::size_t num_bytes = static_cast<std::size_t>(_PyLong_NumBits(object)) / 8 + 1;
  if (num_bytes > writer_.room()) return refuse_size();
  std::string bytes(num_bytes, '\0');
  if (!int_to_bytes(object, bytes)) {
    PyErr_Clear();
    return refuse_type(Py_TYPE(object));
  }
  writer_.integer_bytes(bytes);
  return fits();
}

bool Encoder::write_text(PyObject* object) {
  if (!make_ready(object)) {
    PyErr_Clear();
    return refuse_type(Py_TYPE(object));
  }
  const auto length = static_cast<std::size_t>(PyUnicode_GET_LENGTH(object));
  if (length > writer_.room()) return refuse_size();
  if (PyUnicode_IS_ASCII(object)) {
    writer_.text({static_cast<const char*>(PyUnicode_DATA(object)), length});
    return fits();
  }
  std::string utf8;
  utf8.reserve(length * 2);
  const int kind = static_cast<int>(PyUnicode_KIND(object));
  const void* data = PyUnicode_DATA(object);
  for (std::size_t i = 0; i < length; ++i) append_utf8(utf8, PyUnicode_READ(kind, data, static_cast<Py_ssize_t>(i)));
  writer_.text(utf8);
  return fits();
}

bool Encoder::write_decimal(PyObject* object) {
  // Nineteen digits take eight bytes of memory, so a Decimal larger than its text may be is seen before it is made.
  PyObject* size = captured().decimal_size(object, nullptr);
  const std::size_t num_bytes = size ? PyLong_AsSize_t(size) : 0;
  Py_XDECREF(size);
  if (num_bytes > limits_.max_bytes + 4096) return refuse_size();
  PyObject* text = captured().decimal_to_text(object);
  std::string ascii;
  if (text && PyUnicode_IS_ASCII(text)) {
    ascii.assign(static_cast<const char*>(PyUnicode_DATA(text)), static_cast<std::size_t>(PyUnicode_GET_LENGTH(text)));
  }
  Py_XDECREF(text);
  PyErr_Clear();
  // The program's decimal context chooses the letter's case.
  std::replace(ascii.begin(), ascii.end(), 'e', 'E');
  if (ascii.size() > writer_.room()) return refuse_size();
  if (!value::parse_decimal(ascii)) return refuse_type(Py_TYPE(object));
  writer_.decimal(ascii);
  return fits();
}

bool Encoder::write_fraction(PyObject* object) {
  PyObject* numerator = fraction_part(object, captured().numerator_offset);
  PyObject* denominator = fraction_part(object, captured().denominator_offset);
  if (!numerator || !denominator || !PyLong_CheckExact(numerator) || !PyLong_CheckExact(denominator)) {
    return refuse_type(Py_TYPE(object));
  }
  // Whether it is reduced, positive and not too long is for `validate` to say: the work is the same there.
  writer_.fraction();
  return write_int(numerator) && write_int(denominator);
}

bool Encoder::write(PyObject* object) {
  if (!object) return refuse("NULL");  // a tuple that native code left unfinished
  PyTypeObject* type = Py_TYPE(object);
  if (type == &PyLong_Type) return write_int(object);
  if (type == &PyUnicode_Type) return write_text(object);
  if (type == &PyFloat_Type) {
    writer_.real(PyFloat_AS_DOUBLE(object));
    return fits();
  }
  if (type == &PyBool_Type) {
    writer_.boolean(object == Py_True);
    return fits();
  }
  if (object == Py_None) {
    writer_.none();
    return fits();
  }
  if (type == &PyList_Type || type == &PyTuple_Type) {
    const bool is_list = type == &PyList_Type;
    PyObject* const* items =
        is_list ? reinterpret_cast<PyListObject*>(object)->ob_item : reinterpret_cast<PyTupleObject*>(object)->ob_item;
    return open_items(is_list ? Tag::List : Tag::Tuple, items, Py_SIZE(object));
  }
  if (type == &PyDict_Type || type == captured().defaultdict || type == captured().counter) {
    const Tag tag = type == &PyDict_Type ? Tag::Dict : type == captured().counter ? Tag::Counter : Tag::Defaultdict;
    Open container{Open::Kind::Dict};
    container.object = object;
    return open(tag, PyDict_GET_SIZE(object), container);
  }
  return write_other(object);
}

// What answers are more seldom made of.
bool Encoder::write_other(PyObject* object) {
  PyTypeObject* type = Py_TYPE(object);
  if (type == &PySet_Type || type == &PyFrozenSet_Type) {
    const Tag tag = type == &PySet_Type ? Tag::Set : Tag::Frozenset;
    return open_iterated(tag, object, PySet_GET_SIZE(object), PySet_Type.tp_iter);
  }
  if (type == &PyBytes_Type || numpy_type(type) == NumpyType::Bytes) {
    writer_.bytes({PyBytes_AS_STRING(object), static_cast<std::size_t>(PyBytes_GET_SIZE(object))});
    return fits();
  }
  if (type == &PyByteArray_Type) {
    writer_.bytearray({PyByteArray_AS_STRING(object), static_cast<std::size_t>(PyByteArray_GET_SIZE(object))});
    return fits();
  }
  if (type == &PyComplex_Type) {
    const Py_complex& number = reinterpret_cast<PyComplexObject*>(object)->cval;
    writer_.complex(number.real, number.imag);
    return fits();
  }
  const Captured& types = captured();
  if (type == &PyODict_Type) return open_ordered_dict(object);
  if (type == types.deque) return open_iterated(Tag::Deque, object, types.deque_length(object), types.deque_iterate);
  if (type == types.decimal) return write_decimal(object);
  if (type == types.fraction) return write_fraction(object);
  if (is_namedtuple(type)) {
    return open_items(Tag::Tuple, reinterpret_cast<PyTupleObject*>(object)->ob_item, Py_SIZE(object));
  }
  switch (numpy_type(type)) {
    case NumpyType::Array:
      if (open_.size() >= max_depth_) return refuse_depth();
      if (!write_numpy_array(object, writer_)) return refuse_type(Py_TYPE(object));
      return fits();
    case NumpyType::Scalar:
      if (!write_numpy_scalar(object, writer_)) return refuse_type(Py_TYPE(object));
      return fits();
    case NumpyType::Text:
      return write_text(object);
    default:
      return refuse_type(Py_TYPE(object));
  }
}

}  // namespace

bool encode(PyObject* object, const ValueLimits& limits, std::string& out, std::string& why) {
  const std::size_t start = out.size();
  // Iterators are objects the collector watches, and a collection would run finalisers of the program.
  const bool was_collecting = PyGC_Disable() != 0;
  bool done = false;
  try {
    done = Encoder(limits, out, why).write_all(object);
  } catch (const std::bad_alloc&) {
    why = "no memory";  // short enough to need none
  }
  if (was_collecting) PyGC_Enable();
  if (!done) out.resize(start);
  return done;
}

}  // namespace ucoder::codec
