// What a worker and all processes below it use, seen from outside.
//
// Every process of a worker's pid namespace descends from the worker: an orphan becomes its child. CPU time is counted
// for each process as long as it is seen, and what the kernel adds up for children that were waited for; the larger
// of the two sums counts. A process that lives between two looks and whose parent ignores its end is seen by neither.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "base/clock.h"

namespace ucoder {

struct TreeUsage {
  Nanos cpu = 0;            // never falls from one look to the next
  std::uint64_t bytes = 0;  // memory that is not a file's, what processes share counted once where the kernel tells
  std::uint32_t num_processes = 0;
  Nanos run_delay = 0;  // in which they stood in run queues, added up; never falls either
};

class ProcessTree {
 public:
  // `most_bytes` is where counting has to be exact: below it shared memory may be counted more than once.
  ProcessTree(pid_t root, std::uint64_t most_bytes) : root_(root), most_bytes_(most_bytes) {}

  TreeUsage look();

 private:
  struct Member {
    pid_t parent = 0;
    Nanos own = 0;       // the largest seen
    Nanos children = 0;  // those it has waited for, and theirs
    Nanos run_delay = 0;
  };

  void find_members();
  void update(pid_t pid, Member& member) const;

  pid_t root_;
  std::uint64_t most_bytes_;
  std::map<pid_t, Member> members_;
  std::set<pid_t> strangers_;  // a number that is listed without a break belongs to one process
  Nanos gone_ = 0;             // own time of members that have ended
  Nanos gone_delay_ = 0;
  Nanos most_cpu_ = 0;
};

}  // namespace ucoder
