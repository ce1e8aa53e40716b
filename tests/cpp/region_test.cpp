// Hostile programs of the attack tests write into the region by number: a header that moves must move them, too.
#include "base/region.h"

#include <doctest/doctest.h>

#include <cstddef>

TEST_CASE("the header is where tests/attacks/cases/tampering.py writes") {
  CHECK(offsetof(ucoder::Header, heap_offset) == 88);
  CHECK(offsetof(ucoder::Header, heap_bytes) == 96);
  CHECK(offsetof(ucoder::Header, progress) == 104);
  CHECK(offsetof(ucoder::Header, began_cpu) == 112);
  CHECK(offsetof(ucoder::Header, finish) == 120);
  CHECK(ucoder::kHeaderBytes == 4096);
  CHECK(sizeof(ucoder::Slot) == 16);
}
