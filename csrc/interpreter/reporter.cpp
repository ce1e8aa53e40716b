#include "interpreter/reporter.h"

#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "base/clock.h"

namespace ucoder::jail {
namespace {

constexpr Nanos kShort = 50'000;
// Time since the CPU clock was read that is taken for CPU time: how much a longer slot's time may be wrong by.
constexpr Nanos kMostUnread = kMilli / 2;

}  // namespace

Reporter::Reporter(Region& region) : region_(region), slots_per_program_(slots_of(region.header().num_cells)) {}

void Reporter::begin(std::uint32_t program, std::uint32_t slot) {
  current_ = program * slots_per_program_ + slot;
  began_ = monotonic_now();
  if (began_ - read_at_ > kMostUnread) {
    read_at_ = began_;
    cpu_at_ = own_cpu_time();
  }
  region_.header().began_cpu.store(cpu_at_ + (began_ - read_at_), std::memory_order_relaxed);
  region_.header().progress.store(current_ + 1, std::memory_order_release);
}

void Reporter::end(Report report, std::string_view bytes) {
  Header& header = region_.header();
  if (bytes.size() > header.heap_bytes - heap_used_) {
    if (heap_used_ != 0) finish(Finish::HeapFull);
    report = Report::BadValue;
    bytes = "value larger than the lane's memory";
  }
  Slot slot{};
  slot.report = static_cast<std::uint8_t>(report);
  slot.cpu_us = static_cast<std::uint32_t>(std::clamp<Nanos>(cpu_used(monotonic_now()) / 1000, 0, UINT32_MAX));
  slot.offset = static_cast<std::uint32_t>(heap_used_);
  slot.bytes = static_cast<std::uint32_t>(bytes.size());
  std::memcpy(region_.data() + header.heap_offset + heap_used_, bytes.data(), bytes.size());
  heap_used_ += bytes.size();
  region_.slots()[current_] = slot;
}

// Reading the CPU clock is a system call and costs as much as a typical call of a program; reading the monotonic clock
// is none. What took little time took little CPU time.
Nanos Reporter::cpu_used(Nanos now) {
  if (now - began_ <= kShort) return now - began_;
  const Nanos before = cpu_at_ + (began_ - read_at_);
  read_at_ = now;
  cpu_at_ = own_cpu_time();
  return cpu_at_ - before;
}

void Reporter::finish(Finish finish) {
  region_.header().finish.store(static_cast<std::uint32_t>(finish), std::memory_order_release);
  ::_exit(0);
}

}  // namespace ucoder::jail
