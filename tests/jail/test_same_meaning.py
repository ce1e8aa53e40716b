"""An assertion says of a program what Python says of it: texts by a grammar, the executor beside the interpreter.

`python tests/jail/test_same_meaning.py [SEEDS [FIRST]]` goes through more of them and prints what differs.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from assertion_texts import PREAMBLES, PROGRAMS, Texts

from ucoder import AssertionTest, Candidate, ExecutionMatrix, Executor, Limits, Outcome, Problem

pytestmark = [
    pytest.mark.usefixtures("sandbox"),
    pytest.mark.skipif(shutil.which("unshare") is None, reason="there is no unshare"),
]

NUM_TEXTS = 60
NUM_PROGRAMS = 12
# Texts about which nothing is said, for reasons that are not about what they mean (see `ucoder.jail.assertions`): no
# call of the program, nothing that can fail, a name that nobody binds where Python would not have looked it up.
SAYS_NOTHING = ("no-call", "always-true-tuple", "undefined-name", "evaluation-error")
PEER = ["unshare", "-rn", sys.executable, "-B", str(Path(__file__).with_name("assertion_peer.py"))]


def differences(executor: Executor, seed: int) -> Iterator[str]:
    texts = Texts(seed)
    preamble = PREAMBLES[seed % len(PREAMBLES)]
    programs = texts.chance.sample(PROGRAMS, NUM_PROGRAMS)
    asserted = [texts.text() for _ in range(NUM_TEXTS)]
    job = json.dumps({"preamble": preamble, "programs": programs, "texts": asserted})
    with subprocess.Popen(PEER, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as peer:
        assert peer.stdin is not None
        peer.stdin.write(job)
        peer.stdin.close()
        # Each as it is, and behind a statement, so that the jail reads also what the caller's process reads at once.
        matrices = [judged(executor, preamble, programs, texts) for texts in (asserted, [*map(behind, asserted)])]
        assert peer.stdout is not None
        words = json.loads(peer.stdout.read())
    for test, text in enumerate(asserted):
        for place, program in enumerate(programs):
            for matrix in matrices:
                if not agrees(matrix, place, test, words[place][test]):
                    outcome = Outcome(int(matrix.outcomes[place, test])).name
                    kind, note = matrix.test_kinds[test], matrix.test_notes[test]
                    yield f"{seed}: {text!r} of {program!r}: {words[place][test]}, but {outcome} ({kind} {note})"


def behind(text: str) -> str:
    return text if text.startswith((" ", "\t")) else f"pass\n{text}"


def judged(executor: Executor, preamble: str, programs: list[str], texts: list[str]) -> ExecutionMatrix:
    problem = Problem("p", preamble, "f")
    candidates = [Candidate("p", solution=preamble + program) for program in programs]
    return executor.judge(problem, candidates, [AssertionTest(text) for text in texts])


def agrees(matrix: ExecutionMatrix, candidate: int, test: int, word: str) -> bool:
    if matrix.test_kinds[test] == "void":
        return word != "pass" or matrix.test_notes[test].startswith(SAYS_NOTHING)
    return (matrix.outcomes[candidate, test] == Outcome.PASS) == (word == "pass")


def run(executor: Executor, first: int, num_seeds: int) -> list[str]:
    return [found for seed in range(first, first + num_seeds) for found in differences(executor, seed)]


@pytest.mark.parametrize("isolation", ["auto", "candidate"])
def test_an_assertion_says_what_python_says(isolation: str) -> None:
    with Executor(isolation=isolation, workers=1, limits=Limits(max_timeouts=1000)) as executor:
        assert run(executor, 0, 8) == []


if __name__ == "__main__":
    num_seeds, first_seed = (int(given) for given in [*sys.argv[1:], *["200", "1000"][len(sys.argv) - 1 :]])
    with Executor(workers=1, limits=Limits(max_timeouts=1000)) as one:
        print(*run(one, first_seed, num_seeds), sep="\n")
