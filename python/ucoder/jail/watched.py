"""What is looked at after a program that shared its process: the baseline behind `interpreter/tripwire.cpp`.

Taken in the zygote, once its modules are loaded. Nothing here decides what programs may do: that is `tame`.
"""

import _thread
import atexit
import copyreg
import gc
import signal
import sys
import types
import warnings
from collections.abc import Callable, Iterator
from typing import Any

from . import tame


def watched() -> tuple[dict[str, dict[str, Any]], list[type], list[types.FunctionType]]:
    """Dictionaries by name: of all modules, and the table of modules. Types and functions: of the allowed modules."""
    modules = dict(sys.modules)
    namespaces = {f"module {name}": getattr(module, "__dict__", None) for name, module in modules.items()}
    # A class may stand in the table of modules: its namespace is no dictionary.
    dictionaries = {name: namespace for name, namespace in namespaces.items() if isinstance(namespace, dict)}
    allowed = [vars(modules[name]) for name in tame.MODULES if name in modules]
    kinds = {id(kind): kind for namespace in allowed for kind in namespace.values() if isinstance(kind, type)}
    kinds.update((id(base), base) for kind in list(kinds.values()) for base in kind.__mro__)
    mutable = [kind for kind in kinds.values() if not _is_immutable(kind)]
    holders = [*allowed, *(vars(kind) for kind in mutable)]
    functions = [one for namespace in holders for one in namespace.values() if isinstance(one, types.FunctionType)]
    return {"modules": sys.modules, **dictionaries}, mutable, functions


def settings() -> Callable[[], tuple[object, ...]]:
    """A function that reads what a program could set for its whole process."""
    decimal = sys.modules.get("decimal")
    context = decimal.getcontext if decimal is not None else _nothing
    num_threads, num_at_exit = _thread._count, atexit._ncallbacks  # noqa: SLF001  nothing public tells them

    def read() -> tuple[object, ...]:
        return (
            sys.getrecursionlimit(), sys.getswitchinterval(), sys.get_int_max_str_digits(), sys.gettrace(),
            sys.getprofile(), len(sys.path), len(sys.meta_path), len(sys.path_hooks), gc.isenabled(),
            gc.get_threshold(), len(gc.callbacks), num_threads(), num_at_exit(), len(copyreg.dispatch_table),
            id(warnings.filters), len(warnings.filters), signal.getsignal(signal.SIGALRM),
            signal.getsignal(signal.SIGINT), *_numbers(context()),
        )  # fmt: skip

    return read


def forget() -> None:
    """Empties the caches of `typing` and `re`.

    A program could see in them in which order another one named two types, and that a pattern was pushed out.
    """
    for empty in _cleanups():
        empty()
    if "re" in sys.modules:
        sys.modules["re"].purge()


def _cleanups() -> Iterator[Callable[[], None]]:
    return iter(getattr(sys.modules.get("typing"), "_cleanups", ()))


def _is_immutable(kind: type) -> bool:
    return bool(kind.__flags__ & (1 << 8))  # Py_TPFLAGS_IMMUTABLETYPE


def _numbers(context: Any) -> tuple[object, ...]:
    return () if context is None else (id(context), context.prec, context.rounding, context.Emin, context.Emax)


def _nothing() -> None:
    return None
