// From what was seen of a worker to what is said of a cell.
#pragma once

#include <string>

#include "supervisor/lane.h"
#include "supervisor/runner.h"

namespace ucoder {

inline constexpr const char* kTampered = "tampered with the record of its progress";
inline constexpr const char* kNoResult = "no result in the slot";

CellResult failed(Outcome outcome, std::string why);

// Text that came from a worker, as it may be shown.
std::string printable(std::string text);

// Of the cell that a worker was in when it ended without finishing it.
CellResult failure_of(const AttemptEnd& end);

// What a worker left in a cell's slot. Its bytes are validated before anything else is done with them.
CellResult interpret_slot(SlotCopy slot, const ValueLimits& limits);

}  // namespace ucoder
