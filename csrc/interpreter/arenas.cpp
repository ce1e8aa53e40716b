#include "interpreter/arenas.h"

#include <malloc.h>

#include <array>
#include <cstddef>

#include "interpreter/object.h"

namespace ucoder::jail {
namespace {

constexpr std::size_t kMostKept = 6;
constexpr std::size_t kMostKeptBytes = std::size_t{4} << 20;
// Of the C heap. Said once, they no longer follow what a program has given back last.
constexpr int kTrimBytes = 8 << 20;
constexpr int kMapBytes = 1 << 20;

struct Block {
  void* start;
  std::size_t bytes;
};

PyObjectArenaAllocator from_kernel;
std::array<Block, kMostKept> kept;
std::size_t num_kept = 0;
std::size_t kept_bytes = 0;

// Of two sizes: those of small objects and the smaller ones of the stack of frames.
void* take(void* context, std::size_t bytes) {
  for (std::size_t i = num_kept; i-- > 0;) {
    if (kept[i].bytes != bytes) continue;
    void* const start = kept[i].start;
    kept[i] = kept[--num_kept];
    kept_bytes -= bytes;
    return start;
  }
  return from_kernel.alloc(context, bytes);
}

void give_back(void* context, void* start, std::size_t bytes) {
  if (num_kept == kMostKept || kept_bytes + bytes > kMostKeptBytes) return from_kernel.free(context, start, bytes);
  kept[num_kept++] = {start, bytes};
  kept_bytes += bytes;
}

}  // namespace

void keep_arenas() {
  PyObject_GetArenaAllocator(&from_kernel);
  PyObjectArenaAllocator keeping{from_kernel.ctx, take, give_back};
  PyObject_SetArenaAllocator(&keeping);
  ::mallopt(M_TRIM_THRESHOLD, kTrimBytes);
  ::mallopt(M_MMAP_THRESHOLD, kMapBytes);
}

}  // namespace ucoder::jail
