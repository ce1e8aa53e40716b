#include "supervisor/watch.h"

#include <algorithm>
#include <utility>

namespace ucoder {
namespace {

constexpr Nanos kFirstLook = 5 * kMilli;
constexpr Nanos kNextLook = 3 * kMilli;
constexpr Nanos kLeastPatience = kMilli;
constexpr Nanos kMostPatience = kSecond / 4;
// A worker that has not been given a processor for this many times its wall limit says nothing about its program.
constexpr Nanos kStarvation = 20;
// A look that comes this much later than asked for means that this process was stopped, and the worker perhaps too.
constexpr Nanos kStall = kSecond / 2;

}  // namespace

Watch::Watch(BudgetOf budget_of, std::uint64_t last_progress, Nanos now)
    : budget_of_(std::move(budget_of)), last_progress_(last_progress), last_look_(now), patience_(kFirstLook) {
  start_.now = now;
  budget_ = budget_of_(0);
  asked_patience_ = patience_;
}

Decision Watch::look(const Sighting& sighting) {
  const Nanos since = sighting.now - std::exchange(last_look_, sighting.now);
  const Nanos late = since - asked_patience_;
  if (late > kStall) stopped_ += late;
  if (sighting.progress < start_.progress || sighting.progress > last_progress_) return Decision::Tampered;
  const bool moved = sighting.progress > start_.progress;
  if (moved) {
    start_ = sighting;
    start_.cpu = std::clamp(sighting.began_cpu, std::min(last_cpu_, sighting.cpu), sighting.cpu);
    stopped_ = withheld_ = 0;
    last_naps_.reset();
    budget_ = budget_of_(sighting.progress);
  }
  const Nanos used = sighting.cpu - std::exchange(last_cpu_, sighting.cpu);
  const Nanos queued = sighting.run_delay - std::exchange(last_delay_, sighting.run_delay);
  const auto naps = std::exchange(last_naps_, sighting.naps);
  if (late <= kStall && naps && naps == sighting.naps) withheld_ += std::max<Nanos>(0, since - used - queued);
  certain_cpu_ = sighting.cpu - start_.cpu;
  const Nanos elapsed = sighting.now - start_.now;
  // A delay that could not be read is 0.
  const Nanos delayed = std::max<Nanos>(0, sighting.run_delay - start_.run_delay);
  const Nanos waited = elapsed - delayed - stopped_ - withheld_;
  if (certain_cpu_ >= band_high(budget_.cpu)) return Decision::CpuLimit;
  if (waited >= budget_.wall) return Decision::WallLimit;
  if (elapsed - stopped_ >= kStarvation * budget_.wall) return Decision::Starved;
  asks_naps_ = waited >= budget_.wall / 2;
  // Neither clock runs faster than time does, save for threads, which the cap on patience takes care of. A program
  // that moves on is looked at soon again: its next cell's wall clock starts at a look.
  const Nanos left = std::min(band_high(budget_.cpu) - certain_cpu_, budget_.wall - waited);
  const Nanos cap = moved ? kNextLook : std::min(kMostPatience, std::max(kNextLook, budget_.cpu / 2));
  patience_ = std::clamp(left, kLeastPatience, cap);
  asked_patience_ = patience_;
  return Decision::Go;
}

}  // namespace ucoder
