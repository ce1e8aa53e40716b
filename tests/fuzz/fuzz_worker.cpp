// A hostile worker against the real lane and the real runner. The zygote is the only thing that is played: it starts
// no process, but leaves in the region what the input says and ends as the input says.
#include <fuzzer/FuzzedDataProvider.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cstring>
#include <string>

#include "property.h"
#include "supervisor/runner.h"

namespace ucoder {
namespace {

FuzzedDataProvider* input = nullptr;
const Region* region = nullptr;
std::uint64_t num_workers = 0;

std::uint32_t some_number() {
  return input->ConsumeBool() ? input->ConsumeIntegralInRange<std::uint32_t>(0, 64)
                              : input->ConsumeIntegral<std::uint32_t>();
}

// A slot, somewhere among those that are read and a little beyond, and some bytes of the heap.
void leave_something() {
  Header& header = region->header();
  const std::uint64_t num_slots = header.num_programs * slots_of(header.num_cells);
  const auto place = input->ConsumeIntegralInRange<std::uint64_t>(0, num_slots);
  if (kHeaderBytes + (place + 1) * sizeof(Slot) > header.job_offset) return;
  const Slot slot{input->ConsumeIntegral<std::uint8_t>(), {}, some_number(), some_number(), some_number()};
  std::memcpy(region->slots() + place, &slot, sizeof slot);
  const std::string bytes = input->ConsumeRandomLengthString(128);
  std::memcpy(region->data() + header.heap_offset + input->ConsumeIntegralInRange<std::size_t>(0, 64), bytes.data(),
              bytes.size());
}

Job some_job() {
  Job job;
  job.kind = JobKind::Run;
  job.entry_point = "f";
  job.script = input->ConsumeIntegralInRange(0, 7) == 0;
  job.programs.assign(job.script ? 1 : input->ConsumeIntegralInRange<std::size_t>(1, 3), "def f(): pass");
  job.cells.assign(input->ConsumeIntegralInRange<std::size_t>(0, 3), {CellKind::Call, "t"});
  job.only_tame = !job.script && input->ConsumeBool();
  job.limits.cpu_ms = 100;
  job.limits.max_timeouts = input->ConsumeIntegralInRange<std::uint32_t>(0, 2);
  if (input->ConsumeBool()) job.first_cpu_ms = job.first_load_ms = 20;
  job.answer_bytes = 256;
  return job;
}

void check(const Job& job, const JobResult& result) {
  must_hold(result.programs.size() == job.programs.size(), "every program has a result");
  for (const ProgramResult& program : result.programs) {
    must_hold(program.cells.size() == job.cells.size(), "every cell has a result");
    if (program.wants_own) {
      must_hold(job.only_tame, "only programs that share a worker are given their own");
      continue;
    }
    for (const CellResult& cell : program.cells) {
      must_hold(cell.answered || cell.outcome != Outcome::NotRun, "no cell is left without an outcome");
      must_hold(cell.outcome != Outcome::Pass && cell.outcome != Outcome::Wrong, "a worker makes no verdict");
      if (cell.answered && !job.script) {
        must_hold(validate(cell.bytes, job.limits.value) == nullptr, "an answer is a valid value");
      }
      must_hold(!cell.put_off || job.first_cpu_ms > 0, "only the short limit puts off");
    }
  }
}

}  // namespace

ZygoteProcess::ZygoteProcess(const ZygoteOptions& /*options*/, const Region& shared, const Fd& /*output*/,
                             const Fd& status) {
  region = &shared;
  channel_ = Fd(::dup(status.get()));  // for what a worker says of its set-up
}
ZygoteProcess::~ZygoteProcess() = default;
std::vector<Failure> ZygoteProcess::failures() const { return {}; }

std::optional<WorkerHandle> ZygoteProcess::fork_worker(std::uint32_t /*policy*/, int& error) {
  // An attempt, one repetition after a fault, and one measurement again, of each of 3 programs' 5 slots.
  must_hold(++num_workers <= 3 * 15 + 2, "a job comes to its end");
  ++num_forks_;
  const int fate = input->ConsumeIntegralInRange(0, 15);
  if (fate == 0) return std::nullopt;
  if (fate == 1) {
    error = EPERM;  // what is tried again for ten seconds has no place here
    return WorkerHandle{-1, {}};
  }
  while (input->remaining_bytes() > 0 && input->ConsumeIntegralInRange(0, 7) != 0) leave_something();
  Header& header = region->header();
  header.progress = input->ConsumeBool() ? some_number() : input->ConsumeIntegral<std::uint64_t>();
  header.finish = input->ConsumeIntegralInRange<std::uint32_t>(0, 4);
  const Failure set_up{static_cast<Step>(fate == 2 ? 1 : 0), fate == 2 ? EPERM : 0};
  if (fate != 3) must_hold(::write(channel_.get(), &set_up, sizeof set_up) == sizeof set_up, "the pipe has room");
  return WorkerHandle{::getpid(), Fd(::eventfd(1, EFD_CLOEXEC))};  // readable: it has ended
}

std::optional<int> ZygoteProcess::reap() {
  if (input->ConsumeIntegralInRange(0, 15) == 0) return std::nullopt;
  return input->ConsumeIntegral<std::uint16_t>();
}

}  // namespace ucoder

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static ucoder::Lane lane{ucoder::ZygoteOptions{}};
  static const std::atomic<bool> cancelled{false};
  FuzzedDataProvider provider(data, size);
  ucoder::input = &provider;
  ucoder::num_workers = 0;
  const ucoder::Job job = ucoder::some_job();
  const auto isolation = provider.PickValueInArray(
      {ucoder::Isolation::Candidate, ucoder::Isolation::Test, ucoder::Isolation::Batch, ucoder::Isolation::Auto});
  ucoder::check(job, ucoder::run_job(lane, job, isolation, cancelled));
  return 0;
}
