#include "supervisor/patience.h"

#include <algorithm>
#include <map>

namespace ucoder {
namespace {

struct Group {
  std::uint64_t copies = 0;
  const std::vector<std::int32_t>* behaviour = nullptr;
};

bool is_open(const Standing& program) {
  return !program.given_up && std::ranges::find(program.behaviour, Standing::kUnknown) != program.behaviour.end();
}

// Of the tests it may run to an end on, so far.
double hoped_ran_share(const Standing& program) {
  const auto lost = std::ranges::count_if(program.behaviour, [&](std::int32_t value) {
    return value == Standing::kNothing || (program.given_up && value == Standing::kUnknown);
  });
  return 1.0 - static_cast<double>(lost) / static_cast<double>(program.behaviour.size());
}

bool is_constant(const std::vector<std::int32_t>& behaviour) {
  return behaviour.size() > 1 && std::ranges::adjacent_find(behaviour, std::not_equal_to<>()) == behaviour.end();
}

bool contradict(const std::vector<std::int32_t>& one, const std::vector<std::int32_t>& other) {
  for (std::size_t test = 0; test < one.size(); ++test) {
    if (one[test] == other[test] || one[test] == Standing::kUnknown || other[test] == Standing::kUnknown) continue;
    return true;
  }
  return false;
}

// Clusters of programs that are known in full and can be chosen, the largest first.
std::vector<Group> eligible_groups(std::span<const Standing> programs, const Patience& patience) {
  std::map<std::vector<std::int32_t>, Group> found;
  for (const Standing& program : programs) {
    const bool known = std::ranges::find(program.behaviour, Standing::kUnknown) == program.behaviour.end();
    if (!known || hoped_ran_share(program) < patience.least_ran_share || is_constant(program.behaviour)) continue;
    Group& group = found[program.behaviour];
    group.copies += program.copies;
    group.behaviour = &program.behaviour;
  }
  std::vector<Group> groups;
  for (const auto& [behaviour, group] : found) groups.push_back(group);
  std::ranges::stable_sort(groups, [](const Group& a, const Group& b) { return a.copies > b.copies; });
  return groups;
}

}  // namespace

std::optional<std::size_t> worth_waiting_for(std::span<const Standing> programs, const Patience& patience) {
  std::vector<std::size_t> open;
  for (std::size_t i = 0; i < programs.size(); ++i) {
    if (is_open(programs[i]) && hoped_ran_share(programs[i]) >= patience.least_ran_share) open.push_back(i);
  }
  if (open.empty()) return std::nullopt;
  const std::vector<Group> groups = eligible_groups(programs, patience);
  const std::uint64_t lead = groups.empty() ? 0 : groups.front().copies;

  std::optional<std::size_t> best;
  std::uint64_t best_copies = 0;
  // What the put-off programs could make of one behaviour together with those that already show it.
  const auto weigh = [&](std::uint64_t copies, const std::vector<std::int32_t>& behaviour) {
    std::optional<std::size_t> first;
    for (const std::size_t i : open) {
      if (contradict(programs[i].behaviour, behaviour)) continue;
      copies += programs[i].copies;
      if (!first) first = i;
    }
    if (first && copies > lead && copies >= patience.least_cluster && copies > best_copies) {
      best = first;
      best_copies = copies;
    }
  };
  for (std::size_t g = 1; g < groups.size(); ++g) weigh(groups[g].copies, *groups[g].behaviour);
  for (const std::size_t i : open) weigh(0, programs[i].behaviour);
  return best;
}

std::size_t give_up_alike(std::span<Standing> programs, const std::vector<std::int32_t>& behaviour) {
  std::size_t count = 0;
  for (Standing& program : programs) {
    if (!is_open(program) || program.behaviour != behaviour) continue;
    program.given_up = true;
    ++count;
  }
  return count;
}

}  // namespace ucoder
