"""The C++ core as Python sees it. Translation only: names and meanings are those of `csrc/include/ucoder`."""

import enum
from collections.abc import Mapping, Sequence
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

OUTCOME_NAMES: tuple[str, ...]

class Outcome(enum.IntEnum):
    NOT_RUN = 0
    PASS = 1
    WRONG = 2
    EXCEPTION = 3
    EXIT = 4
    CPU_LIMIT = 5
    WALL_LIMIT = 6
    MEMORY = 7
    OUTPUT_LIMIT = 8
    SIGNAL = 9
    FORBIDDEN = 10
    BAD_VALUE = 11
    LOAD_ERROR = 12
    NO_ENTRY = 13
    SKIPPED = 14
    INFRA = 15

# ---------------------------------------------------------------- executor

class SandboxUnavailable(RuntimeError): ...
class ExecutorClosed(RuntimeError): ...

@final
class Test:
    """One test of a task, as its source gives it. Splitting it happens inside the jail."""

    @staticmethod
    def assertion(text: bytes) -> Test: ...
    @staticmethod
    def check_function(text: bytes) -> Test:
        """A `check(candidate)` function and whatever stands around it."""
    @staticmethod
    def unittest(text: bytes) -> Test:
        """A module of unit tests."""
    @staticmethod
    def module(text: bytes) -> Test:
        """A module that is executed to its end."""
    @staticmethod
    def call(call: bytes, expected: bytes, absolute: float = 0.0, relative: float = 0.0) -> Test:
        """`call` and `expected` are Python expressions; the verdict is `judged_equal` with the tolerance."""
    @staticmethod
    def encoded_call(
        target: str,
        args: Sequence[bytes],
        kwargs: Mapping[str, bytes],
        expected: bytes,
        absolute: float = 0.0,
        relative: float = 0.0,
    ) -> Test:
        """A call whose arguments and expected value are already encoded values."""
    @staticmethod
    def stdio(stdin: bytes, stdout: bytes, comparison: str, absolute: float = 0.0, relative: float = 0.0) -> Test:
        """`comparison` is "exact", "whitespace", "numeric", "lines" or "caseless"."""

@final
class Limits:
    def __init__(
        self,
        *,
        cpu_ms: int,
        load_cpu_ms: int,
        wall_ms: int,
        memory_mb: int,
        output_bytes: int,
        max_timeouts: int,
        value_bytes: int,
        value_depth: int,
    ) -> None: ...

@final
class Task:
    def __init__(
        self,
        task_id: str,
        entry_point: str,
        preamble: bytes,
        profile: str,
        tests: Sequence[Test],
        candidates: Sequence[bytes],
        limits: Limits | None = None,
        keep_output: bool = False,
    ) -> None:
        """`limits` stand instead of the executor's; `keep_output`: see `Matrix.outputs`."""

@final
class Matrix:
    """What became of every cell of one task. C candidates, T tests (void ones included, as NOT_RUN), V values."""

    @property
    def outcomes(self) -> NDArray[np.uint8]: ...  # (C, T) Outcome
    @property
    def values(self) -> NDArray[np.int32]: ...  # (C, T) index into value_bytes, -1 for none
    @property
    def details(self) -> NDArray[np.int32]: ...  # (C, T) index into detail_texts, -1 for none
    @property
    def cpu_us(self) -> NDArray[np.uint32]: ...  # (C, T) advisory
    @property
    def at_limit(self) -> NDArray[np.bool_]: ...  # (C, T)
    @property
    def load_causes(self) -> NDArray[np.uint8]: ...  # (C,) Outcome that the loading ended with, NOT_RUN when it loaded
    @property
    def shared(self) -> NDArray[np.bool_]: ...  # (C,) level auto: ran in a process with others
    @property
    def why_alone(self) -> NDArray[np.int32]: ...  # (C,) level auto: index into detail_texts, -1 for none
    @property
    def first_twin(self) -> NDArray[np.int32]: ...  # (C,) index of the first candidate with the same text
    @property
    def test_kinds(self) -> list[str]: ...  # (T,) "split", "stdio", "beside" or "void"
    @property
    def test_notes(self) -> list[str]: ...  # (T,) why it is void or could not be split, else ""
    @property
    def trusted(self) -> NDArray[np.bool_]: ...  # (T,)
    @property
    def outputs(self) -> list[bytes]: ...  # (C * T,) what failed scripts had written; empty without `keep_output`
    @property
    def value_bytes(self) -> list[bytes]: ...  # (V,) encoded, in order of first appearance
    @property
    def value_digests(self) -> NDArray[np.uint64]: ...  # (V, 2) low, high
    @property
    def detail_texts(self) -> list[str]: ...
    @property
    def counts(self) -> dict[str, int]: ...  # workers, runs, shared_inputs, requeued, judged_rests, put_off, waited

