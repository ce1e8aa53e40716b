#include "supervisor/locate.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/fd.h"
#include "ucoder/executor.h"

extern char** environ;

namespace ucoder {
namespace {

constexpr const char* kQuestion =
    "import importlib.util, sys\n"
    "spec = importlib.util.find_spec('ucoder')\n"
    "sys.stdout.write(spec.submodule_search_locations[0] if spec else '')\n";

std::string read_all(int fd) {
  std::string text;
  std::array<char, 512> part{};
  for (;;) {
    const ssize_t size = ::read(fd, part.data(), part.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return text;
    text.append(part.data(), static_cast<std::size_t>(size));
  }
}

}  // namespace

std::string locate_package(const std::string& python) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw SandboxUnavailable("could not make a pipe");
  const Fd reader(ends[0]);
  Fd writer(ends[1]);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, writer.get(), STDOUT_FILENO);
  std::string program = python;
  std::string option = "-c";
  std::string question = kQuestion;
  std::array<char*, 4> arguments = {program.data(), option.data(), question.data(), nullptr};
  pid_t pid = 0;
  const int error = ::posix_spawn(&pid, python.c_str(), &actions, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (error != 0) throw SandboxUnavailable("could not start " + python + ": " + std::strerror(error));
  writer.reset();
  std::string folder = read_all(reader.get());
  while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
  if (folder.empty()) throw SandboxUnavailable(python + " has no package ucoder: install it there");
  return folder;
}

}  // namespace ucoder
