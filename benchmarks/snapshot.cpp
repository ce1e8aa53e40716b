// Would it be cheaper to restore a worker's dirty pages than to fork another one? The memory side of both, alone.
//
//   g++ -O2 -std=c++20 benchmarks/snapshot.cpp -o /tmp/snapshot && /tmp/snapshot [RESIDENT_MIB] [DIRTY_PAGES] [ROUNDS]
//
// fork:      a child of a process with so much private memory writes to so many pages, and is waited for.
// snapshot:  the process itself writes to them, asks which were written (PAGEMAP_SCAN over memory that userfaultfd
//            write-protects in its asynchronous mode, Linux 6.7), and copies them back from a copy it has kept.
//
// A real snapshot costs more: a program owns its process, so another one has to stop it, write its memory from outside,
// and put back registers, mappings, descriptors, signals, timers and threads. Prints microseconds of CPU time a round.
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

namespace {

constexpr std::size_t kPage = 4096;

// Of linux/fs.h and linux/userfaultfd.h since 6.7; the headers of a distribution are often older than its kernel.
struct Range {
  __u64 start, end, categories;
};
struct Scan {
  __u64 size, flags, start, end, walk_end, vec, vec_len, max_pages;
  __u64 category_inverted, category_mask, category_anyof_mask, return_mask;
};
constexpr unsigned long kPagemapScan = _IOWR('f', 16, Scan);
constexpr __u64 kIsWritten = 1u << 1;
constexpr __u64 kProtectMatching = 1u << 0;
constexpr __u64 kCheckAsync = 1u << 1;
constexpr __u64 kFeatureUnpopulated = 1u << 13;
constexpr __u64 kFeatureAsync = 1u << 15;

struct Memory {
  char* data;
  std::size_t num_pages;
};

// Spread over the whole of it, as objects on a heap are.
void dirty(const Memory& memory, std::size_t num_dirty) {
  const std::size_t step = std::max<std::size_t>(1, memory.num_pages / num_dirty);
  for (std::size_t i = 0; i < num_dirty; ++i) ++memory.data[i * step % memory.num_pages * kPage];
}

void fork_round(const Memory& memory, std::size_t num_dirty) {
  const pid_t child = ::fork();
  if (child == 0) {
    dirty(memory, num_dirty);
    ::_exit(0);
  }
  ::waitpid(child, nullptr, 0);
}

bool protect(const Memory& memory) {
  const auto faults = static_cast<int>(::syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY));
  uffdio_api api{};
  api.api = UFFD_API;
  api.features = UFFD_FEATURE_PAGEFAULT_FLAG_WP | kFeatureAsync | kFeatureUnpopulated;
  uffdio_register range{};
  range.range = {reinterpret_cast<__u64>(memory.data), memory.num_pages * kPage};
  range.mode = UFFDIO_REGISTER_MODE_WP;
  return faults >= 0 && ::ioctl(faults, UFFDIO_API, &api) == 0 && ::ioctl(faults, UFFDIO_REGISTER, &range) == 0;
}

// Restores what was written since the last time, and protects it again. The number of pages, or -1.
long restore(const Memory& memory, const char* kept, int pagemap, std::vector<Range>& regions) {
  Scan scan{};
  scan.size = sizeof scan;
  scan.flags = kProtectMatching | kCheckAsync;
  scan.start = reinterpret_cast<__u64>(memory.data);
  scan.end = scan.start + memory.num_pages * kPage;
  scan.vec = reinterpret_cast<__u64>(regions.data());
  scan.vec_len = regions.size();
  scan.category_mask = scan.return_mask = kIsWritten;
  const int found = ::ioctl(pagemap, kPagemapScan, &scan);
  long pages = 0;
  for (int i = 0; i < found; ++i) {
    const std::size_t bytes = regions[i].end - regions[i].start;
    std::memcpy(reinterpret_cast<char*>(regions[i].start), kept + (regions[i].start - scan.start), bytes);
    pages += static_cast<long>(bytes / kPage);
  }
  // The copying has unprotected them again.
  if (found > 0) ::ioctl(pagemap, kPagemapScan, &scan);
  return found < 0 ? -1 : pages;
}

double cpu_microseconds() {
  double sum = 0;
  for (const int who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
    rusage usage{};
    ::getrusage(who, &usage);
    sum += 1e6 * static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
  }
  return sum;
}

template <typename Round>
double microseconds(int rounds, Round round) {
  const double begin = cpu_microseconds();
  for (int i = 0; i < rounds; ++i) round();
  return (cpu_microseconds() - begin) / rounds;
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t resident = (argc > 1 ? std::atoi(argv[1]) : 16) * std::size_t{1} << 20;
  const std::size_t num_dirty = argc > 2 ? std::atoi(argv[2]) : 200;
  const int rounds = argc > 3 ? std::atoi(argv[3]) : 500;
  const auto map = [&] {
    return ::mmap(nullptr, resident, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  };
  const Memory memory{static_cast<char*>(map()), resident / kPage};
  auto* const kept = static_cast<char*>(map());
  ::madvise(memory.data, resident, MADV_NOHUGEPAGE);
  std::memset(memory.data, 1, resident);
  std::memcpy(kept, memory.data, resident);
  ::madvise(kept, resident, MADV_DONTFORK);  // the copy is no part of what is forked
  std::printf("%zu MiB, %zu pages written\n", resident >> 20, num_dirty);
  std::printf("fork:     %7.1f us\n", microseconds(rounds, [&] { fork_round(memory, num_dirty); }));
  const int pagemap = ::open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
  std::vector<Range> regions(memory.num_pages);
  if (!protect(memory) || restore(memory, kept, pagemap, regions) < 0) {
    std::puts("snapshot: this kernel cannot");
    return 1;
  }
  const double snapshot = microseconds(rounds, [&] {
    dirty(memory, num_dirty);
    restore(memory, kept, pagemap, regions);
  });
  std::printf("snapshot: %7.1f us\n", snapshot);
  return std::memcmp(memory.data, kept, resident) == 0 ? 0 : 1;
}
