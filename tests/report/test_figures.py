"""What the page says is what lies in the folder: the figures behind its sections, and what it refuses."""

import json
import shutil
import struct
import subprocess
import sys
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from ucoder import Candidate, Executor, Problem, Task
from ucoder._core import encode
from ucoder.cli import run
from ucoder.consensus.comparison import estimates
from ucoder.execution.evidence import Evidence
from ucoder.records import EncodedCallTest
from ucoder.report.page import quality
from ucoder.report.page.blocks import Bar, Bars, Section, Table
from ucoder.report.page.cases import cases, within
from ucoder.report.page.charts import Histogram, Point, Series, histogram, trend
from ucoder.report.page.cost import cost_of
from ucoder.report.page.diversity import texts_of
from ucoder.report.page.estimates import mean_of
from ucoder.report.page.funnel import funnel, steps
from ucoder.report.page.measures import binned, cluster_labels, measured
from ucoder.report.page.page import comparison_page, page_of
from ucoder.report.page.sources import read_origin
from ucoder.report.tensorboard import scalars
from ucoder.store.files import read_json
from ucoder.store.loop import read_metrics

pytestmark = pytest.mark.usefixtures("sandbox")


def section(folder: Path, name: str) -> Section:
    return next(one for one in page_of(folder).sections if one.id == name)


def bars(found: Section) -> dict[str, Bar]:
    return {bar.label: bar for block in found.blocks if isinstance(block, Bars) for bar in block.bars}


def tables(found: Section) -> dict[str, Table]:
    return {block.caption: block for block in found.blocks if isinstance(block, Table)}


# ---------------------------------------------------------------- a judged job


def test_the_funnel_counts_what_was_judged(judged: Path) -> None:
    origin = read_origin(judged)
    summary = read_json(judged / "summary.json")
    (found,) = [measured(one) for one in origin.evidence]
    programs, problems = steps(found)
    assert programs[0][1] == summary["candidates"] == len((judged.parent / "candidates.jsonl").read_text().splitlines())
    assert problems[0][1] == summary["problems"] == 3
    assert [many for _, many, _, _ in programs] == sorted((many for _, many, _, _ in programs), reverse=True)
    outcomes = next(table for name, table in tables(funnel(origin, [found])).items() if name.startswith("What became"))
    assert {row[0]: int(row[1]) for row in outcomes.rows} == summary["outcomes"]


def test_every_void_test_is_a_loss_with_its_reason(judged: Path) -> None:
    losses = tables(section(judged, "funnel"))["Losses and their reasons"]
    assert ("cannot be judged", "undefined-name", "3") in losses.rows
    assert any(row[0] == "nothing selected" for row in losses.rows)


def test_the_rules_have_the_rates_that_the_selection_printed(judged: Path) -> None:
    summary = read_json(judged / "selections" / "summary.json")
    shown = bars(section(judged, "selection"))
    for rule in summary["rules"]:
        if rule["pass_at_1"] is not None:
            bar = shown[rule["rule"]]
            assert (bar.share, bar.low, bar.high) == (rule["pass_at_1"], rule["low"], rule["high"])
    assert shown["oracle"].share == summary["oracle"]


def test_clusters_are_those_of_the_evidence(judged: Path) -> None:
    (found,) = [measured(one) for one in read_origin(judged).evidence]
    table = pq.read_table(judged / "clusters").to_pylist()
    for problem in found.problems:
        ran = [
            row
            for row in table
            if row["task_id"] == problem.task_id and row["signature"] == "value" and row["ran_share"]
        ]
        assert sorted((row["size"] for row in ran), reverse=True) == list(problem.cluster_sizes)


def test_a_case_shows_the_inputs_on_which_clusters_differ_and_the_values(judged: Path) -> None:
    found = cases([measured(one) for one in read_origin(judged).evidence])
    case = next(one for one in found if one.task_id == "split")
    assert case.clusters[0].size == 3
    chosen = [cluster.is_chosen for cluster in case.clusters].index(True)
    by_test = {one.test: one.values for one in case.differences}
    assert "assert f(1) == 2" not in by_test or len(set(by_test["assert f(1) == 2"])) > 1
    assert by_test["assert f(3) == 99"][chosen] == "6"
    assert sorted(by_test["assert f(3) == 99"]) == ["3", "4", "6"]
    assert "its cluster holds 3 of 5 programs" in case.why


