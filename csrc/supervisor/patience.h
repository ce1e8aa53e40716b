// Which put-off program is worth waiting for: a question to the matrix so far, without processes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "ucoder/patience.h"

namespace ucoder {

// One distinct program, as far as it is known.
struct Standing {
  static constexpr std::int32_t kNothing = -1;  // it did not run to an end on this test
  static constexpr std::int32_t kUnknown = -2;  // it was put off

  std::uint32_t copies = 1;
  std::vector<std::int32_t> behaviour;  // a test: which value, or one of the above
  bool given_up = false;                // put off for good: counted as if its unknown tests came to nothing
};

// The program whose answers could change which cluster is the largest and can be chosen; none when nothing can.
//
// A cluster is the programs of one behaviour; it can be chosen when it has `least_cluster` copies, ran to an end on
// `least_ran_share` of the tests, and does not give one value for every test (2512.17385, Definition 2.1 on values). A
// put-off program counts for every cluster that it does not contradict yet. One that could only join the largest
// cluster, or make another as large, changes nothing: among equals, those that answer fast are as good.
std::optional<std::size_t> worth_waiting_for(std::span<const Standing> programs, const Patience& patience);

// After a program was waited for in vain: gives up those that were like it in all that was known. Returns how many.
std::size_t give_up_alike(std::span<Standing> programs, const std::vector<std::int32_t>& behaviour);

}  // namespace ucoder
