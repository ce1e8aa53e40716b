#include <map>
#include <new>
#include <utility>
#include <vector>

#include "interpreter/codec.h"
#include "interpreter/codec_types.h"
#include "interpreter/codec_versions.h"
#include "value/reader.h"
#include "value/tags.h"

namespace ucoder::codec {
namespace {

using value::ArrayHeader;
using value::Tag;
using value::ValueReader;

// A new reference.
class Owned {
 public:
  explicit Owned(PyObject* object = nullptr) : object_(object) {}
  Owned(const Owned&) = delete;
  Owned& operator=(const Owned&) = delete;
  Owned(Owned&& other) noexcept : object_(other.release()) {}
  Owned& operator=(Owned&& other) noexcept {
    PyObject* before = std::exchange(object_, other.release());
    Py_XDECREF(before);
    return *this;
  }
  ~Owned() { Py_XDECREF(object_); }
  PyObject* get() const { return object_; }
  PyObject* release() { return std::exchange(object_, nullptr); }
  explicit operator bool() const { return object_ != nullptr; }

 private:
  PyObject* object_;
};

PyObject* refuse(const char* reason) {
  PyErr_SetString(PyExc_ValueError, reason);
  return nullptr;
}

PyObject* make_int(std::string_view digits) {
  if (const auto small = value::to_int64(digits)) return PyLong_FromLongLong(*small);
  return int_from_bytes(digits);
}

PyObject* make_decimal(std::string_view text) {
  const Captured& types = captured();
  if (!types.decimal) return refuse("this interpreter's decimal module is not the C one");
  const Owned ascii(PyUnicode_DecodeASCII(text.data(), static_cast<Py_ssize_t>(text.size()), nullptr));
  const Owned arguments(ascii ? PyTuple_Pack(1, ascii.get()) : nullptr);
  PyObject* made = arguments ? types.decimal_create(types.decimal, arguments.get(), nullptr) : nullptr;
  if (made || PyErr_ExceptionMatches(PyExc_MemoryError)) return made;
  PyErr_Clear();
  return refuse("not the text of a Decimal");
}

// Past the class's own constructor, which is Python code that a program may have replaced.
PyObject* make_fraction(std::string_view numerator, std::string_view denominator) {
  const Captured& types = captured();
  if (!types.fraction) return refuse("fractions.Fraction was not captured");
  Owned made(types.fraction->tp_alloc(types.fraction, 0));
  if (!made) return nullptr;
  PyObject*& first = fraction_part(made.get(), types.numerator_offset);
  PyObject*& second = fraction_part(made.get(), types.denominator_offset);
  first = make_int(numerator);
  second = make_int(denominator);
  return first && second ? made.release() : nullptr;
}

PyObject* make_deque(PyObject* items) {
  const Captured& types = captured();
  if (!types.deque) return refuse("collections.deque was not captured");
  const Owned arguments(PyTuple_Pack(1, items));
  if (!arguments) return nullptr;
  Owned made(types.deque_create(types.deque, arguments.get(), nullptr));
  if (!made || types.deque_initialise(made.get(), arguments.get(), nullptr) != 0) return nullptr;
  return made.release();
}

// NumPy is the caller's own choice, and a program that patched it in the jail fools itself.
PyObject* make_array(PyObject* items, const ArrayHeader& header) {
  const char* type = header.kind == 'b'   ? "?"
                     : header.kind == 'i' ? "i8"
                     : header.kind == 'u' ? "u8"
                     : header.kind == 'f' ? "f8"
                     : header.kind == 'c' ? "c16"
                     : header.kind == 'U' ? "U"
                                          : "S";
  const Owned numpy(PyImport_ImportModule("numpy"));
  if (!numpy) {
    PyErr_Clear();
    return refuse("an array, and NumPy is not here");
  }
  const Owned shape(PyTuple_New(static_cast<Py_ssize_t>(header.num_dimensions)));
  if (!shape) return nullptr;
  for (std::size_t i = 0; i < header.num_dimensions; ++i) {
    PyObject* extent = PyLong_FromUnsignedLongLong(header.shape[i]);
    if (!extent) return nullptr;
    PyTuple_SET_ITEM(shape.get(), static_cast<Py_ssize_t>(i), extent);
  }
  const Owned flat(PyObject_CallMethod(numpy.get(), "array", "Os", items, type));
  PyObject* made = flat ? PyObject_CallMethod(flat.get(), "reshape", "(O)", shape.get()) : nullptr;
  if (made || PyErr_ExceptionMatches(PyExc_MemoryError)) return made;
  PyErr_Clear();
  return refuse("an array that NumPy does not make");
}

PyObject* make_mapping(Tag tag) {
  if (tag == Tag::Dict) return PyDict_New();
  if (tag == Tag::OrderedDict) return PyODict_New();
  PyTypeObject* type = tag == Tag::Counter ? captured().counter : captured().defaultdict;
  if (!type) return refuse("collections was not captured");
  // As a dict, so that Counter's own __init__, which is Python code, has no part in it.
  const Owned none(PyTuple_New(0));
  return none ? PyDict_Type.tp_new(type, none.get(), nullptr) : nullptr;
}

// A container that waits for its items. What becomes an array or a deque is a list until it is complete.
struct Open {
  Tag tag;
  Owned object;
  Owned key;  // of a mapping, once it is there and its value is not
  std::size_t num_added = 0;
  std::size_t num_items = 0;  // of a mapping, keys and values
  ArrayHeader header{};
  std::map<Py_hash_t, unsigned> alike = {};  // of a large set or mapping: how many keys have which hash