def test_of_problems_that_are_left_out_the_page_says_how_many(judged: Path, tmp_path: Path) -> None:
    assert run(["report", str(judged), "--cases", "2", "--out", str(tmp_path / "page.html")]) == 0
    text = " ".join((tmp_path / "page.html").read_text().split())
    assert "1 more are left out" in text
    assert text.count('class="case"') == 2


def test_values_of_an_encoded_test_are_written_out_in_the_evidence() -> None:
    test = EncodedCallTest((encode((1, 2)), encode({"a"})), encode(b"x"))
    task = Task(Problem("t", entry_point="f"), [Candidate("t", "def f(x, y): return b'x'")], [test])
    evidence = Evidence()
    with Executor(workers=1) as executor:
        evidence.add(task, executor.judge(task.problem, task.candidates, task.tests))
    assert evidence.tables()["tests"]["text"].to_pylist() == ["((1, 2), {'a'}) -> b'x'"]


def test_problems_in_full_stay_within_the_bytes_they_are_given(judged: Path) -> None:
    found = cases([measured(one) for one in read_origin(judged).evidence])
    sizes = [one.num_bytes for one in found]
    assert within(found, sum(sizes)) == found
    assert within(found, sum(sizes) - 1) == found[:-1]
    assert within(found, sizes[0] - 1) == []
    assert min(sizes) > 100


