#include "interpreter/codec_numpy.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "interpreter/codec_text.h"
#include "value/tags.h"

namespace ucoder::codec {
namespace {

// How one item lies in memory.
struct ItemFormat {
  char kind = 0;  // as in the encoding
  std::size_t size = 0;
  std::size_t unit = 0;  // what a foreign byte order reverses: a complex number's part, a character
  bool is_half = false;
  bool is_reversed = false;
};

class BufferView {
 public:
  explicit BufferView(PyObject* object) {
    acquired_ = PyObject_GetBuffer(object, &view_, PyBUF_FORMAT | PyBUF_STRIDES) == 0;
    if (!acquired_) PyErr_Clear();
  }
  BufferView(const BufferView&) = delete;
  BufferView& operator=(const BufferView&) = delete;
  ~BufferView() {
    if (acquired_) PyBuffer_Release(&view_);
  }
  explicit operator bool() const { return acquired_; }
  const Py_buffer* operator->() const { return &view_; }

 private:
  Py_buffer view_{};
  bool acquired_ = false;
};

// The struct module's letters, with NumPy's 'Z' before the parts of a complex number and 'w' for UCS-4 text.
std::optional<ItemFormat> parse_format(const char* format, Py_ssize_t item_size) {
  if (!format || item_size < 0) return std::nullopt;
  std::string_view text(format);
  ItemFormat item;
  item.size = static_cast<std::size_t>(item_size);
  if (!text.empty() && std::string_view("@=<>!").find(text.front()) != std::string_view::npos) {
    const bool is_big = text.front() == '>' || text.front() == '!';
    item.is_reversed = is_big != (PY_BIG_ENDIAN != 0);
    if (text.front() == '@' || text.front() == '=') item.is_reversed = false;
    text.remove_prefix(1);
  }
  if (!text.empty() && (text.back() == 's' || text.back() == 'w') &&
      text.find_first_not_of("0123456789") == text.size() - 1) {
    item.kind = text.back() == 's' ? 'S' : 'U';
    item.unit = item.kind == 'S' ? 1 : 4;
    return item.size % item.unit == 0 ? std::optional(item) : std::nullopt;
  }
  const bool is_complex = text.starts_with('Z');
  if (is_complex) text.remove_prefix(1);
  if (text.size() != 1) return std::nullopt;
  const char letter = text.front();
  const auto is_among = [&](std::string_view letters) { return letters.find(letter) != std::string_view::npos; };
  if (letter == '?') item.kind = 'b';
  if (is_among("bhilq")) item.kind = 'i';
  if (is_among("BHILQ")) item.kind = 'u';
  if (is_among("efd")) item.kind = 'f';
  if (is_complex) item.kind = is_among("fd") ? 'c' : '\0';
  item.is_half = letter == 'e';
  item.unit = is_complex ? item.size / 2 : item.size;
  const bool is_known_size = item.unit == 1 || item.unit == 2 || item.unit == 4 || item.unit == 8;
  return item.kind != 0 && is_known_size ? std::optional(item) : std::nullopt;
}

template <typename T>
T load(const char* data) {
  T value;
  std::memcpy(&value, data, sizeof value);
  return value;
}

double load_real(const char* data, std::size_t unit, bool is_half) {
  if (is_half) return PyFloat_Unpack2(data, !PY_BIG_ENDIAN);
  return unit == 4 ? static_cast<double>(load<float>(data)) : load<double>(data);
}

std::int64_t load_signed(const char* data, std::size_t unit) {
  if (unit == 1) return load<std::int8_t>(data);
  if (unit == 2) return load<std::int16_t>(data);
  return unit == 4 ? load<std::int32_t>(data) : load<std::int64_t>(data);
}

std::uint64_t load_unsigned(const char* data, std::size_t unit) {
  if (unit == 1) return load<std::uint8_t>(data);
  if (unit == 2) return load<std::uint16_t>(data);
  return unit == 4 ? load<std::uint32_t>(data) : load<std::uint64_t>(data);
}

// NumPy fills an item up with zeros, which are no part of it.
bool write_text(const char* data, std::size_t num_characters, value::ValueWriter& writer) {
  while (num_characters > 0 && load<Py_UCS4>(data + 4 * (num_characters - 1)) == 0) --num_characters;
  std::string utf8;
  for (std::size_t i = 0; i < num_characters; ++i) {
    const auto point = load<Py_UCS4>(data + 4 * i);
    if (point > 0x10ffff) return false;
    append_utf8(utf8, point);
  }
  writer.text(utf8);
  return true;
}

bool write_native(const char* data, const ItemFormat& format, value::ValueWriter& writer) {
  switch (format.kind) {
    case 'b':
      writer.boolean(*data != 0);
      return true;
    case 'i':
      writer.integer(load_signed(data, format.unit));
      return true;
    case 'u':
      writer.unsigned_integer(load_unsigned(data, format.unit));
      return true;
    case 'f':
      writer.real(load_real(data, format.unit, format.is_half));
      return true;
    case 'c':
      writer.complex(load_real(data, format.unit, false), load_real(data + format.unit, format.unit, false));
      return true;
    case 'U':
      return write_text(data, format.size / format.unit, writer);
    default: {
      std::string_view bytes(data, format.size);
      writer.bytes(bytes.substr(0, bytes.find_last_not_of('\0') + 1));
      return true;
    }
  }
}

bool write_item(const char* data, const ItemFormat& format, std::string& scratch, value::ValueWriter& writer) {
  if (!format.is_reversed || format.unit < 2) return write_native(data, format, writer);
  scratch.assign(data, format.size);
  for (std::size_t at = 0; at < format.size; at += format.unit) {
    std::reverse(scratch.begin() + static_cast<std::ptrdiff_t>(at),
                 scratch.begin() + static_cast<std::ptrdiff_t>(at + format.unit));
  }
  return write_native(scratch.data(), format, writer);
}

// The number of items, when the array is one that `validate` accepts.
std::optional<std::size_t> checked_count(const BufferView& view, std::span<const std::size_t> shape) {
  const auto item_size = std::max<std::size_t>(static_cast<std::size_t>(view->itemsize), 1);
  std::size_t product = 1;
  bool is_empty = false;
  for (const std::size_t extent : shape) {
    if (extent == 0) {
      is_empty = true;
    } else if (extent > value::kLargestArrayBytes / item_size / product) {
      return std::nullopt;
    } else {
      product *= extent;
    }
  }
  return is_empty ? 0 : product;
}

}  // namespace

NumpyType numpy_type(PyTypeObject* type) {
  constexpr std::array<std::string_view, 19> scalars = {
      "bool",   "bool_",    "int8",  "int16",   "int32",   "int64",     "intc",    "uint8",     "uint16",    "uint32",
      "uint64", "longlong", "uintc", "float16", "float32", "ulonglong", "float64", "complex64", "complex128"};
  if (PyType_HasFeature(type, Py_TPFLAGS_HEAPTYPE)) return NumpyType::None;
  std::string_view name(type->tp_name);
  if (!name.starts_with("numpy.")) return NumpyType::None;
  name.remove_prefix(6);
  if (name == "ndarray") return NumpyType::Array;
  if (name == "str_") return PyType_IsSubtype(type, &PyUnicode_Type) ? NumpyType::Text : NumpyType::None;
  if (name == "bytes_") return PyType_IsSubtype(type, &PyBytes_Type) ? NumpyType::Bytes : NumpyType::None;
  return std::find(scalars.begin(), scalars.end(), name) != scalars.end() ? NumpyType::Scalar : NumpyType::None;
}

bool write_numpy_scalar(PyObject* object, value::ValueWriter& writer) {
  const BufferView view(object);
  if (!view) return false;
  const auto format = parse_format(view->format, view->itemsize);
  if (!format || view->len < view->itemsize) return false;
  std::string scratch;
  return write_item(static_cast<const char*>(view->buf), *format, scratch, writer);
}

bool write_numpy_array(PyObject* object, value::ValueWriter& writer) {
  const BufferView view(object);
  if (!view || view->ndim < 0 || view->ndim > static_cast<int>(value::kMostDimensions)) return false;
  const auto format = parse_format(view->format, view->itemsize);
  if (!format) return false;
  const auto num_dimensions = static_cast<std::size_t>(view->ndim);
  std::array<std::size_t, value::kMostDimensions> extents{};
  for (std::size_t i = 0; i < num_dimensions; ++i) extents[i] = static_cast<std::size_t>(view->shape[i]);
  const std::span<const std::size_t> shape(extents.data(), num_dimensions);
  const auto num_items = checked_count(view, shape);
  if (!num_items) return false;
  writer.array(shape, format->kind);
  std::array<std::size_t, value::kMostDimensions> index{};
  std::string scratch;
  const char* item = static_cast<const char*>(view->buf);
  // Every item takes a byte at least, so a full writer ends this soon.
  for (std::size_t i = 0; i < *num_items && !writer.full(); ++i) {
    if (!write_item(item, *format, scratch, writer)) return false;
    for (std::size_t axis = num_dimensions; axis-- > 0;) {
      const auto stride = view->strides[axis];
      item += stride;
      if (++index[axis] < extents[axis]) break;
      item -= stride * static_cast<Py_ssize_t>(extents[axis]);
      index[axis] = 0;
    }
  }
  return true;
}

}  // namespace ucoder::codec
