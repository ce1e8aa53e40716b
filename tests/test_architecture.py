"""The floors of the house: imports and includes point down, heavy packages have one door, the import is light."""

import ast
import re
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import ucoder

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "python" / "ucoder"
CSRC = ROOT / "csrc"

# A part of the package is a module or folder right below it. A part imports parts of lower floors only.
FLOORS = {
    "jail": 0,  # runs inside the jail, where the rest of the package is not looked at
    "_core": 1,
    "_jail": 1,
    "errors": 1,
    "interruption": 1,
    "records": 1,
    "loop_records": 2,
    "loop_settings": 2,
    "config": 2,
    "llm": 3,
    "execution": 3,
    "consensus": 3,
    "training": 3,
    "store": 3,
    "prompts": 3,
    "parsing": 3,
    "stages": 4,
    "rewards": 4,  # the executor inside other people's systems: trainers, harnesses, clients
    "compat": 4,
    "serve": 4,
    "run_config": 5,
    "rounds": 6,
    "evaluation": 6,
    "report": 7,
    "__init__": 7,
    "verbs": 8,  # the command line is three parts: each verb, their list, and the entry of `python -m`
    "cli": 9,
    "__main__": 10,
}

# What `import ucoder` promises. A name that is added or dropped here is a change that users notice.
PUBLIC_NAMES = [
    "AssertionTest",
    "CallTest",
    "Candidate",
    "CheckResult",
    "CheckTest",
    "Clusters",
    "ConfigError",
    "ExecutionMatrix",
    "Executor",
    "ExecutorClosed",
    "IncompleteRunError",
    "InputError",
    "Limits",
    "ModuleTest",
    "OtherRunError",
    "Outcome",
    "Problem",
    "RunDirectoryError",
    "RunInUseError",
    "SandboxUnavailable",
    "SignatureMatrix",
    "StdioTest",
    "StorageError",
    "Task",
    "Test",
    "UcoderError",
    "UnittestTest",
    "ValueCallTest",
    "check",
]

# Packages that take long to import, or need a GPU, and the only modules that may name them.
DOORS = {
    "accelerate": {"training/trainer.py"},
    "datasketch": {"stages/duplicates.py"},
    "jinja2": {"prompts/__init__.py", "report/page/render.py"},
    "openai": {"llm/openai.py"},
    "starlette": {"serve/app.py"},
    "tensorboardX": {"report/tensorboard.py"},
    "torch": {"llm/transformers.py", "llm/decoding.py", "training/trainer.py"},
    "transformers": {"llm/transformers.py", "llm/decoding.py", "llm/tokenizer.py", "training/trainer.py"},
    "uvicorn": {"serve/server.py"},
    "vllm": {"llm/vllm_engine.py"},
}

# Folders of the core. A file includes files of its own folder and of folders on lower floors.
CORE_FLOORS = {"base": 0, "sandbox": 1, "value": 1, "interpreter": 2, "supervisor": 2, "signature": 2, "bindings": 3}
# Public headers that say what a folder does belong to its floor; the others are words that all floors use.
HEADER_OWNERS = {"executor.h": "supervisor", "signature.h": "signature", "cluster.h": "signature"}

pytestmark = pytest.mark.one_python


def part_of(module: Path) -> str:
    return module.relative_to(PACKAGE).parts[0].removesuffix(".py")


def modules() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py") if "presets" not in path.parts)


def absolute_name(module: Path, node: ast.ImportFrom) -> str:
    """The module that `from ... import` names, with the leading dots resolved."""
    if node.level == 0:
        return node.module or ""
    folder = module.relative_to(PACKAGE.parent).parts[: -node.level]
    return ".".join([*folder, *([node.module] if node.module else [])])


def imports_of(module: Path, tree: ast.AST) -> Iterator[str]:
    """Dotted names of all that the code imports; `from ucoder import x` counts as `ucoder.x`."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(names=names):
                name = absolute_name(module, node)
                yield from (f"{name}.{alias.name}" for alias in names) if name == "ucoder" else (name,)


def own_parts(module: Path, tree: ast.AST) -> set[str]:
    """Parts of this package that the code imports. A name that is no part comes from the package's front door."""
    names = [name.split(".") for name in imports_of(module, tree)]
    return {name[1] if len(name) > 1 and name[1] in FLOORS else "__init__" for name in names if name[0] == "ucoder"}


def parsed(module: Path) -> ast.Module:
    return ast.parse(module.read_bytes(), str(module))


# -------------------------------------------------------------------- Python


def test_every_part_has_a_floor() -> None:
    assert {part_of(module) for module in modules()} <= FLOORS.keys()


