// What a worker left: copied out of the region and the output file, then checked.
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "supervisor/lane.h"

namespace ucoder {
namespace {

constexpr std::uint32_t kMostNameBytes = 256;

}  // namespace

SlotCopy Lane::read_slot(std::uint64_t slot, std::size_t most) const {
  Slot copy;
  std::memcpy(&copy, region_.slots() + slot, sizeof copy);
  SlotCopy out;
  const std::uint64_t heap_bytes = region_.bytes() - heap_offset_;
  if (copy.report > static_cast<std::uint8_t>(kLastReport) || copy.offset > heap_bytes ||
      copy.bytes > heap_bytes - copy.offset) {
    out.report = Report::BadValue;
    out.bytes = "nonsense in the result slot";
    return out;
  }
  out.report = static_cast<Report>(copy.report);
  out.cpu_us = copy.cpu_us;
  // Looked at before it is copied: a slot may claim the whole heap.
  if (out.report == Report::Value && copy.bytes > most) {
    out.report = Report::BadValue;
    out.bytes = "value larger than allowed";
    return out;
  }
  if (out.report != Report::Value) copy.bytes = std::min(copy.bytes, kMostNameBytes);
  out.bytes.assign(reinterpret_cast<const char*>(region_.data() + heap_offset_ + copy.offset), copy.bytes);
  return out;
}

std::string Lane::read_output(std::size_t limit, bool& overflow) const {
  const off_t size = ::lseek(output_.get(), 0, SEEK_END);
  overflow = size >= static_cast<off_t>(limit);
  std::string text(std::min(limit, static_cast<std::size_t>(std::max<off_t>(size, 0))), '\0');
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t read = ::pread(output_.get(), text.data() + done, text.size() - done, static_cast<off_t>(done));
    if (read <= 0) break;
    done += static_cast<std::size_t>(read);
  }
  text.resize(done);
  return text;
}

}  // namespace ucoder
