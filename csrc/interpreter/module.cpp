// The extension module that a zygote loads: `serve` never returns. The rest is for looking at the tripwire.
#include <string>
#include <vector>

#include "interpreter/codec.h"
#include "interpreter/object.h"
#include "interpreter/tripwire.h"
#include "interpreter/zygote.h"

namespace {

using ucoder::jail::ZygoteSetup;

bool read_paths(PyObject* list, std::vector<std::string>& paths) {
  for (Py_ssize_t i = 0; i < PyList_Size(list); ++i) {
    const char* path = PyUnicode_AsUTF8(PyList_GetItem(list, i));
    if (path == nullptr) return false;
    paths.emplace_back(path);
  }
  return true;
}

bool read_hooks(PyObject* hooks, ucoder::jail::Hooks& out) {
  const struct {
    const char* name;
    PyObject** place;
  } entries[] = {{"prepare", &out.prepare},   {"load_preamble", &out.load_preamble},
                 {"judge", &out.judge},       {"beside", &out.beside},
                 {"script", &out.script},     {"settle", &out.settle},
                 {"forget", &out.forget},     {"watched", &out.watched},
                 {"settings", &out.settings}, {"tame_tables", &out.tame_tables},
                 {"refine", &out.refine}};
  for (const auto& entry : entries) {
    *entry.place = PyDict_GetItemString(hooks, entry.name);
    if (*entry.place == nullptr) {
      PyErr_Format(PyExc_KeyError, "no hook named %s", entry.name);
      return false;
    }
    Py_INCREF(*entry.place);
  }
  return true;
}

PyObject* serve(PyObject* /*module*/, PyObject* arguments) {
  ZygoteSetup setup;
  PyObject* read_only = nullptr;
  PyObject* hidden = nullptr;
  PyObject* hooks = nullptr;
  Py_ssize_t region_bytes = 0;
  int full = 0;
  if (PyArg_ParseTuple(arguments, "inO!O!O!p", &setup.supervisor_pid, &region_bytes, &PyList_Type, &read_only,
                       &PyList_Type, &hidden, &PyDict_Type, &hooks, &full) == 0) {
    return nullptr;
  }
  setup.full = full != 0;
  setup.region_bytes = static_cast<std::size_t>(region_bytes);
  if (!read_paths(read_only, setup.root.read_only) || !read_paths(hidden, setup.root.hidden) ||
      !read_hooks(hooks, setup.hooks)) {
    return nullptr;
  }
  if (!ucoder::codec::init()) return nullptr;
  ucoder::jail::serve(setup);
}

// The tripwire outside of any jail, for those who want to see what it notices.
ucoder::jail::Tripwire& tripwire() {
  static ucoder::jail::Tripwire only;
  return only;
}

PyObject* arm(PyObject* /*module*/, PyObject* arguments) {
  PyObject* watched = nullptr;
  PyObject* settings = nullptr;
  if (PyArg_ParseTuple(arguments, "OO", &watched, &settings) == 0) return nullptr;
  if (!tripwire().arm(watched, settings)) return nullptr;
  tripwire().begin(0);
  Py_RETURN_NONE;
}

PyObject* moved(PyObject* /*module*/, PyObject* /*arguments*/) {
  const std::string what = tripwire().moved();
  return PyUnicode_FromStringAndSize(what.data(), static_cast<Py_ssize_t>(what.size()));
}

PyMethodDef methods[] = {{"serve", serve, METH_VARARGS,
                          "serve(supervisor_pid, region_bytes, read_only, hidden, hooks, full): never returns."},
                         {"arm", arm, METH_VARARGS, "arm(watched, settings): takes a baseline of this process, once."},
                         {"moved", moved, METH_NOARGS, "moved() -> str: what has changed since, or nothing."},
                         {nullptr, nullptr, 0, nullptr}};

PyModuleDef definition = {PyModuleDef_HEAD_INIT,
                          "_jail",
                          "The side of the executor that runs inside the jail.",
                          -1,
                          methods,
                          nullptr,
                          nullptr,
                          nullptr,
                          nullptr};

}  // namespace

PyMODINIT_FUNC PyInit__jail() { return PyModule_Create(&definition); }