@pytest.mark.parametrize("module", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_down_only(module: Path) -> None:
    part = part_of(module)
    above = {other for other in own_parts(module, parsed(module)) if other != part and FLOORS[other] >= FLOORS[part]}
    assert not above


def test_code_of_the_jail_knows_only_the_jail() -> None:
    for module in (PACKAGE / "jail").rglob("*.py"):
        assert own_parts(module, parsed(module)) <= {"jail"}, module


def test_stages_do_not_know_one_another() -> None:
    for module in (PACKAGE / "stages").rglob("*.py"):
        own = f"ucoder.stages.{module.stem}"
        others = {name for name in imports_of(module, parsed(module)) if name.startswith("ucoder.stages")}
        assert others <= {own}, module


def test_heavy_packages_have_one_door() -> None:
    for module in modules():
        packages = {name.split(".")[0] for name in imports_of(module, parsed(module))} & DOORS.keys()
        place = str(module.relative_to(PACKAGE))
        assert all(place in DOORS[package] for package in packages), (place, packages)


def test_own_modules_are_not_imported_inside_functions() -> None:
    for module in modules():
        for function in ast.walk(parsed(module)):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                assert not own_parts(module, function), f"{module}:{function.lineno}"


def test_public_names_are_these() -> None:
    assert list(ucoder.__all__) == PUBLIC_NAMES
    for name in PUBLIC_NAMES:
        assert hasattr(ucoder, name), name


# ----------------------------------------------------------------------- C++


def includes_of(source: Path) -> list[str]:
    return re.findall(r'^\s*#\s*include\s*[<"]([^">]+)[">]', source.read_text(encoding="utf-8"), re.MULTILINE)


def core_sources(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (CSRC / folder).rglob("*") if path.suffix in {".h", ".cpp"})


def test_includes_point_down_only() -> None:
    for source in core_sources(*CORE_FLOORS):
        own = source.relative_to(CSRC).parts[0]
        for include in includes_of(source):
            folder = include.split("/")[0]
            if folder == "ucoder":
                folder = HEADER_OWNERS.get(include.split("/")[1], own)
            if folder in CORE_FLOORS and folder != own:
                assert CORE_FLOORS[folder] < CORE_FLOORS[own], f"{source} includes {include}"


def test_public_headers_include_only_public_headers() -> None:
    for header in core_sources("include"):
        for include in includes_of(header):
            assert "/" not in include or include.startswith("ucoder/"), f"{header} includes {include}"
            assert include != "Python.h", header


def test_only_the_interpreter_side_and_the_bindings_know_python() -> None:
    for source in core_sources(*CORE_FLOORS):
        folder = source.relative_to(CSRC).parts[0]
        includes = includes_of(source)
        if any(include.startswith("pybind11/") for include in includes):
            assert folder == "bindings", source
        if "Python.h" in includes:
            assert folder in {"interpreter", "bindings"}, source


def test_the_core_prints_nothing_and_exits_nowhere() -> None:
    speaks_or_exits = re.compile(
        r"\b(std::(?:cout|cerr|clog|exit|abort|terminate)|printf|fprintf|puts|perror|_?exit)\s*[(<]"
    )
    for source in core_sources("base", "sandbox", "value", "supervisor", "signature"):
        code = re.sub(r"//.*", "", source.read_text(encoding="utf-8"))
        assert not speaks_or_exits.findall(code), source


# -------------------------------------------------------------------- budgets

# The budgets are meant for an otherwise idle machine. On a busy one the wall time says little and the CPU time says
# what the other would have been, so the lesser of the two counts, and one run of several that fits is enough.
ATTEMPTS = 10


def in_new_interpreter(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


def children_cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_the_import_takes_at_most_a_tenth_of_a_second_more_than_numpy() -> None:
    code = """
import time, numpy
wall, cpu = time.perf_counter(), time.process_time()
import ucoder
print(min(time.perf_counter() - wall, time.process_time() - cpu))
"""
    assert any(float(in_new_interpreter(code)) < 0.1 for _ in range(ATTEMPTS))


def test_help_answers_within_three_tenths_of_a_second() -> None:
    def seconds() -> float:
        wall, cpu = time.perf_counter(), children_cpu_seconds()
        subprocess.run([Path(sys.executable).with_name("ucoder"), "--help"], capture_output=True, check=True)
        return min(time.perf_counter() - wall, children_cpu_seconds() - cpu)

    assert any(seconds() < 0.3 for _ in range(ATTEMPTS))


def test_the_import_loads_nothing_heavy() -> None:
    loaded = in_new_interpreter("import sys, ucoder; print(*{name.split('.')[0] for name in sys.modules})").split()
    assert not {*DOORS, "pyarrow", "rich", "cyclopts"}.intersection(loaded)
