// TaskRun's second half: candidates are run, each in a worker of its own or together with others.
#include <algorithm>

#include "supervisor/task_run.h"

namespace ucoder {
namespace {

// Programs for one worker at level Auto. Few enough for every lane that is free to have some, enough to pay for a fork.
constexpr std::size_t kLeastShared = 12;
constexpr std::size_t kMostShared = 256;

// Programs whose right answers take more than this share no worker: they would fill the lane's memory in turns, each
// time one of them would be run again from its beginning, and beside their work a fork is nothing.
constexpr std::size_t kMostSharedAnswers = kStretchBytes / 2;

std::vector<std::vector<std::size_t>> grouped(const std::vector<std::size_t>& programs, std::size_t size) {
  std::vector<std::vector<std::size_t>> groups;
  for (std::size_t i = 0; i < programs.size(); ++i) {
    if (i % size == 0) groups.emplace_back();
    groups.back().push_back(programs[i]);
  }
  return groups;
}

}  // namespace

bool TaskRun::names_on_demand(std::string_view text) const {
  const std::vector<std::string>& modules = options_.preload_on_demand;
  return std::any_of(modules.begin(), modules.end(),
                     [&](const std::string& name) { return text.find(name) != std::string_view::npos; });
}

std::size_t TaskRun::expected_bytes() const {
  std::size_t expected = 0;
  for (const Test& test : task_.tests) expected += test.expected.size();
  return expected;
}

// What one candidate's answers may take: enough for every right answer twice over.
std::size_t TaskRun::answer_budget() const {
  return std::max(script_ ? std::size_t{16} << 20 : std::size_t{2} << 20, 2 * expected_bytes());
}

Job TaskRun::candidate_job() {
  Job job;
  job.kind = JobKind::Run;
  job.policy = policy_;
  job.script = script_;
  job.full = options_.policies[policy_].own_machine;
  job.entry_point = task_.entry_point;
  job.limits = options_.limits;
  job.keep_output = task_.keep_output;
  job.answer_bytes = answer_budget();
  job.answers = &answers_;
  for (const PlannedCell& cell : plan_.cells) job.cells.push_back({cell.kind, cell.payload});
  if (may_put_off()) {
    job.first_cpu_ms = options_.patience.first_cpu_ms;
    job.most_put_offs = kMostPutOffs;
    job.first_load_ms = std::max(options_.limits.load_cpu_ms / kLoadShare, 1u);
  }
  return job;
}

bool TaskRun::fits_together() const {
  // What does not fit in one lane is run candidate by candidate, which promises more.
  std::size_t bytes = distinct_.size() * slots_of(plan_.cells.size()) * sizeof(Slot);
  for (const PlannedCell& cell : plan_.cells) bytes += cell.payload.size();
  for (const std::size_t i : distinct_) bytes += task_.candidates[i].size();
  return bytes <= kStretchBytes && expected_bytes() <= kMostSharedAnswers;
}

// A test that runs beside its program is itself code that nobody has looked at, and a method that is called ("A().f")
// an attribute. Programs with classes are not tame anyway.
bool TaskRun::may_share() const {
  const auto is_call = [](const PlannedCell& cell) { return cell.kind == CellKind::Call; };
  const bool method = task_.entry_point.find('.') != std::string::npos;
  const bool full = options_.policies[policy_].own_machine;
  return options_.isolation == Isolation::Auto && !script_ && !full && !method && fits_together() &&
         std::ranges::all_of(plan_.cells, is_call);
}

void TaskRun::run_candidates() {
  programs_.resize(distinct_.size());
  if (plan_.cells.empty() || distinct_.empty()) return;  // nothing to ask: nothing is run
  std::vector<std::size_t> all(distinct_.size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
  if (may_share()) {
    run_together(all);
  } else if (options_.isolation == Isolation::Batch && fits_together()) {
    run_programs({all}, false);
  } else {
    run_apart(all);
  }
  if (may_put_off()) wait_where_it_matters(candidate_job());
}

void TaskRun::run_apart(const std::vector<std::size_t>& programs) {
  std::vector<std::vector<std::size_t>> groups;
  for (const std::size_t program : programs) groups.push_back({program});
  run_programs(groups, false);
}

// The programs that are found tame, in groups; then the others, each in a worker of its own. Programs that want a
// module which is loaded on demand are not tame, so they are not asked. What a group hands over, because a lane has
// nothing to do, becomes several groups.
void TaskRun::run_together(const std::vector<std::size_t>& programs) {
  std::vector<std::size_t> askable;
  std::vector<std::size_t> apart;
  for (const std::size_t i : programs) (names_on_demand(text_of(i)) ? apart : askable).push_back(i);
  for (const std::size_t i : apart) programs_[i].why_own = "names a module that is loaded on demand";
  const std::size_t lanes = std::max<std::size_t>(1, pool_.num_lanes() / (pool_.num_callers() + 1));
  const std::size_t size = std::clamp(askable.size() / lanes + 1, kLeastShared, kMostShared);
  std::vector<std::size_t> left = run_programs(grouped(askable, size), true);
  while (!left.empty()) {
    const std::size_t takers = 1 + pool_.num_idle_lanes().load(std::memory_order_relaxed);
    left = run_programs(grouped(left, (left.size() + takers - 1) / takers), true);
  }
  for (const std::size_t i : askable) {
    if (programs_[i].wants_own) apart.push_back(i);
  }
  std::vector<std::string> reasons;
  for (const std::size_t i : apart) reasons.push_back(std::move(programs_[i].why_own));
  run_apart(apart);
  for (std::size_t k = 0; k < apart.size(); ++k) {
    programs_[apart[k]].wants_own = true;
    programs_[apart[k]].why_own = std::move(reasons[k]);
  }
  matrix_.num_shared = programs.size() - apart.size();
}

// Each group in a job of its own. Gives the programs that were handed over.
std::vector<std::size_t> TaskRun::run_programs(const std::vector<std::vector<std::size_t>>& groups, bool only_tame) {
  std::vector<Job> jobs;
  for (const std::vector<std::size_t>& group : groups) {
    Job& job = jobs.emplace_back(candidate_job());
    job.only_tame = only_tame;
    if (only_tame) job.num_idle_lanes = &pool_.num_idle_lanes();
    job.programs.clear();
    for (const std::size_t i : group) {
      job.programs.emplace_back(text_of(i));
      job.on_demand = job.on_demand || names_on_demand(text_of(i));
    }
  }
  std::vector<std::size_t> left;
  if (jobs.empty()) return left;
  std::vector<JobResult> results = run_jobs(jobs, isolation_of_jobs(), false);
  for (std::size_t k = 0; k < groups.size(); ++k) {
    count(results[k]);
    for (std::size_t i = 0; i < groups[k].size(); ++i) {
      if (i < results[k].first_left) {
        programs_[groups[k][i]] = std::move(results[k].programs[i]);
      } else {
        left.push_back(groups[k][i]);
      }
    }
  }
  return left;
}

void TaskRun::count(const JobResult& result) {
  matrix_.num_runs += result.num_runs;
  matrix_.num_workers += result.num_workers;
  matrix_.num_moved += result.num_moved;
}

// A job of one program needs no more than level Candidate; one of programs that share says so itself.
Isolation TaskRun::isolation_of_jobs() const {
  return options_.isolation == Isolation::Auto ? Isolation::Candidate : options_.isolation;
}

}  // namespace ucoder
