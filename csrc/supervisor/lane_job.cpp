// What a lane writes into its region before it has a worker forked.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <system_error>

#include "supervisor/lane.h"

namespace ucoder {
namespace {

constexpr std::size_t kLeastHeap = std::size_t{32} << 20;

std::string pack_job(const Job& job, const Stretch& stretch) {
  Packer out;
  if (job.kind == JobKind::Run) {
    out.u32(job.script ? 1 : 0);
    out.text(job.entry_point);
    // As many as the header will say, those before the stretch empty.
    for (std::size_t i = 0; i < stretch.end_program; ++i) {
      out.text(i >= stretch.first_program ? job.programs[i] : std::string_view());
    }
  } else {
    out.text(job.preamble);
    out.text(job.entry_point);
    out.u32(static_cast<std::uint32_t>(job.mode));
  }
  // Programs after the first begin with cell 0, so nothing may be left out for them.
  const bool one = stretch.first_program + 1 == stretch.end_program;
  for (std::size_t i = 0; i < job.cells.size(); ++i) {
    out.u32(static_cast<std::uint32_t>(job.cells[i].kind));
    const bool wanted = (!one || i >= stretch.first_cell) && i < stretch.end_cell;
    out.text(wanted ? job.cells[i].payload : std::string_view());
  }
  return out.take();
}

std::uint64_t round_up(std::uint64_t number, std::uint64_t unit) { return (number + unit - 1) / unit * unit; }

}  // namespace

std::uint64_t backstop_seconds(const Job& job, const Stretch& stretch) {
  const std::uint64_t cells = std::uint64_t{stretch.end_program - stretch.first_program} * job.cells.size() + 1;
  const std::uint64_t loads = stretch.end_program - stretch.first_program;
  return (2 * cells * job.limits.cpu_ms + 2 * loads * job.limits.load_cpu_ms) / 1000 + 5;
}

void Lane::write_job(const Job& job, const Stretch& stretch) {
  const std::string packed = pack_job(job, stretch);
  const std::uint64_t num_slots = job.programs.size() * slots_of(job.cells.size());
  const std::uint64_t job_offset = round_up(kHeaderBytes + num_slots * sizeof(Slot), 64);
  const std::uint64_t heap_offset = round_up(job_offset + packed.size(), 64);
  if (heap_offset + kLeastHeap > region_.bytes()) {
    throw std::invalid_argument("a job of " + std::to_string(packed.size()) +
                                " bytes does not fit in a lane: give smaller programs or test inputs");
  }
  region_.punch();
  while (read_status()) {
  }
  if (output_dirty_ && ::ftruncate(output_.get(), 0) != 0) {
    throw std::system_error(errno, std::generic_category(), "emptying a script's output");
  }
  ::lseek(output_.get(), 0, SEEK_SET);
  ::fcntl(output_.get(), F_SETFL, 0);  // flags belong to the description that scripts of a lane share
  output_dirty_ = job.script;
  Header& header = region_.header();
  header.kind = job.kind;
  header.policy = job.policy;
  header.num_programs = stretch.end_program;
  header.num_cells = static_cast<std::uint32_t>(job.cells.size());
  header.first_program = stretch.first_program;
  header.first_cell = stretch.first_cell;
  header.end_cell = stretch.end_cell;
  header.output_bytes = job.limits.output_bytes;
  header.only_tame = job.only_tame ? 1 : 0;
  header.memory_bytes = std::uint64_t{job.limits.memory_mb} << 20;
  header.cpu_seconds = backstop_seconds(job, stretch);
  header.value_bytes = job.limits.value.max_bytes;
  header.value_depth = job.limits.value.max_depth;
  header.job_offset = job_offset;
  header.job_bytes = packed.size();
  header.heap_offset = heap_offset;
  header.heap_bytes = region_.bytes() - heap_offset;
  heap_offset_ = heap_offset;
  std::memcpy(region_.data() + job_offset, packed.data(), packed.size());
}

}  // namespace ucoder
