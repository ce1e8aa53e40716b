#include "supervisor/zygote_process.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

namespace ucoder {
namespace {

constexpr Nanos kStartPatience = 60 * kSecond;   // a cold file cache on a loaded machine
constexpr Nanos kAnswerPatience = 30 * kSecond;  // a fork or a wait: microseconds, were it not for the load
constexpr int kOutOfTheWay = 10;                 // descriptors at or above this are not targets of the spawn

// The environment is built, never inherited. Native thread pools are held to one thread: a module that starts a
// thread at import would make user namespaces impossible, and workers are single cores.
constexpr std::array kEnvironment = {"LANG=C.UTF-8", "PYTHONHASHSEED=0", "PYTHONUTF8=1", "MALLOC_ARENA_MAX=1",
                                     "OPENBLAS_NUM_THREADS=1", "OMP_NUM_THREADS=1", "MKL_NUM_THREADS=1",
                                     "NUMEXPR_NUM_THREADS=1", "PYTHONDONTWRITEBYTECODE=1",
                                     // Symbols are looked up once in the zygote, not again in each worker.
                                     "LD_BIND_NOW=1"};

// Programs in machines of their own start `python` by its name, and have a home to write to.
std::vector<std::string> environment_of(const ZygoteOptions& options) {
  std::vector<std::string> environment(kEnvironment.begin(), kEnvironment.end());
  const std::string folder = options.python.substr(0, options.python.find_last_of('/'));
  environment.push_back("PATH=" + (options.full && folder.starts_with('/') ? folder + ":" : "") + "/usr/bin:/bin");
  environment.emplace_back(options.full ? "HOME=/tmp" : "HOME=/");
  if (options.full) environment.emplace_back("TMPDIR=/tmp");
  return environment;
}

Fd duplicate_high(int fd) { return Fd(::fcntl(fd, F_DUPFD_CLOEXEC, kOutOfTheWay)); }

class FileActions {
 public:
  FileActions() { ::posix_spawn_file_actions_init(&actions_); }
  ~FileActions() { ::posix_spawn_file_actions_destroy(&actions_); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;
  void open_null(int target) { ::posix_spawn_file_actions_addopen(&actions_, target, "/dev/null", O_RDWR, 0); }
  void place(const Fd& source, int target) { ::posix_spawn_file_actions_adddup2(&actions_, source.get(), target); }
  const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

class Attributes {
 public:
  // Signals as a fresh program expects them, whatever the caller blocks or ignores.
  Attributes() {
    ::posix_spawnattr_init(&attributes_);
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    ::posix_spawnattr_setsigdefault(&attributes_, &all);
    ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  ~Attributes() { ::posix_spawnattr_destroy(&attributes_); }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;
  const posix_spawnattr_t* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_{};
};

std::vector<std::string> arguments_of(const ZygoteOptions& options, const Region& region) {
  std::vector<std::string> arguments = {options.python,
                                        "-s",
                                        "-P",
                                        "-B",
                                        options.package_dir + "/jail/zygote.py",
                                        std::to_string(::getpid()),
                                        std::to_string(region.bytes()),
                                        options.full ? "full" : "pure"};
  arguments.insert(arguments.end(), options.preload.begin(), options.preload.end());
  return arguments;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

std::string read_log(const Fd& log) {
  std::array<char, 2000> text{};
  const off_t size = ::lseek(log.get(), 0, SEEK_END);
  const off_t start = size > static_cast<off_t>(text.size()) ? size - static_cast<off_t>(text.size()) : 0;
  const ssize_t read = ::pread(log.get(), text.data(), text.size(), start);
  return read > 0 ? std::string(text.data(), static_cast<std::size_t>(read)) : std::string();
}

}  // namespace

ZygoteProcess::ZygoteProcess(const ZygoteOptions& options, const Region& region, const Fd& output, const Fd& status) {
  spawn(options, region, output, status);
  if (!send_bytes(channel_.get(), options.policies)) explain_failed_start();
  const auto ready = receive_reply(channel_.get(), monotonic_now() + kStartPatience);
  if (!ready) explain_failed_start();
  ready_ = *ready;
}

ZygoteProcess::~ZygoteProcess() {
  // The worker first loses its parent, then the parent is waited for: no zombie is left to the caller.
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

void ZygoteProcess::spawn(const ZygoteOptions& options, const Region& region, const Fd& output, const Fd& status) {
  std::array<int, 2> pair{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair.data()) != 0) {
    throw SandboxUnavailable("could not make a channel: " + std::string(std::strerror(errno)));
  }
  channel_ = Fd(pair[0]);
  const Fd theirs(pair[1]);
  log_ = Fd(::memfd_create("ucoder-start", MFD_CLOEXEC));
  const Fd channel_source = duplicate_high(theirs.get());
  const Fd region_source = duplicate_high(region.fd());
  const Fd output_source = duplicate_high(output.get());
  const Fd status_source = duplicate_high(status.get());
  const Fd log_source = duplicate_high(log_.get());
  if (!log_source.valid() || !channel_source.valid() || !region_source.valid() || !output_source.valid() ||
      !status_source.valid()) {
    throw SandboxUnavailable("this process has no descriptors left: raise its limit (ulimit -n)");
  }
  FileActions actions;
  actions.open_null(STDIN_FILENO);
  actions.open_null(STDOUT_FILENO);
  actions.place(log_source, STDERR_FILENO);
  actions.place(channel_source, kChannelFd);
  actions.place(region_source, kRegionFd);
  actions.place(output_source, kOutputFd);
  actions.place(status_source, kStatusFd);
  const Attributes attributes;
  std::vector<std::string> arguments = arguments_of(options, region);
  std::vector<std::string> environment = environment_of(options);
  const int error = ::posix_spawn(&pid_, options.python.c_str(), actions.get(), attributes.get(),
                                  pointers_to(arguments).data(), pointers_to(environment).data());
  if (error != 0) {
    pid_ = 0;
    throw SandboxUnavailable("could not start " + options.python + ": " + std::strerror(error));
  }
}

void ZygoteProcess::explain_failed_start() {
  ::kill(pid_, SIGKILL);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
  pid_ = 0;
  std::string text = read_log(log_);
  if (text.empty()) text = "it ended without a word";
  throw SandboxUnavailable("the interpreter did not become a zygote: " + text);
}

std::vector<Failure> ZygoteProcess::failures() const {
  const std::size_t count = std::min<std::size_t>(ready_.num_failures, kMaxFailures);
  return {ready_.failures, ready_.failures + count};
}

std::optional<WorkerHandle> ZygoteProcess::fork_worker(std::uint32_t policy, int& error) {
  const Request request{Ask::Fork, policy};
  WorkerHandle worker;
  if (!send_bytes(channel_.get(), {reinterpret_cast<const char*>(&request), sizeof request})) return std::nullopt;
  const auto reply = receive_reply(channel_.get(), monotonic_now() + kAnswerPatience, &worker.pidfd);
  // Without its descriptor a worker could be neither watched nor ended: this process has none left.
  if (!reply || (reply->pid > 0 && !worker.pidfd.valid())) return std::nullopt;
  error = reply->num_failures > 0 ? reply->failures[0].error : 0;
  worker.pid = reply->pid;
  ++num_forks_;
  return worker;
}

std::optional<int> ZygoteProcess::reap() {
  const Request request{Ask::Reap, 0};
  if (!send_bytes(channel_.get(), {reinterpret_cast<const char*>(&request), sizeof request})) return std::nullopt;
  const auto reply = receive_reply(channel_.get(), monotonic_now() + kAnswerPatience);
  if (!reply || reply->pid <= 0) return std::nullopt;
  return reply->wait_status;
}

}  // namespace ucoder
