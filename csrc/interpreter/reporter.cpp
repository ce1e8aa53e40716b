#include "interpreter/reporter.h"

#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "base/clock.h"

namespace ucoder::jail {

Reporter::Reporter(Region& region) : region_(region), slots_per_program_(region.header().num_cells + 1ull) {}

void Reporter::begin(std::uint32_t program, std::uint32_t slot) {
  current_ = program * slots_per_program_ + slot;
  started_ = own_cpu_time();
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
  slot.cpu_us = static_cast<std::uint32_t>(std::clamp<Nanos>((own_cpu_time() - started_) / 1000, 0, UINT32_MAX));
  slot.offset = static_cast<std::uint32_t>(heap_used_);
  slot.bytes = static_cast<std::uint32_t>(bytes.size());
  std::memcpy(region_.data() + header.heap_offset + heap_used_, bytes.data(), bytes.size());
  heap_used_ += bytes.size();
  region_.slots()[current_] = slot;
}

void Reporter::finish(Finish finish) {
  region_.header().finish.store(static_cast<std::uint32_t>(finish), std::memory_order_release);
  ::_exit(0);
}

}  // namespace ucoder::jail
