#include "supervisor/task_run.h"

#include <algorithm>
#include <map>
#include <stdexcept>
#include <string_view>
#include <unordered_map>

#include "supervisor/output.h"
#include "value/writer.h"

namespace ucoder {
namespace {

// Preparing and judging run text that a model wrote over answers that a program gave: bounded like a candidate, with
// room for a test whose argument is large.
Limits clean_limits(const Limits& limits) {
  Limits clean;
  clean.memory_mb = limits.memory_mb;
  clean.wall_ms = 2500;  // nothing in a test has a reason to wait
  clean.value = {std::size_t{4} << 20, limits.value.max_depth};
  clean.max_timeouts = 3;
  return clean;
}

std::uint32_t policy_index(const ExecutorOptions& options, const std::string& profile) {
  for (std::uint32_t i = 0; i < options.policies.size(); ++i) {
    if (options.policies[i].name == profile) return i;
  }
  throw std::invalid_argument("no profile named '" + profile + "'");
}

// White space after the last statement means nothing to Python; models differ in it all the time.
std::string_view without_end_space(std::string_view text) {
  return text.substr(0, text.find_last_not_of(" \t\r\n") + 1);
}

// What makes processes of a program's own harmless. Without it they would outlive their worker, or see the host: no
// permission to go on with fewer layers is meant for that.
void check_machine(const Policy& policy, LayerSet layers) {
  constexpr LayerSet kNeeded = bit(Layer::User) | bit(Layer::Pid) | bit(Layer::Network) | bit(Layer::Mount);
  if (!policy.own_machine || (kNeeded & ~layers) == 0) return;
  std::string missing;
  for (const std::string& name : names_of(kNeeded & ~layers)) missing += (missing.empty() ? "" : ", ") + name;
  throw SandboxUnavailable("profile '" + policy.name + "' is not run without these layers, whatever is allowed: " +
                           missing + ". Run `ucoder doctor`");
}

}  // namespace

TaskRun::TaskRun(Pool& pool, const ExecutorOptions& options, const Task& task, std::function<bool()> should_stop)
    : pool_(pool),
      options_(options),
      task_(task),
      should_stop_(std::move(should_stop)),
      policy_(policy_index(options, task.profile)),
      script_(options.policies[policy_].standard_streams),
      judge_(plan_, answers_) {
  check_machine(options.policies[policy_], pool.layers());
}

ExecutionMatrix TaskRun::run() {
  find_twins();
  prepare_tests();
  run_candidates();
  judge_rests();
  assemble();
  return std::move(matrix_);
}

std::vector<JobResult> TaskRun::run_jobs(const std::vector<Job>& jobs, Isolation isolation, bool urgent) {
  std::vector<JobResult> results = pool_.run(jobs, isolation, urgent, should_stop_);
  for (const JobResult& result : results) matrix_.num_requeued += result.num_requeued;
  return results;
}

// Jobs over tests: a fault of ours in one of them is tried once more before it costs the task.
std::vector<JobResult> TaskRun::run_clean_jobs(const std::vector<Job>& jobs) {
  std::vector<JobResult> results = run_jobs(jobs, Isolation::Candidate, true);
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const std::vector<CellResult>& cells = results[i].programs[0].cells;
    const bool faulty =
        std::any_of(cells.begin(), cells.end(), [](const CellResult& c) { return c.outcome == Outcome::Infra; });
    if (faulty) results[i] = run_jobs({jobs[i]}, Isolation::Candidate, true)[0];
  }
  return results;
}

Job TaskRun::clean_job(JobKind kind) const {
  Job job;
  job.kind = kind;
  job.preamble = task_.preamble;
  job.entry_point = task_.entry_point;
  job.limits = clean_limits(options_.limits);
  job.answer_bytes = std::size_t{64} << 20;
  return job;
}

