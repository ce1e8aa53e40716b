#include "interpreter/list_slices.h"

#include "interpreter/object.h"

namespace ucoder::jail {

#if PY_VERSION_HEX < 0x030D0000
namespace {

objobjargproc assign_original = nullptr;

// Lists and tuples are taken as they are, and what is no iterable is refused as before.
int assign(PyObject* list, PyObject* place, PyObject* value) {
  const bool runs = value != nullptr && PySlice_Check(place) && !PyList_CheckExact(value) &&
                    !PyTuple_CheckExact(value) && Py_TYPE(value)->tp_iter != nullptr;
  if (!runs) return assign_original(list, place, value);
  const Object items(PySequence_List(value));
  return items ? assign_original(list, place, items.get()) : -1;
}

}  // namespace

void repair_list_slices() {
  PyMappingMethods* const methods = PyList_Type.tp_as_mapping;
  if (methods->mp_ass_subscript == assign) return;
  assign_original = methods->mp_ass_subscript;
  methods->mp_ass_subscript = assign;
}
#else
void repair_list_slices() {}
#endif

}  // namespace ucoder::jail
