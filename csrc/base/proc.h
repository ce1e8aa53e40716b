// What the kernel tells of a process in /proc.
#pragma once

#include <sys/types.h>

#include <string>

namespace ucoder {

// The first 4 KiB of /proc/<pid>/<name>. Empty where it cannot be read.
std::string read_proc(pid_t pid, const char* name);

}  // namespace ucoder
