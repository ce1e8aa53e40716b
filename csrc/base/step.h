// Every step of setting a jail up that can fail. A failure crosses processes as {step, errno} and becomes text in the
// supervisor only, from this one list.
#pragma once

#include <cstdint>
#include <string>

namespace ucoder {

#define UCODER_STEPS(X)                                          \
  X(None, "nothing failed")                                      \
  X(ParentDeathSignal, "tie the process's life to its parent's") \
  X(NewSession, "start a session of its own")                    \
  X(MountNamespace, "make a mount namespace")                    \
  X(NetworkNamespace, "make a network namespace")                \
  X(IpcNamespace, "make an IPC namespace")                       \
  X(UtsNamespace, "make a UTS namespace")                        \
  X(UserNamespace, "make a user namespace")                      \
  X(UserMap, "map a user id into the user namespace")            \
  X(DropUser, "change to an unprivileged user")                  \
  X(PidNamespace, "make a pid namespace")                        \
  X(PrivateMounts, "make mounts private")                        \
  X(StageRoot, "mount an empty root")                            \
  X(BindPath, "bind a path of the interpreter into the root")    \
  X(ReadOnlyPath, "make a bound path read-only")                 \
  X(PivotRoot, "change to the new root")                         \
  X(ReadOnlyRoot, "make the root read-only")                     \
  X(HostName, "set the host name")                               \
  X(OpenNull, "open /dev/null")                                  \
  X(Fork, "fork a worker")                                       \
  X(Descriptors, "arrange the worker's descriptors")             \
  X(InputFile, "make the standard input of a script")            \
  X(OwnMachine, "give the worker namespaces of its own")         \
  X(Loopback, "bring the loopback interface up")                 \
  X(Scratch, "mount the worker's private folders")               \
  X(Limits, "set resource limits")                               \
  X(Capabilities, "drop capabilities")                           \
  X(NoNewPrivileges, "set no_new_privs")                         \
  X(Seccomp, "install the system call filter")                   \
  X(ReadJob, "read the job")

enum class Step : std::uint8_t {
#define UCODER_STEP(name, text) name,
  UCODER_STEPS(UCODER_STEP)
#undef UCODER_STEP
};

struct Failure {
  Step step = Step::None;
  int error = 0;  // errno
  explicit operator bool() const { return step != Step::None; }
};

// "could not mount an empty root: Operation not permitted".
std::string describe(const Failure& failure);

}  // namespace ucoder
