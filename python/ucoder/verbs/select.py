"""`ucoder select`: selection rules on a judged run, held against the truth where there is one."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from ucoder.consensus.rules import RULES
from ucoder.consensus.settings import ConsensusSettings
from ucoder.errors import ConfigError
from ucoder.execution.executor import PACKAGE_DIR
from ucoder.report.selections import print_selections
from ucoder.stages.selecting import finished_run, read_truth, select_run
from ucoder.store import RunDirectory

__all__ = ["SelectOptions", "select"]

_SAMPLE_TRUTH = Path(PACKAGE_DIR) / "presets" / "sample" / "truth.jsonl.gz"
_DEFAULTS = ConsensusSettings()


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class SelectOptions:
    """What `ucoder select` takes, beside the folder."""

    rule: Annotated[list[str] | None, Parameter(negative=())] = None
    "A rule's name; may be given several times. All rules by default."
    truth: Path | None = None
    "Who is right: a folder judged on the true tests, or JSON lines: task_id, passed (or label), candidate."
    sample: Annotated[bool, Parameter(negative=())] = False
    "Hold the selections against the truth that comes with ucoder's sample, instead of --truth."
    signature: Literal["value", "pass"] = _DEFAULTS.signature
    "What makes candidates alike to the rule ucoder: the values they return, or the tests they pass."
    rho: float = _DEFAULTS.rho
    "Least share of tests on which a candidate must run to an end, to the rule ucoder."
    tau: int = _DEFAULTS.tau
    "Least size of a cluster, to the rule ucoder."
    uninformative: Literal["rule", "keep", "drop"] = _DEFAULTS.uninformative
    "Clusters that carry no information: as each rule has it, kept by all rules, or dropped by all."
    trusted_only: Annotated[bool, Parameter(negative=())] = False
    "Leave out tests that ran beside the candidate, whose verdicts it could have touched."
    resamples: int = _DEFAULTS.resamples
    "Resamplings of tests, and of candidates, that say how far a selection hangs on them; 0 for none."
    seed: int = _DEFAULTS.seed
    "Seed of the resamplings, of the intervals, and of the rule random."
    json: Annotated[bool, Parameter(negative=())] = False
    "Print the summary as one JSON object."


def select(
    folder: Annotated[Path, Parameter(help="What `ucoder judge` or `ucoder merge` wrote.", negative=())],
    /,
    options: SelectOptions | None = None,
) -> int:
    """Select, print the summary, return the exit code. The help text stands in `ucoder.cli`."""
    options = options or SelectOptions()
    settings = ConsensusSettings(
        signature=options.signature,
        rho=options.rho,
        tau=options.tau,
        uninformative=options.uninformative,
        resamples=options.resamples,
        seed=options.seed,
    )
    rules = [RULES[name] for name in _names(options.rule)]
    source = _truth_source(options)
    record = finished_run(folder)
    truth = read_truth(source) if source else None
    with RunDirectory.open(folder, record.identity, record.kept) as directory:
        summary = select_run(directory, rules, settings, truth, trusted_only=options.trusted_only)
    print_selections(summary, folder, as_json=options.json)
    return 0


def _names(given: list[str] | None) -> list[str]:
    names = list(dict.fromkeys(given or RULES))
    if unknown := [name for name in names if name not in RULES]:
        raise ConfigError(f"there is no rule {unknown[0]!r}; there are {', '.join(RULES)}")
    return names


def _truth_source(options: SelectOptions) -> Path | None:
    if options.sample and options.truth:
        raise ConfigError("--sample stands instead of --truth: give one of them")
    return _SAMPLE_TRUTH if options.sample else options.truth