void TaskRun::find_twins() {
  std::unordered_map<std::string_view, std::size_t, value::TextHash> seen;
  for (std::size_t i = 0; i < task_.candidates.size(); ++i) {
    const auto [place, added] = seen.try_emplace(without_end_space(task_.candidates[i]), distinct_.size());
    if (added) distinct_.push_back(i);
    program_of_.push_back(place->second);
    matrix_.first_twin.push_back(static_cast<std::int32_t>(distinct_[place->second]));
  }
}

void TaskRun::judge_rests() {
  for (const ProgramResult& program : programs_) {
    if (!program.cells.empty()) judge_.gather(program);
  }
  matrix_.num_rests = judge_.rests().size();
  // By test, so that a test whose judgements hang uses up its own time-outs only; in pieces that fit in a lane.
  std::map<std::uint32_t, std::vector<std::size_t>> by_test;
  for (std::size_t i = 0; i < judge_.rests().size(); ++i) by_test[judge_.rests()[i].test].push_back(i);
  std::vector<RestJob> tame;
  std::vector<RestJob> wild;
  for (const auto& [test, rests] : by_test) {
    bool is_tame = true;
    for (const Part& part : plan_.tests[test].parts) is_tame = is_tame && (part.judgement.tame || !part.is_rest());
    add_rest_jobs(rests, is_tame ? tame : wild);
  }
  judge_in(tame, Isolation::Candidate);
  judge_in(wild, Isolation::Test);
}

void TaskRun::add_rest_jobs(const std::vector<std::size_t>& rests, std::vector<RestJob>& jobs) const {
  std::size_t bytes = kStretchBytes;
  for (const std::size_t rest : rests) {
    std::string payload = judge_.rest_payload(judge_.rests()[rest]);
    bytes += payload.size();
    if (bytes > kStretchBytes) {
      jobs.emplace_back();
      bytes = payload.size();
    }
    jobs.back().rests.push_back(rest);
    jobs.back().payloads.push_back(std::move(payload));
  }
}

void TaskRun::judge_in(const std::vector<RestJob>& pieces, Isolation isolation) {
  std::vector<Job> jobs;
  for (const RestJob& piece : pieces) {
    Job job = clean_job(JobKind::Judge);
    job.limits.max_timeouts = 0;  // one answer's slow judgement must not cost another's
    for (const std::string& payload : piece.payloads) job.cells.push_back({CellKind::None, payload});
    jobs.push_back(std::move(job));
  }
  if (jobs.empty()) return;
  const std::vector<JobResult> results = run_jobs(jobs, isolation, true);
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    for (std::size_t k = 0; k < pieces[i].rests.size(); ++k) {
      judge_.settle(pieces[i].rests[k], results[i].programs[0].cells[k]);
    }
  }
}

// The number of what a candidate answered to a test: its value, or the tuple of its values where the test asks for
// several. Of an output, what its comparison looks at. None where one is missing.
std::optional<std::uint32_t> TaskRun::answer_of(const ProgramResult& program, std::size_t test) {
  const std::vector<Part>& parts = plan_.tests[test].parts;
  std::size_t count = 0;
  for (const Part& part : parts) {
    count += part.cells.size();
    for (const std::uint32_t cell : part.cells) {
      if (!program.cells[cell].answered) return std::nullopt;
    }
  }
  if (count == 0) return std::nullopt;
  const std::uint32_t first = program.cells[parts[0].cells[0]].answer;
  const Judgement& judgement = parts[0].judgement;
  if (count == 1 && judgement.kind != Judgement::Kind::Output) return first;
  std::string encoded;
  value::ValueWriter writer(encoded);
  if (count == 1) {
    writer.bytes(normalised(answers_.text(first), judgement.comparison));
    return answers_.number_of(std::move(encoded));
  }
  writer.tuple(count);
  for (const Part& part : parts) {
    for (const std::uint32_t cell : part.cells) writer.encoded(answers_.text(program.cells[cell].answer));
  }
  return answers_.number_of(std::move(encoded));
}

const Digest& TaskRun::behaviour_of(std::uint32_t answer) {
  if (behaviours_.size() < answers_.size()) behaviours_.resize(answers_.size());
  std::optional<Digest>& known = behaviours_[answer];
  if (!known) known = digest(answers_.text(answer), options_.digest_key);
  return *known;
}

