// What a lane thread and its zygote say to each other: fixed-size messages over a SOCK_SEQPACKET pair. Never task data.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/fd.h"
#include "base/step.h"

namespace ucoder {

// Descriptors a zygote is started with.
inline constexpr int kChannelFd = 3;
inline constexpr int kRegionFd = 4;
inline constexpr int kOutputFd = 5;
inline constexpr int kStatusFd = 6;  // a worker says here, once and before any task code, whether it is in its jail

enum class Ask : std::uint32_t { None = 0, Fork, Reap };

struct Request {
  Ask ask = Ask::None;
  std::uint32_t policy = 0;
};

inline constexpr std::size_t kMaxFailures = 8;

// To the policies: Ready. To Fork: the worker's pid with a pidfd beside it. To Reap: its wait status.
struct Reply {
  std::uint32_t layers = 0;
  std::int32_t pid = 0;
  std::int32_t wait_status = 0;
  std::uint32_t num_failures = 0;
  Failure failures[kMaxFailures];
};

bool send_bytes(int channel, std::string_view bytes);
// Receives one message of at most `max_bytes`. Null at the end of the channel or on an error.
std::optional<std::string> receive_bytes(int channel, std::size_t max_bytes);

bool send_reply(int channel, const Reply& reply, int descriptor = -1);
// Waits until `deadline` (monotonic). Null at the end of the channel, on an error or when time is up.
std::optional<Reply> receive_reply(int channel, Nanos deadline, Fd* descriptor = nullptr);

}  // namespace ucoder
