#include "interpreter/tripwire.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <limits>
#include <unordered_map>

namespace ucoder::jail {
namespace {

// What the programs of a worker may have grown it by. Small beside any limit on memory, which it is taken from.
constexpr long kMostGrowthKib = 16 * 1024;

#if PY_VERSION_HEX >= 0x030C0000
// From 3.12 the interpreter calls when a watched dictionary or type changes. Of all that changed, the one that stands
// first in the list is kept, as where versions are compared: an import touches the table of modules, the package and
// more besides, in an order of its own.
constexpr std::size_t kNothing = std::numeric_limits<std::size_t>::max();
constexpr std::size_t kUnlisted = kNothing - 1;
std::unordered_map<const void*, std::size_t> places;
std::size_t first_changed = kNothing;
int dictionary_watcher = -1;
int type_watcher = -1;

void note(const void* object) {
  const auto place = places.find(object);
  first_changed = std::min(first_changed, place == places.end() ? kUnlisted : place->second);
}

int on_dictionary(PyDict_WatchEvent, PyObject* dictionary, PyObject*, PyObject*) {
  note(dictionary);
  return 0;
}

int on_type(PyTypeObject* type) {
  note(type);
  return 0;
}
#endif

// The first descriptor that is free.
int free_descriptor() {
  const int descriptor = ::dup(STDIN_FILENO);
  if (descriptor >= 0) ::close(descriptor);
  return descriptor;
}

long peak_kib() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

// Whether so much address space can still be had: what the limit on memory is about. Pages that were asked for and
// never touched are in no peak.
bool has_room(std::uint64_t bytes) {
  void* const block = ::mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (block == MAP_FAILED) return false;
  ::munmap(block, bytes);
  return true;
}

std::uint64_t version_of([[maybe_unused]] PyObject* dictionary) {
#if PY_VERSION_HEX < 0x030C0000
  return reinterpret_cast<PyDictObject*>(dictionary)->ma_version_tag;
#else
  return 0;
#endif
}

}  // namespace

bool Tripwire::arm(PyObject* watched, PyObject* settings) {
  PyObject* dictionaries = nullptr;
  PyObject* types = nullptr;
  PyObject* functions = nullptr;
  if (PyArg_ParseTuple(watched, "O!O!O!", &PyDict_Type, &dictionaries, &PyList_Type, &types, &PyList_Type,
                       &functions) == 0) {
    return false;
  }
#if PY_VERSION_HEX >= 0x030C0000
  dictionary_watcher = PyDict_AddWatcher(on_dictionary);
  type_watcher = PyType_AddWatcher(on_type);
  if (dictionary_watcher < 0 || type_watcher < 0) return false;
#endif
  PyObject* name = nullptr;
  PyObject* dictionary = nullptr;
  Py_ssize_t position = 0;
  while (PyDict_Next(dictionaries, &position, &name, &dictionary) != 0) {
    const char* const text = PyUnicode_AsUTF8(name);
    if (text == nullptr || !watch_dictionary(dictionary, text)) return false;
  }
  for (Py_ssize_t i = 0; i < PyList_Size(types); ++i) {
    if (!watch_type(PyList_GetItem(types, i))) return false;
  }
  for (Py_ssize_t i = 0; i < PyList_Size(functions); ++i) {
    PyObject* const object = PyList_GetItem(functions, i);
    if (!PyFunction_Check(object)) continue;
    functions_.push_back(
        {object, PyFunction_GetCode(object), PyFunction_GetDefaults(object), PyFunction_GetKwDefaults(object)});
  }
  settings_ = settings;
  before_ = PyObject_CallNoArgs(settings_);
  // Held for good, so that no address is another object's later.
  Py_INCREF(watched);
  Py_INCREF(settings_);
#if PY_VERSION_HEX >= 0x030C0000
  for (std::size_t i = 0; i < dictionaries_.size(); ++i) places.emplace(dictionaries_[i].object, i);
  first_changed = kNothing;
#endif
  return before_ != nullptr;
}

bool Tripwire::watch_dictionary(PyObject* object, std::string name) {
  if (!PyDict_Check(object)) {
    PyErr_SetString(PyExc_TypeError, "only dictionaries are watched");
    return false;
  }
#if PY_VERSION_HEX >= 0x030C0000
  if (PyDict_Watch(dictionary_watcher, object) != 0) return false;
#endif
  dictionaries_.push_back({object, std::move(name), version_of(object)});
  return true;
}

bool Tripwire::watch_type(PyObject* object) {
  auto* const type = reinterpret_cast<PyTypeObject*>(object);
  const std::string name = std::string("type ") + (type->tp_name == nullptr ? "?" : type->tp_name);
#if PY_VERSION_HEX >= 0x030C0000
  // A type is watched once its attributes have been looked up: without a version there is nothing to invalidate.
  if (PyType_Watch(type_watcher, object) != 0) return false;
  const Object looked_up(PyObject_GetAttrString(object, "__doc__"));
  PyErr_Clear();
  dictionaries_.push_back({object, name, 0});
#else
  if (type->tp_dict != nullptr) return watch_dictionary(type->tp_dict, name);
#endif
  return true;
}

void Tripwire::begin(std::uint64_t memory_bytes) {
  next_descriptor_ = free_descriptor();
  peak_kib_ = peak_kib();
  constexpr std::uint64_t growth = std::uint64_t{kMostGrowthKib} << 10;
  room_bytes_ = memory_bytes > 2 * growth ? memory_bytes - growth : memory_bytes / 2;
  while (room_bytes_ > 0 && !has_room(room_bytes_)) room_bytes_ /= 2;  // the caller's own limit may be lower
}

std::string Tripwire::moved_dictionary() const {
#if PY_VERSION_HEX >= 0x030C0000
  if (first_changed == kNothing) return {};
  return first_changed < dictionaries_.size() ? dictionaries_[first_changed].name : "a watched object";
#else
  for (const Dictionary& dictionary : dictionaries_) {
    if (version_of(dictionary.object) != dictionary.version) return dictionary.name;
  }
  return {};
#endif
}

std::string Tripwire::moved_function() const {
  for (const Function& function : functions_) {
    if (PyFunction_GET_CODE(function.object) != function.code ||
        PyFunction_GET_DEFAULTS(function.object) != function.defaults ||
        PyFunction_GET_KW_DEFAULTS(function.object) != function.named_defaults) {
      return "a function of a module";
    }
  }
  return {};
}

std::string Tripwire::moved() {
  if (std::string name = moved_dictionary(); !name.empty()) return name;
  if (std::string name = moved_function(); !name.empty()) return name;
  if (free_descriptor() != next_descriptor_) return "descriptors";
  const Object now(PyObject_CallNoArgs(settings_));
  const int same = now ? PyObject_RichCompareBool(now.get(), before_, Py_EQ) : 0;
  PyErr_Clear();
  return same == 1 ? std::string() : "settings";
}

bool Tripwire::is_worn() const {
  return peak_kib() > peak_kib_ + kMostGrowthKib || (room_bytes_ > 0 && !has_room(room_bytes_));
}

}  // namespace ucoder::jail
