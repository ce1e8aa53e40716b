"""Start of a zygote: loads the jail's side of the package, imports what programs usually want, and serves.

Run as a file by the supervisor: `python -s -P -B zygote.py SUPERVISOR_PID REGION_BYTES pure|full [MODULE]...`. It
finds its package beside itself and imports nothing else of it, so that the interpreter stays small. The interpreter may
be of another environment than the package: it has to be one that the package has an extension module for.
"""

import gc
import importlib
import importlib.machinery
import importlib.util
import os
import sys
import types

# Beside the interpreter itself, what native modules link against and what the standard library reads.
SYSTEM_PATHS = (
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/usr/local/lib",
    "/etc/ld.so.cache",
    "/usr/share/zoneinfo",
    "/dev/null",
)
# What programs in machines of their own find beside it: commands, and devices that hold nothing.
MACHINE_PATHS = ("/bin", "/usr/bin", "/dev/zero", "/dev/random", "/dev/urandom", "/etc/alternatives", "/etc/mime.types")


def main() -> None:
    supervisor_pid, region_bytes, profile, *preload = sys.argv[1:]
    full = profile == "full"
    # Libraries ask to be called in every child: Python code that touches pages all over, for locks that nobody holds
    # here and for a generator that `settle` seeds anyway. Where programs fork by themselves it has its use.
    register_at_fork = os.register_at_fork
    if not full:
        os.register_at_fork = _no_callback
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    jail = _load("_jail", importlib.machinery.PathFinder.find_spec("_jail", [package]))
    folder = os.path.join(package, "jail")
    where = importlib.util.spec_from_file_location(
        "ucoder_jail", os.path.join(folder, "__init__.py"), submodule_search_locations=[folder]
    )
    _load("ucoder_jail", where)
    hooks = importlib.import_module("ucoder_jail.hooks")
    _preload(preload)
    sys.argv = [""]
    del sys.modules["_jail"]
    table = hooks.table()
    if full:
        table["beside"] = importlib.import_module("ucoder_jail.cases").run
        # Interpreters that a program spawns would load the main module's file, which is this one.
        sys.modules["__main__"] = types.ModuleType("__main__")
    os.register_at_fork = register_at_fork
    gc.collect()
    gc.freeze()
    jail.serve(int(supervisor_pid), int(region_bytes), _read_only_paths(full), [package], table, full)


def _no_callback(**_callbacks: object) -> None:
    """Stands in for `os.register_at_fork` while the usual modules are imported."""


def _load(name: str, spec: importlib.machinery.ModuleSpec | None) -> types.ModuleType:
    if spec is None or spec.loader is None:
        raise ImportError(f"the installed ucoder package has no {name} for this interpreter ({sys.version.split()[0]})")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _preload(names: list[str]) -> None:
    """Imports what is there; a module that is not is the program's own ImportError later."""
    for name in names:
        try:
            importlib.import_module(name)
        except ImportError:
            continue


def _is_library(path: str) -> bool:
    """Of the interpreter or a folder of installed packages: not a checkout that a .pth file points to."""
    roots = {sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix}
    installed = os.path.basename(path) in ("site-packages", "dist-packages")
    return installed or any(path == root or path.startswith(root.rstrip("/") + "/") for root in roots)


def _own_files() -> list[str]:
    """What the interpreter needs to be started again: itself by all its names, its library, its environment's file."""
    folder = os.path.dirname(sys.executable)
    names = [sys.executable, os.path.join(folder, "python"), os.path.join(folder, "python3")]
    found = [os.path.join(sys.prefix, "pyvenv.cfg")]
    for path in [name for name in names if os.path.realpath(name) == os.path.realpath(sys.executable)]:
        name = path
        found.append(name)
        while os.path.islink(name):
            name = os.path.normpath(os.path.join(os.path.dirname(name), os.readlink(name)))
            found.append(name)
    library = os.path.join(sys.base_prefix, "lib", f"libpython{sys.version_info[0]}.{sys.version_info[1]}")
    return [*found, f"{library}.so", f"{library}.so.1.0"]


def _read_only_paths(full: bool) -> list[str]:
    """Outer folders first, each once: what lies below one that is listed is bound with it."""
    wanted = [*SYSTEM_PATHS, os.path.dirname(os.__file__), *filter(_is_library, sys.path)]
    if full:
        wanted += [*MACHINE_PATHS, *_own_files()]
    chosen: list[str] = []
    for path in sorted({os.path.abspath(path) for path in wanted if path}):
        covered = any(path.startswith(other.rstrip("/") + "/") for other in chosen if os.path.isdir(other))
        if os.path.exists(path) and not covered and path != "/":
            chosen.append(path)
    return chosen


main()
