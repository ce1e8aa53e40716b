// Memory of small objects, kept between the programs of a worker.
#pragma once

namespace ucoder::jail {

// From here on some blocks that the interpreter gives back are kept for when it asks again: each program of a shared
// worker fills one or two and leaves them empty, and the kernel would unmap them, and clear new ones, for each. So
// would it for a program that calls across the end of a block of frames again and again. What a block holds is not
// looked at before it is written. At most 4 MiB are kept.
void keep_arenas();

}  // namespace ucoder::jail