  bool is_complete() const { return num_added == num_items; }
};

// A hash table tries keys with the same hash one after the other, and whoever knows how Python hashes numbers finds as
// many as will take the reader hours.
constexpr std::size_t kFewKeys = 2048;
constexpr unsigned kMostAlike = 64;

bool is_spread(Open& parent, PyObject* key) {
  if (parent.num_items <= kFewKeys) return true;
  const Py_hash_t hash = PyObject_Hash(key);
  if (hash == -1) return false;
  if (++parent.alike[hash] <= kMostAlike) return true;
  PyErr_SetString(PyExc_ValueError, "too many keys with the same hash");
  return false;
}

class Decoder {
 public:
  explicit Decoder(std::string_view bytes) : reader_(bytes) {}

  PyObject* decode() {
    for (;;) {
      const Tag tag = reader_.peek();
      Owned made;
      if (value::is_container(tag)) {
        if (!open(tag)) return nullptr;
      } else {
        made = Owned(scalar(tag));
        if (!made) return malformed();
        if (open_.empty()) return finish(std::move(made));
        if (!add(open_.back(), std::move(made))) return malformed();
      }
      while (open_.back().is_complete()) {
        made = Owned(close(open_.back()));
        open_.pop_back();
        if (!made) return malformed();
        if (open_.empty()) return finish(std::move(made));
        if (!add(open_.back(), std::move(made))) return malformed();
      }
    }
  }

 private:
  // The error that is set, if it is one to pass on; otherwise ValueError.
  PyObject* malformed() {
    if (PyErr_Occurred()) {
      if (PyErr_ExceptionMatches(PyExc_MemoryError) || PyErr_ExceptionMatches(PyExc_ValueError)) return nullptr;
      PyErr_Clear();
    }
    return refuse("not a well-formed value");
  }

  PyObject* finish(Owned made) { return reader_.at_end() ? made.release() : malformed(); }

  // Null without an error set where the bytes are malformed.
  PyObject* scalar(Tag tag);
  bool open(Tag tag);
  static bool add(Open& parent, Owned item);
  static PyObject* close(Open& complete);

