// What became of one cell (one candidate on one test). One byte.
//
// The first member means that nothing is known: memory that was never written is never a verdict.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace ucoder {

enum class Outcome : std::uint8_t {
  NotRun = 0,   // nothing known
  Pass,         // ran to an end, and the verdict made outside says right
  Wrong,        // ran to an end, and the verdict made outside says wrong
  Exception,    // an exception left the program
  Exit,         // the program ended its process
  CpuLimit,     // certainly used more CPU time than allowed
  WallLimit,    // slept or waited too long
  Memory,       // ran out of the memory it was given
  OutputLimit,  // wrote more output than allowed
  Signal,       // died of a signal of its own making
  Forbidden,    // asked the kernel for something the policy kills for
  BadValue,     // returned something that has no canonical encoding
  LoadError,    // could not be loaded; the candidate's cause says why
  NoEntry,      // was loaded, and has no such entry point
  Skipped,      // left out on purpose (the candidate used up its time-outs)
  Infra,        // our fault; never scored as the candidate's
};

inline constexpr std::size_t kNumOutcomes = 16;

// Names as they stand in files and tables, indexed by the enum's value.
inline constexpr std::array<std::string_view, kNumOutcomes> kOutcomeNames = {
    "NOT_RUN",      "PASS",   "WRONG",     "EXCEPTION", "EXIT",       "CPU_LIMIT", "WALL_LIMIT", "MEMORY",
    "OUTPUT_LIMIT", "SIGNAL", "FORBIDDEN", "BAD_VALUE", "LOAD_ERROR", "NO_ENTRY",  "SKIPPED",    "INFRA"};

constexpr std::string_view name_of(Outcome outcome) {
  const auto index = static_cast<std::size_t>(outcome);
  return index < kNumOutcomes ? kOutcomeNames[index] : std::string_view("NOT_RUN");
}

// "Ran to an end" in the sense of the paper's e(r): a verdict exists.
constexpr bool ran_to_end(Outcome outcome) { return outcome == Outcome::Pass || outcome == Outcome::Wrong; }

}  // namespace ucoder
