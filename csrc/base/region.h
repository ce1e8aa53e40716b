// The memory that a lane thread, its zygote and its worker share, and the layout of what lies in it.
//
//   Header | Slot[num_programs * (num_cells + 2)] | job | heap
//
// Slot 0 of a program is its loading, slot 1 + c its cell c, the last one the clearing up after a program that shared
// the worker. The lane thread writes everything up to the heap before the fork, and `hand_over` after it; the worker
// writes the rest of the header, the slots and the heap. What the worker wrote is read once, copied, then checked: it
// may change under the reader's eyes.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/fd.h"
#include "base/step.h"

namespace ucoder {

enum class JobKind : std::uint32_t { None = 0, Run, Prepare, Judge };

// What a worker says of one cell. The supervisor turns it into an Outcome.
enum class Report : std::uint8_t {
  NotRun = 0,
  Value,
  Exception,
  Exit,
  Memory,
  BadValue,
  NoEntry,
  NotTame,  // of its loading: it may not share a worker
  Moved,    // of its clearing up: something was changed for the next program
};
inline constexpr Report kLastReport = Report::Moved;

struct Slot {
  std::uint8_t report;  // Report
  std::uint8_t spare[3];
  std::uint32_t cpu_us;
  std::uint32_t offset;  // from the heap's start
  std::uint32_t bytes;   // of the value, or of a text that says what went wrong
};
static_assert(sizeof(Slot) == 16);

enum class Finish : std::uint32_t {
  No = 0,
  Done,
  HeapFull,
  Retired,  // after a program's clearing up: the programs behind it want a fresh worker, or another lane
};

// Slots of one program.
constexpr std::uint64_t slots_of(std::uint64_t num_cells) { return num_cells + 2; }

struct Header {
  // Written by the lane thread before the fork.
  JobKind kind;
  std::uint32_t policy;  // index into the policies the zygote was given
  std::uint32_t num_programs;
  std::uint32_t num_cells;
  std::uint32_t first_program;
  std::uint32_t first_cell;  // of first_program; later programs begin with their first
  std::uint32_t end_cell;    // of every program
  std::uint32_t output_bytes;
  std::uint32_t only_tame;  // programs share the worker: those that are not tame are named and left out
  std::uint64_t memory_bytes;
  std::uint64_t cpu_seconds;  // a backstop for the whole worker, should the supervisor stall
  std::uint64_t value_bytes;
  std::uint64_t value_depth;
  std::uint64_t job_offset;
  std::uint64_t job_bytes;
  std::uint64_t heap_offset;
  std::uint64_t heap_bytes;
  // Written by the worker.
  std::atomic<std::uint64_t> progress;  // index of the slot it is in, plus one
  std::atomic<std::int64_t> began_cpu;  // about what its CPU clock said when it began that slot, in nanoseconds
  std::atomic<std::uint32_t> finish;    // Finish
  // Written by the lane thread while the worker runs: not 0 asks it to retire behind the program that it is at.
  std::atomic<std::uint32_t> hand_over;
};
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

inline constexpr std::size_t kHeaderBytes = 4096;
static_assert(sizeof(Header) <= kHeaderBytes);

// Owns a sealed memfd of fixed size and a mapping of it. Sealed against shrinking, so that no writer can make a
// reader fault.
class Region {
 public:
  Region() = default;
  // Throws std::system_error when the kernel refuses.
  static Region create(std::size_t bytes);
  // Maps a region that came from another process.
  static Region attach(int fd, std::size_t bytes);
  Region(const Region&) = delete;
  Region& operator=(const Region&) = delete;
  Region(Region&& other) noexcept;
  Region& operator=(Region&& other) noexcept;
  ~Region();

  int fd() const { return fd_.get(); }
  std::size_t bytes() const { return bytes_; }
  std::byte* data() const { return data_; }
  Header& header() const { return *reinterpret_cast<Header*>(data_); }
  Slot* slots() const { return reinterpret_cast<Slot*>(data_ + kHeaderBytes); }

  // Gives every page back to the kernel: what follows reads as zeros.
  void punch() const;

 private:
  Fd fd_;
  std::byte* data_ = nullptr;
  std::size_t bytes_ = 0;
};

}  // namespace ucoder