@final
class Patience:
    def __init__(self, *, first_cpu_ms: int, wait_ms: int, least_ran_share: float, least_cluster: int) -> None: ...
    @staticmethod
    def full() -> Patience: ...

@final
class Executor:
    def __init__(
        self,
        *,
        python: str,
        package_dir: str,
        workers: int,
        isolation: str,
        allow_weaker: bool,
        preload: Sequence[str],
        preload_on_demand: Sequence[str],
        limits: Limits,
        patience: Patience = ...,
        digest_key: bytes,
    ) -> None:
        """Starts a zygote per lane. Raises SandboxUnavailable where a layer is missing and not `allow_weaker`."""
    def judge(self, task: Task, max_seconds: float = 0.0) -> Matrix:
        """Blocks until every cell is decided. Thread-safe. Releases the GIL. Ctrl-C ends it with KeyboardInterrupt, and
        more than `max_seconds` by the clock, unless they are zero, with TimeoutError.
        """
    def close(self) -> None:
        """Ends every process. Idempotent; a `judge` in another thread raises ExecutorClosed."""
    @property
    def layers(self) -> list[str]: ...
    @property
    def num_workers(self) -> int: ...

def probe(python: str, package_dir: str) -> dict[str, str]:
    """Layer name to "" when it works here, else to why not. Starts one zygote and one worker."""

@final
class SyscallRule:
    """One rule of a system call policy. Of a number's rules the first that fits decides; none: ENOSYS."""

    @property
    def number(self) -> int: ...
    @property
    def verdict(self) -> str: ...  # "allow", "deny" (fails with `error`) or "kill"
    @property
    def error(self) -> int: ...
    @property
    def compare(self) -> str: ...  # "any", "equal" or "not equal": (argument & mask) against value
    @property
    def argument(self) -> int: ...  # index, 0 to 5; its low 32 bits are looked at
    @property
    def mask(self) -> int: ...
    @property
    def value(self) -> int: ...

def syscall_rules(profile: str) -> list[SyscallRule]:
    """The policy of a profile ("pure", "script"), in order. Linux only. Raises ValueError for another name."""

# ------------------------------------------------------------------ values

def encode(value: Any, max_bytes: int = 65536, max_depth: int = 200) -> bytes:
    """Raises ValueError naming the type that has no encoding, or the limit that was met."""

def decode(encoded: bytes) -> Any:
    """Raises ValueError on bytes that are not exactly one well-formed value, and on a large set or mapping many of
    whose keys have the same hash: it would take hours to make.
    """

def validate(encoded: bytes, max_bytes: int = 65536, max_depth: int = 200) -> str | None: ...
def judged_equal(left: bytes, right: bytes, absolute: float = 0.0, relative: float = 0.0) -> bool: ...
def is_truthy(encoded: bytes) -> bool: ...
def same_behaviour(left: bytes, right: bytes) -> bool: ...
def digest(encoded: bytes, key: bytes) -> tuple[int, int]: ...
def siphash128(data: bytes, key: bytes) -> tuple[int, int]: ...

# -------------------------------------------------------------- signatures

@final
class SignatureMatrix:
    @staticmethod
    def from_outcomes(outcomes: NDArray[np.uint8]) -> SignatureMatrix: ...
    @property
    def num_rows(self) -> int: ...
    @property
    def num_tests(self) -> int: ...
    @property
    def pass_words(self) -> NDArray[np.uint64]: ...  # (num_rows, num_words)
    @property
    def ran_words(self) -> NDArray[np.uint64]: ...  # (num_rows, num_words)
    def pass_counts(self) -> NDArray[np.uint32]: ...
    def ran_counts(self) -> NDArray[np.uint32]: ...

@final
class Clusters:
    @property
    def labels(self) -> NDArray[np.uint32]: ...
    @property
    def sizes(self) -> NDArray[np.uint32]: ...
    @property
    def starts(self) -> NDArray[np.uint64]: ...

def cluster_rows(words: NDArray[np.uint64], row_starts: NDArray[np.uint64] | None = None) -> Clusters: ...
def cluster_bits(bits: NDArray[np.bool_], row_starts: NDArray[np.uint64] | None = None) -> Clusters:
    """The clusters of the packed rows, which are never all in memory."""

def overlap_counts(words: NDArray[np.uint64]) -> NDArray[np.uint32]: ...
def agreement_counts(ids: NDArray[np.int32]) -> NDArray[np.uint32]:
    """(R, T) ids to (R, R): in how many columns each pair of rows agrees. A negative id agrees with nothing."""

def agreement_weights(
    ids: NDArray[np.int32], row_weights: NDArray[np.float64], column_weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(R, T) ids under (B, R) and (B, T) weights to (B, R): the weight that agrees with each row, over columns."""
