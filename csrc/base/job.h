// The shape of a job in a region: written by the supervisor, read by the worker.
//
//   Run      u32 script | text entry_point | num_programs texts | num_cells x (u32 CellKind, text payload)
//   Prepare  text preamble | text entry_point | u32 PrepareMode | num_cells x (u32 0, text payload)
//   Judge    text preamble | text entry_point | u32 0           | num_cells x (u32 0, text payload)
//
// Payloads are encoded values: Call: a tuple of calls, of which the last one's value counts; Beside: (kind, text);
// Method: (kind, (text, name)), as Beside, but the methods of a class see what the one before left;
// Script: the bytes of standard input, not encoded; Prepare: a test as jail/hooks.py takes it; Judge: (source, values).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/pack.h"
#include "base/region.h"

namespace ucoder {

enum class CellKind : std::uint32_t { None = 0, Call, Beside, Method, Script };

// What preparing a test may use of the preamble.
enum class PrepareMode : std::uint32_t {
  Text = 0,  // nothing: it is not loaded
  Names,     // which names it defines; nothing of a test is evaluated
  Evaluate,  // all of it: the parts of a test that do not contain the program are evaluated
};

struct JobCell {
  CellKind kind = CellKind::None;
  std::string_view payload;
};

struct JobView {
  bool script = false;
  PrepareMode mode = PrepareMode::Text;
  std::string_view preamble;
  std::string_view entry_point;
  std::vector<std::string_view> programs;
  std::vector<JobCell> cells;
  bool ok = false;
};

inline JobView read_job(const Header& header, std::string_view bytes) {
  Unpacker in(bytes);
  JobView job;
  if (header.kind == JobKind::Run) {
    job.script = in.u32() != 0;
    job.entry_point = in.text();
    for (std::uint32_t i = 0; i < header.num_programs && in.ok(); ++i) job.programs.push_back(in.text());
  } else {
    job.preamble = in.text();
    job.entry_point = in.text();
    job.mode = static_cast<PrepareMode>(in.u32());
  }
  for (std::uint32_t i = 0; i < header.num_cells && in.ok(); ++i) {
    const auto kind = static_cast<CellKind>(in.u32());
    job.cells.push_back({kind, in.text()});
  }
  job.ok = in.ok();
  return job;
}

}  // namespace ucoder
