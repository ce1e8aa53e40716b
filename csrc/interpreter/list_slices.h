// Repairs a fault of CPython before 3.12.5 (gh-120384): `a[i:j:k] = iterator` computes where the slice lies, runs the
// iterator, and writes there although the iterator may have made the list shorter. A few harmless lines of Python can
// so overwrite any object of their process, which programs that share it must not.
#pragma once

namespace ucoder::jail {

// From now on the items of an iterator are taken before a list's slice is looked at. Does nothing where it is not
// needed.
void repair_list_slices();

}  // namespace ucoder::jail
