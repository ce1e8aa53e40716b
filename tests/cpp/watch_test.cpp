#include "supervisor/watch.h"

#include <doctest/doctest.h>

namespace {

using ucoder::CellBudget;
using ucoder::Decision;
using ucoder::kMilli;
using ucoder::Nanos;
using ucoder::Watch;

constexpr CellBudget kBudget{100 * kMilli, 1500 * kMilli};

Watch watch_of(std::uint64_t last_progress = 10) {
  return Watch([](std::uint64_t) { return kBudget; }, last_progress, 0);
}

}  // namespace

TEST_CASE("a cell is ended once it has certainly used one and a half times its limit") {
  Watch watch = watch_of();
  CHECK(watch.look({1, 5 * kMilli, 4 * kMilli, 0, 4 * kMilli}) == Decision::Go);
  CHECK(watch.look({1, 150 * kMilli, 150 * kMilli, 0}) == Decision::Go);
  CHECK(watch.look({1, 160 * kMilli, 154 * kMilli, 0}) == Decision::CpuLimit);
}

TEST_CASE("time spent in earlier cells is not charged to a later one") {
  Watch watch = watch_of();
  CHECK(watch.look({1, 90 * kMilli, 90 * kMilli, 0}) == Decision::Go);
  CHECK(watch.look({2, 180 * kMilli, 180 * kMilli, 0, 180 * kMilli}) == Decision::Go);
  CHECK(watch.look({2, 320 * kMilli, 320 * kMilli, 0}) == Decision::Go);
  CHECK(watch.look({2, 331 * kMilli, 331 * kMilli, 0}) == Decision::CpuLimit);
}

TEST_CASE("a cell's clock starts where the worker says, as far as that can be true") {
  Watch honest = watch_of();
  CHECK(honest.look({1, 5 * kMilli, 5 * kMilli, 0, kMilli}) == Decision::Go);
  CHECK(honest.certain_cpu() == 4 * kMilli);
  CHECK(honest.look({2, 90 * kMilli, 90 * kMilli, 0, 50 * kMilli}) == Decision::Go);
  CHECK(honest.certain_cpu() == 40 * kMilli);
  Watch liar = watch_of();
  CHECK(liar.look({1, 5 * kMilli, 5 * kMilli, 0, 900 * kMilli}) == Decision::Go);
  CHECK(liar.certain_cpu() == 0);
  CHECK(liar.look({2, 90 * kMilli, 90 * kMilli, 0, -kMilli}) == Decision::Go);
  CHECK(liar.certain_cpu() == 85 * kMilli);
}

TEST_CASE("a sleeper is ended at the wall limit and a starved worker is waited for") {
  Watch sleeper = watch_of();
  Nanos now = 0;
  Decision decision = Decision::Go;
  while (decision == Decision::Go && now < 10'000 * kMilli) {
    now += sleeper.patience();
    decision = sleeper.look({1, now, kMilli, 0});
  }
  CHECK(decision == Decision::WallLimit);
  CHECK(now < 1800 * kMilli);

  Watch starved = watch_of();
  now = 0;
  decision = Decision::Go;
  while (decision == Decision::Go && now < 10'000 * kMilli) {
    now += starved.patience();
    decision = starved.look({1, now, kMilli, now - kMilli});
  }
  CHECK(decision == Decision::Go);
}

TEST_CASE("time that is stolen from a worker which could run does not count, and what it sleeps does") {
  // A twentieth of a processor, of which no run queue knows: what a busy host takes from a virtual machine.
  const auto end_of = [](bool naps) {
    Watch watch = watch_of();
    Nanos now = 0;
    std::uint64_t number = 0;
    Decision decision = Decision::Go;
    while (decision == Decision::Go && now < 10'000 * kMilli) {
      now += watch.patience();
      number += naps ? 1 : 0;
      decision = watch.look({1, now, now / 20, 0, 0, watch.asks_naps() ? std::optional(number) : std::nullopt});
    }
    return decision;
  };
  CHECK(end_of(false) == Decision::CpuLimit);
  CHECK(end_of(true) == Decision::WallLimit);
}

TEST_CASE("a worker that never gets a processor is given up, and not blamed") {
  Watch watch = watch_of();
  Nanos now = 0;
  Decision decision = Decision::Go;
  while (decision == Decision::Go && now < 100'000 * kMilli) {
    now += watch.patience();
    decision = watch.look({1, now, 0, now});
  }
  CHECK(decision == Decision::Starved);
}

TEST_CASE("time in which the whole process was stopped does not count") {
  Watch watch = watch_of();
  CHECK(watch.look({1, 5 * kMilli, kMilli, 0}) == Decision::Go);
  CHECK(watch.look({1, 60'000 * kMilli, 2 * kMilli, 0}) == Decision::Go);
}

TEST_CASE("progress that goes backwards or out of range ends the worker") {
  Watch backwards = watch_of();
  CHECK(backwards.look({3, kMilli, kMilli, 0}) == Decision::Go);
  CHECK(backwards.look({2, 2 * kMilli, kMilli, 0}) == Decision::Tampered);
  Watch beyond = watch_of(10);
  CHECK(beyond.look({11, kMilli, kMilli, 0}) == Decision::Tampered);
}

TEST_CASE("a watch is never asleep past the moment that matters") {
  Watch watch = watch_of();
  CHECK(watch.look({1, 5 * kMilli, 0, 0}) == Decision::Go);
  CHECK(watch.patience() <= 3 * kMilli);
  CHECK(watch.look({1, 152 * kMilli, 149 * kMilli, 0}) == Decision::Go);
  CHECK(watch.patience() <= 2 * kMilli);
}