def test_without_selections_the_page_says_what_makes_them(judged: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bare"
    bare.mkdir()
    for entry in judged.iterdir():
        if entry.name != "selections":
            (bare / entry.name).symlink_to(entry)
    assert "ucoder select" in section(bare, "selection").absent
    assert section(bare, "validity").absent


# ---------------------------------------------------------------- a loop


def test_models_have_their_rates_gains_and_intervals(learned: Path) -> None:
    table = next(iter(tables(section(learned, "models")).values()))
    start, after = table.rows
    assert start[:2] == ("at the start", "25.0\N{NO-BREAK SPACE}%")
    assert after[:2] == ("after round 1", "81.2\N{NO-BREAK SPACE}%")
    assert after[3] == "+56.2"
    assert start[5] == "50.0\N{NO-BREAK SPACE}%"


def test_controls_stand_beside_consensus_over_the_same_seeds(
    learned: Path, shares: Mapping[str, tuple[int, ...]]
) -> None:
    consensus, random = quality.controls(read_origin(learned))
    assert (consensus.source, consensus.seeds, random.source, random.seeds) == ("consensus", 2, "random", 1)
    means = [np.mean([shares["round-00/evaluation"], shares["round-00/controls/consensus-1/evaluation"]]) / 4, 0.25]
    assert [consensus.evaluation.mean, random.evaluation.mean] == pytest.approx(means)
    assert random.less_consensus.mean == pytest.approx(0.25 - means[0])


def test_the_funnel_of_a_loop_is_that_of_its_markers(learned: Path) -> None:
    found = section(learned, "funnel")
    shown = {name: bar.text for name, bar in bars(found).items()}
    kept = {stage: read_json(learned / "round-00" / stage / "stage.json")["counts"]["kept"]
            for stage in ("problems", "skeletons", "suites")}  # fmt: skip
    for stage, name in (
        ("problems", "complete problems"),
        ("skeletons", "with a skeleton"),
        ("suites", "with enough tests"),
    ):
        assert shown[name].split()[0] == str(kept[stage])
    losses = {tuple(row[:2]): int(row[2]) for row in tables(found)["Round 0: every loss and its reason"].rows}
    dropped = read_json(learned / "round-00" / "problems" / "stage.json")["counts"]
    assert {reason: many for (stage, reason), many in losses.items() if stage == "problems"} == {
        reason: many for reason, many in dropped.items() if reason != "kept" and many
    }


def test_metrics_count_every_token_that_was_drawn(sampled: Path) -> None:
    lines = read_metrics(sampled)
    stages = ("problems", "ratings", "skeletons", "suites", "candidates")
    for stage in stages:
        rows = pq.read_table(sampled / "round-00" / stage / "answers")
        (line,) = [one for one in lines if one["stage"] == stage]
        assert (line["drawn"], line["tokens"]) == (len(rows), sum(rows["num_tokens"].to_pylist()))
    cost = cost_of(read_origin(sampled))
    assert cost.tokens == sum(line.get("tokens", 0) for line in lines) > 0
    assert cost.evaluations == read_json(sampled / "round-00" / "cells" / "summary.json")["evaluations"]


def test_side_by_side_each_folder_has_a_column(judged: Path, learned: Path) -> None:
    page = comparison_page([judged, learned])
    cost = next(one for one in page.sections if one.id == "cost").blocks[0]
    assert isinstance(cost, Table)
    assert cost.head == ("", "judged", "learned")
    executions = next(row for row in cost.rows if row[0] == "executions")
    told = [read_json(folder / "summary.json")["evaluations"] for folder in (judged, learned / "round-00" / "cells")]
    assert executions == ("executions", *(f"{number:,}" for number in told))


# ---------------------------------------------------------------- TensorBoard


def test_figures_for_tensorboard_are_the_numbers_of_the_metrics(sampled: Path) -> None:
    found = {(one.tag, one.step): one.value for one in scalars(read_metrics(sampled))}
    (line,) = [one for one in read_metrics(sampled) if one["stage"] == "candidates"]
    assert found["candidates/tokens", 0] == line["tokens"]
    assert found["problems/counts/kept", 0] > 0


def test_event_files_hold_every_figure(sampled: Path, tmp_path: Path) -> None:
    pytest.importorskip("tensorboardX", reason="event files need ucoder[tensorboard]")
    from tensorboardX.proto.event_pb2 import Event

    arguments = [str(sampled), "--out", str(tmp_path / "page.html"), "--tensorboard", str(tmp_path / "events")]
    assert run(["report", *arguments]) == 0
    (file,) = (tmp_path / "events").iterdir()
    events = [Event.FromString(record) for record in _records(file.read_bytes())]
    written = {(value.tag, event.step): value.simple_value for event in events for value in event.summary.value}
    expected = {(one.tag, one.step): one.value for one in scalars(read_metrics(sampled))}
    assert written == pytest.approx(expected, rel=1e-6)


def _records(content: bytes) -> Iterator[bytes]:
    """Of a TFRecord file: length, its checksum, the record, its checksum."""
    place = 0
    while place < len(content):
        (length,) = struct.unpack_from("<Q", content, place)
        yield content[place + 12 : place + 12 + length]
        place += 12 + length + 4


@pytest.mark.skipif(find_spec("tensorboardX") is not None, reason="tensorboardX is there")
def test_without_the_package_it_says_which_extra_brings_it(
    sampled: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["report", str(sampled), "--tensorboard", str(tmp_path)]) == 1
    assert "pip install 'ucoder[tensorboard]'" in capsys.readouterr().err


# ---------------------------------------------------------------- an evaluation


def test_an_evaluation_has_its_rate_on_both_sets_of_tests(tmp_path: Path) -> None:
    samples = [{"base_status": "pass", "plus_status": status} for status in ("pass", "fail")]
    failed = [{"base_status": "timeout", "plus_status": "fail"}] * 2
    (tmp_path / "samples_eval_results.json").write_text(json.dumps({"eval": {"X/0": samples, "X/1": failed}}))
    shown = bars(section(tmp_path, "exam"))
    assert (shown["base tests"].share, shown["base and further tests"].share) == (0.5, 0.25)


def test_an_evaluation_has_the_intervals_of_its_result(tmp_path: Path) -> None:
    samples = [{"base_status": "pass", "plus_status": ""}]
    content = {"eval": {"X/0": samples}, "pass_at_k": {"base": {"pass@1": 1.0}}}
    (tmp_path / "eval_results.json").write_text(json.dumps(content))
    result = {"benchmark": "x", "intervals": {"pass@1": [0.25, 1.0]}, "versions": {"ucoder": "0.9"}}
    (tmp_path / "result.json").write_text(json.dumps(result))
    rates = tables(section(tmp_path, "exam"))["pass@k, the unbiased estimator"]
    assert rates.rows == [("base tests", "pass@1", "100.0\N{NO-BREAK SPACE}%", "25.0 to 100.0")]
    assert ("ucoder", "0.9") in tables(section(tmp_path, "provenance"))["What made it"].rows


def test_results_in_another_shape_are_refused_by_the_field(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "eval_results.json").write_text(json.dumps({"eval": {"X/0": ["pass"]}}))
    assert run(["report", str(tmp_path)]) == 1
    assert "field 'eval.X/0'" in capsys.readouterr().err


# ---------------------------------------------------------------- what is refused


def test_a_folder_of_something_else_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["report", str(tmp_path)]) == 2
    assert "holds nothing to report on" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--compare"], "two or more folders"),
        (["{again}"], "--compare puts several"),
        (["--cases", "-1"], "--cases"),
        (["--tensorboard", "{out}"], "has no metrics.jsonl"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(
    arguments: list[str], told: str, judged: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = [one.format(again=judged, out=tmp_path / "events") for one in arguments]
    assert run(["report", str(judged), *given, "--out", str(tmp_path / "page.html")]) == 2
    assert told in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_without_a_package_of_the_loop_it_says_which_extra_brings_it(judged: Path) -> None:
    code = "import sys; sys.modules['jinja2'] = None; from ucoder.cli import run; sys.exit(run(sys.argv[1:]))"
    command = [sys.executable, "-c", code, "report", str(judged)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == "ucoder: this needs the package jinja2: pip install 'ucoder[loop]'\n"


def test_the_answer_for_programs_names_the_page_and_what_is_absent(
    judged: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "page.html"
    assert run(["report", str(judged), "--json", "--out", str(out)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["out"] == str(out)
    assert told["bytes"] == out.stat().st_size
    assert "models" in told["absent"]
    assert "funnel" in told["sections"]


def test_a_page_is_written_whole_beside_the_run_by_default(judged: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(judged, tmp_path / "copy")
    assert run(["report", str(copy)]) == 0
    text = (copy / "report" / "index.html").read_text()
    assert text.rstrip().endswith("</html>")
    assert run(["select", str(copy), "--rule", "random"]) == 0  # and the folder is still a run's


# ---------------------------------------------------------------- numbers


def test_bins_hold_every_value_once() -> None:
    x = np.array([3.0, 1.0, 2.0, 2.0, 2.0, 9.0])
    points = list(binned(x, x, 3))
    assert sum(int(point.label.rpartition(" ")[2]) for point in points) == len(x)
    assert [point.mean for point in points] == sorted(point.mean for point in points)


def test_values_of_one_problem_count_as_one_in_an_interval() -> None:
    x = np.zeros(100)
    y = np.tile([0.0, 1.0], 50)
    (alone,) = binned(x, y, 1)
    (together,) = binned(x, y, 1, np.tile([0, 1], 50))
    assert alone.mean == together.mean == 0.5
    assert alone.low is not None
    assert alone.low > 0.3
    assert together.low == 0.0


def test_the_quick_interval_of_many_problems_is_that_of_resamplings() -> None:
    values = np.random.default_rng(3).random(1500)
    quick, slow = mean_of(values), estimates([values], 1)[0]
    assert quick.mean == slow.mean
    assert [quick.low, quick.high] == pytest.approx([slow.low, slow.high], abs=2e-3)


def test_rows_that_never_ran_are_in_no_cluster() -> None:
    rows = np.array([[1, 2], [-1, -1], [1, 2], [1, -1]], dtype=np.int32)
    assert cluster_labels(rows).tolist() == [0, -1, 0, 1]


def test_a_histogram_counts_every_value() -> None:
    drawing = histogram(np.array([-5.0, 0.0, 0.5, 1.0, 9.0]), [0, 0.5, 1], "x", "y")
    assert isinstance(drawing, Histogram)
    assert [column.title for column in drawing.columns] == ["0 to 0.5: 2", "0.5 to 1: 3"]


def test_a_higher_value_is_drawn_higher() -> None:
    drawing = trend([Series("s", [Point(0, 0.2, 0.1, 0.3), Point(1, 0.8, 0.7, 0.9)])], "x", "y")
    low, high = drawing.lines[0].marks
    assert high.y < low.y
    assert low.high is not None
    assert low.low is not None
    assert low.high < low.y < low.low


def test_words_that_are_all_the_same_have_no_entropy() -> None:
    assert texts_of(["a a a a"]).entropy_bits == 0.0
    assert texts_of(["a b", "c d"]).entropy_bits == pytest.approx(2.0)