  ValueReader reader_;
  std::vector<Open> open_;
};

PyObject* Decoder::scalar(Tag tag) {
  switch (tag) {
    case Tag::None:
      return reader_.none() ? Py_NewRef(Py_None) : nullptr;
    case Tag::True:
    case Tag::False:
      return reader_.boolean() ? PyBool_FromLong(tag == Tag::True) : nullptr;
    case Tag::Int: {
      const auto digits = reader_.integer_bytes();
      return digits ? make_int(*digits) : nullptr;
    }
    case Tag::Float: {
      const auto number = reader_.real();
      return number ? PyFloat_FromDouble(*number) : nullptr;
    }
    case Tag::Complex: {
      const auto parts = reader_.complex();
      return parts ? PyComplex_FromDoubles((*parts)[0], (*parts)[1]) : nullptr;
    }
    case Tag::Str: {
      const auto text = reader_.text();
      if (!text) return nullptr;
      return PyUnicode_DecodeUTF8(text->data(), static_cast<Py_ssize_t>(text->size()), "surrogatepass");
    }
    case Tag::Bytes: {
      const auto data = reader_.bytes();
      return data ? PyBytes_FromStringAndSize(data->data(), static_cast<Py_ssize_t>(data->size())) : nullptr;
    }
    case Tag::Bytearray: {
      const auto data = reader_.bytearray();
      return data ? PyByteArray_FromStringAndSize(data->data(), static_cast<Py_ssize_t>(data->size())) : nullptr;
    }
    case Tag::Decimal: {
      const auto text = reader_.decimal();
      return text ? make_decimal(*text) : nullptr;
    }
    case Tag::Fraction: {
      const auto parts = reader_.fraction();
      return parts ? make_fraction((*parts)[0], (*parts)[1]) : nullptr;
    }
    default:
      return nullptr;
  }
}

bool Decoder::open(Tag tag) {
  Open container{tag, Owned(), Owned()};
  if (open_.size() >= value::kDeepestNesting) return malformed();
  if (tag == Tag::Array) {
    container.header = reader_.array().value_or(ArrayHeader{});
    container.num_items = static_cast<std::size_t>(container.header.num_items);
  } else {
    container.num_items = reader_.count(tag).value_or(0) * (value::is_mapping(tag) ? 2 : 1);
  }
  if (reader_.failed()) return malformed();
  const auto size = static_cast<Py_ssize_t>(container.num_items);
  if (value::is_mapping(tag)) {
    container.object = Owned(make_mapping(tag));
  } else if (tag == Tag::Tuple) {
    container.object = Owned(PyTuple_New(size));
  } else if (tag == Tag::Set) {
    container.object = Owned(PySet_New(nullptr));
  } else if (tag == Tag::Frozenset) {
    container.object = Owned(PyFrozenSet_New(nullptr));
  } else {
    container.object = Owned(PyList_New(size));
  }
  if (!container.object) return false;
  open_.push_back(std::move(container));
  return true;
}

bool Decoder::add(Open& parent, Owned item) {
  const auto index = static_cast<Py_ssize_t>(parent.num_added++);
  if (value::is_set(parent.tag))
    return is_spread(parent, item.get()) && PySet_Add(parent.object.get(), item.get()) == 0;
  if (value::is_mapping(parent.tag)) {
    if (!parent.key) {
      parent.key = std::move(item);
      return true;
    }
    const Owned key(parent.key.release());
    if (!is_spread(parent, key.get())) return false;
    if (parent.tag == Tag::OrderedDict) return PyODict_SetItem(parent.object.get(), key.get(), item.get()) == 0;
    return PyDict_SetItem(parent.object.get(), key.get(), item.get()) == 0;
  }
  if (parent.tag == Tag::Tuple) {
    PyTuple_SET_ITEM(parent.object.get(), index, item.release());
  } else {
    PyList_SET_ITEM(parent.object.get(), index, item.release());
  }
  return true;
}

PyObject* Decoder::close(Open& complete) {
  if (complete.tag == Tag::Deque) return make_deque(complete.object.get());
  if (complete.tag == Tag::Array) return make_array(complete.object.get(), complete.header);
  return complete.object.release();
}

}  // namespace

PyObject* decode(std::string_view bytes) {
  // A collection would run finalisers of the program, and show them lists and tuples that are not complete.
  const bool was_collecting = PyGC_Disable() != 0;
  PyObject* made = nullptr;
  try {
    made = Decoder(bytes).decode();
  } catch (const std::bad_alloc&) {
    PyErr_NoMemory();
  }
  if (was_collecting) PyGC_Enable();
  return made;
}

}  // namespace ucoder::codec
