// TaskRun's hang policy: which of the programs that were put off are run again.
#include <algorithm>
#include <string>
#include <unordered_map>

#include "supervisor/patience.h"
#include "supervisor/task_run.h"

namespace ucoder {
namespace {

bool is_put_off(const ProgramResult& program) {
  return std::ranges::any_of(program.cells, [](const CellResult& cell) { return cell.put_off; });
}

bool timed_out(const ProgramResult& program) {
  return std::ranges::any_of(program.cells, [](const CellResult& cell) {
    return cell.outcome == Outcome::CpuLimit || cell.outcome == Outcome::WallLimit;
  });
}

}  // namespace

// A first limit close to the whole one saves nothing, and its stops would lie in the band around the whole one.
bool TaskRun::may_put_off() const {
  const Patience& patience = options_.patience;
  return patience.deciding && patience.first_cpu_ms > 0 && patience.first_cpu_ms * 3ull <= options_.limits.cpu_ms;
}

// What every distinct program is known to do on every test that is not void.
std::vector<Standing> TaskRun::standings() {
  std::unordered_map<std::uint32_t, std::int32_t> by_answer;
  std::map<Digest, std::int32_t> by_behaviour;
  const auto number_of = [&](std::uint32_t answer) {
    const auto [place, added] = by_answer.try_emplace(answer, 0);
    if (added) {
      const auto next = static_cast<std::int32_t>(by_behaviour.size());
      place->second = by_behaviour.try_emplace(behaviour_of(answer), next).first->second;
    }
    return place->second;
  };
  std::vector<Standing> standings(programs_.size());
  for (const std::size_t program : program_of_) ++standings[program].copies;
  for (std::size_t i = 0; i < programs_.size(); ++i) {
    --standings[i].copies;  // it began with one
    for (std::size_t test = 0; test < plan_.tests.size(); ++test) {
      if (plan_.tests[test].form == TestForm::Void) continue;
      bool put_off = false;
      for (const Part& part : plan_.tests[test].parts) {
        for (const std::uint32_t cell : part.cells) put_off = put_off || programs_[i].cells[cell].put_off;
      }
      const std::optional<std::uint32_t> answer = put_off ? std::nullopt : answer_of(programs_[i], test);
      standings[i].behaviour.push_back(put_off ? Standing::kUnknown : answer ? number_of(*answer) : Standing::kNothing);
    }
  }
  return standings;
}

// A raised limit is spent on the program whose answers could change most, from its beginning, so that its state is what
// it would have been under the whole limit from the start. The allowance is counted, not measured: what is waited for
// does not depend on the machine's load.
void TaskRun::wait_where_it_matters(Job job) {
  const auto num_put_off = static_cast<std::uint64_t>(std::ranges::count_if(programs_, is_put_off));
  if (num_put_off == 0) return;
  matrix_.num_put_off = num_put_off;
  const Patience& patience = options_.patience;
  std::vector<std::uint32_t> stopped_at(programs_.size(), patience.first_cpu_ms);
  std::vector<Standing> standing = standings();
  for (std::uint64_t allowance = num_put_off * patience.wait_ms;;) {
    const auto limit = static_cast<std::uint32_t>(std::min<std::uint64_t>(allowance * 2 / 3, options_.limits.cpu_ms));
    const auto next = limit >= 2 * patience.first_cpu_ms ? worth_waiting_for(standing, patience) : std::nullopt;
    if (!next) break;
    const std::string& text = task_.candidates[distinct_[*next]];
    job.programs = {text};
    job.on_demand = names_on_demand(text);
    job.first_cpu_ms = limit < options_.limits.cpu_ms ? limit : 0;
    job.first_load_ms = 0;
    ++matrix_.num_waited;
    ProgramResult again;
    JobResult result = std::move(run_jobs({job}, isolation_of_jobs(), false)[0]);
    count(result);
    again = std::move(result.programs[0]);
    stopped_at[*next] = limit;
    if (is_put_off(again)) {
      allowance -= static_cast<std::uint64_t>(band_high(limit));
      give_up_alike(standing, std::vector(standing[*next].behaviour));
      continue;
    }
    if (timed_out(again)) allowance -= static_cast<std::uint64_t>(band_high(limit));
    again.wants_own = programs_[*next].wants_own;
    again.why_own = std::move(programs_[*next].why_own);
    programs_[*next] = std::move(again);
    // All anew: values are numbered as they are met, and one that is new moves the numbers of others.
    std::vector<Standing> fresh = standings();
    for (std::size_t i = 0; i < fresh.size(); ++i) standing[i].behaviour = std::move(fresh[i].behaviour);
  }
  for (std::size_t i = 0; i < programs_.size(); ++i) give_up(programs_[i], stopped_at[i]);
}

// What was not waited for counts as time-outs, as many as a program may have; it says so, and lies at its limit.
void TaskRun::give_up(ProgramResult& program, std::uint32_t stopped_at_ms) const {
  if (!is_put_off(program)) return;
  if (program.load_put_off) return give_up_loading(program);
  std::uint32_t timeouts = 0;
  const std::uint32_t most = options_.limits.max_timeouts;
  for (CellResult& cell : program.cells) {
    if (most > 0 && timeouts >= most) {
      cell = {};
      cell.outcome = Outcome::Skipped;
      cell.bytes = "time-outs used up";
      continue;
    }
    if (cell.outcome == Outcome::CpuLimit || cell.outcome == Outcome::WallLimit) ++timeouts;
    if (!cell.put_off) continue;
    cell.at_limit = cell.outcome == Outcome::CpuLimit;
    cell.bytes = "not waited for";
    if (cell.at_limit) {
      cell.bytes +=
          ": stopped at " + std::to_string(stopped_at_ms) + " of " + std::to_string(options_.limits.cpu_ms) + " ms";
    }
  }
}

void TaskRun::give_up_loading(ProgramResult& program) const {
  const std::uint32_t limit = options_.limits.load_cpu_ms;
  program.load_cause = Outcome::CpuLimit;
  program.load_detail = "not waited for: stopped at " + std::to_string(std::max(limit / kLoadShare, 1u)) + " of " +
                        std::to_string(limit) + " ms";
  for (CellResult& cell : program.cells) {
    cell = {};
    cell.outcome = Outcome::LoadError;
    cell.bytes = program.load_detail;
    cell.at_limit = true;
  }
}

}  // namespace ucoder