std::int32_t TaskRun::value_of(const ProgramResult& program, std::size_t test) {
  const std::optional<std::uint32_t> answer = answer_of(program, test);
  if (!answer) return -1;
  // Most answers are byte for byte those of an earlier candidate: their digest is known.
  if (value_of_answer_.size() < answers_.size()) value_of_answer_.resize(answers_.size(), -1);
  std::int32_t& value = value_of_answer_[*answer];
  if (value >= 0) return value;
  const Digest& behaviour = behaviour_of(*answer);
  const auto [place, added] =
      digest_index_.try_emplace(behaviour, static_cast<std::int32_t>(matrix_.value_bytes.size()));
  if (added) {
    matrix_.value_bytes.emplace_back(answers_.text(*answer));
    matrix_.value_digests.push_back(behaviour);
  }
  value = place->second;
  return value;
}

std::int32_t TaskRun::detail_of(const std::string& text) {
  const auto [place, added] = detail_index_.try_emplace(text, static_cast<std::int32_t>(matrix_.detail_texts.size()));
  if (added) matrix_.detail_texts.push_back(text);
  return place->second;
}

void TaskRun::fill_row(std::size_t candidate, const ProgramResult& program) {
  matrix_.load_causes[candidate] = program.load_cause;
  for (std::size_t test = 0; test < plan_.tests.size(); ++test) {
    if (plan_.tests[test].form == TestForm::Void) continue;
    const std::size_t cell = candidate * matrix_.num_tests + test;
    const CellVerdict verdict = judge_.verdict(program, test);
    matrix_.outcomes[cell] = verdict.outcome;
    matrix_.values[cell] = value_of(program, test);
    if (!verdict.detail.empty()) matrix_.details[cell] = detail_of(verdict.detail);
    for (const Part& part : plan_.tests[test].parts) {
      for (const std::uint32_t asked : part.cells) {
        matrix_.cpu_us[cell] += program.cells[asked].cpu_us;
        if (program.cells[asked].at_limit) matrix_.at_limit[cell] = 1;
        if (task_.keep_output) matrix_.outputs[cell] = program.cells[asked].output;
      }
    }
  }
}

// At level Auto: which programs shared their worker, and why the others did not.
void TaskRun::note_sharing() {
  if (!may_share()) return;
  for (std::size_t i = 0; i < matrix_.num_candidates; ++i) {
    const ProgramResult& program = programs_[program_of_[i]];
    matrix_.shared[i] = program.wants_own ? 0 : 1;
    if (program.wants_own) matrix_.why_alone[i] = detail_of(program.why_own);
  }
}

void TaskRun::assemble() {
  matrix_.num_candidates = task_.candidates.size();
  matrix_.num_tests = task_.tests.size();
  matrix_.num_shared_inputs = plan_.num_shared;
  const std::size_t num_cells = matrix_.num_candidates * matrix_.num_tests;
  matrix_.outcomes.resize(num_cells, Outcome::NotRun);
  matrix_.values.resize(num_cells, -1);
  matrix_.details.resize(num_cells, -1);
  matrix_.cpu_us.resize(num_cells, 0);
  matrix_.at_limit.resize(num_cells, 0);
  if (task_.keep_output) matrix_.outputs.resize(num_cells);
  matrix_.shared.resize(matrix_.num_candidates, 0);
  matrix_.why_alone.resize(matrix_.num_candidates, -1);
  matrix_.load_causes.resize(matrix_.num_candidates, Outcome::NotRun);
  for (const TestPlan& test : plan_.tests) {
    matrix_.test_forms.push_back(test.form);
    matrix_.test_notes.push_back(test.note);
  }
  if (!plan_.cells.empty()) {
    for (std::size_t i = 0; i < matrix_.num_candidates; ++i) fill_row(i, programs_[program_of_[i]]);
    note_sharing();
  }
}

}  // namespace ucoder
