"""Prompt styles: what is shipped renders, what is wrong with a folder is said when it is loaded."""

import gzip
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ucoder import check
from ucoder.errors import ConfigError
from ucoder.loop_records import KINDS, Message, ProblemStatement, Prompt, Skeleton
from ucoder.parsing.problem import read_problem
from ucoder.parsing.rating import read_rating
from ucoder.parsing.signature import read_signature
from ucoder.parsing.skeleton import SkeletonText, read_skeleton
from ucoder.parsing.suite import read_tests
from ucoder.prompts import STYLES, Example, PromptStyle
from ucoder.stages.contamination import BenchmarkIndex, ContaminationSettings, benchmark_task

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
EXAMPLES = PromptStyle.load("base").examples

PROBLEM = ProblemStatement(
    title="A {{ title }}", kind="tool usage", category="text", difficulty="easy", description="Say {% if %} it.",
    signature="def say(word: str) -> str:", entry_point="say", example="say('a')", hint="{# none #}", provenance="key",
)  # fmt: skip
SKELETON = Skeleton(
    problem_id=PROBLEM.id, imports="", header="def say(word: str) -> str:", docstring="Say it.",
    text='def say(word: str) -> str:\n    """Say it."""\n', entry_point="say", provenance="key",
)  # fmt: skip


def prompts_of(style: PromptStyle) -> dict[str, Prompt]:
    drawn = style.draw(2, 7)
    return {
        "problem": style.problem(kind="tool usage", category="text", difficulty="easy", examples=drawn),
        "rating": style.rating(problem=PROBLEM, examples=drawn),
        "skeleton": style.skeleton(problem=PROBLEM, examples=drawn),
        "tests": style.tests(skeleton=SKELETON, ask="edge cases", num_tests=20, examples=drawn),
        "program": style.program(skeleton=SKELETON),
    }


def text_of(prompt: Prompt) -> str:
    return prompt if isinstance(prompt, str) else "\n".join(message.content for message in prompt)


@pytest.mark.parametrize("name", STYLES)
def test_every_shipped_style_renders_every_role(name: str) -> None:
    style = PromptStyle.load(name)
    for role, prompt in prompts_of(style).items():
        assert isinstance(prompt, str) == (style.form == "text"), role
        assert text_of(prompt).strip(), role


def test_a_chat_prompt_is_a_system_and_a_user_message() -> None:
    prompt = PromptStyle.load("chat").program(skeleton=SKELETON)
    assert isinstance(prompt, tuple)
    assert [message.role for message in prompt] == ["system", "user"]
    assert all(isinstance(message, Message) for message in prompt)


def test_a_base_model_goes_on_right_behind_the_skeleton() -> None:
    assert PromptStyle.load("base").program(skeleton=SKELETON) == SKELETON.text


def test_compact_prompts_have_the_small_models_form() -> None:
    style = PromptStyle.load("compact")
    assert style.program(skeleton=SKELETON) == f"<|problem|>\n{SKELETON.text}<|program|>"
    assert style.stop("program") == ("<|",)


@pytest.mark.parametrize("name", STYLES)
def test_text_of_a_model_is_never_a_template(name: str) -> None:
    rendered = text_of(PromptStyle.load(name).rating(problem=PROBLEM, examples=()))
    assert "Say {% if %} it." in rendered


@pytest.mark.parametrize("name", ["base", "chat"])
def test_what_an_example_shows_is_what_the_readers_read(name: str) -> None:
    """A model that answers as the examples do is understood."""
    prompts = prompts_of(PromptStyle.load(name))
    shown = text_of(prompts["problem"])
    for example in PromptStyle.load(name).draw(2, 7):
        problem = read_problem(shown[shown.index(f"Title: {example.title}") :])
        assert problem.signature is not None
        assert (problem.title, problem.description) == (example.title, example.description)
        assert (problem.example, problem.hint) == (example.example, example.hint)
        assert isinstance(read_skeleton(example.skeleton), SkeletonText)


def test_a_rating_like_the_examples_is_read() -> None:
    shown = text_of(prompts_of(PromptStyle.load("base"))["rating"])
    ratings = re.findall(r"<RATING_START>.*?<RATING_END>", shown, re.DOTALL)
    assert [read_rating(text).quality for text in ratings] == [e.quality for e in PromptStyle.load("base").draw(2, 7)]


def test_draws_follow_from_the_seed_and_end_with_the_kind() -> None:
    style = PromptStyle.load("base")
    draws = {tuple(e.title for e in style.draw(2, seed, "tool usage")) for seed in range(200)}
    assert len(draws) == 2 * (len(EXAMPLES) - 2)  # two of the kind, each beside each of the other kinds
    assert all(style.draw(2, seed, kind)[-1].kind == kind for seed in range(20) for kind in KINDS)
    assert style.draw(3, 5) == style.draw(3, 5)
    assert style.draw(0, 5) == ()


def test_the_digest_names_the_files_by_content(tmp_path: Path) -> None:
    source = PromptStyle.load("base").folder
    same, other = (shutil.copytree(source, tmp_path / name) for name in ("same", "other"))
    (other / "program.jinja").write_text("{{ skeleton.text }}# go on\n", encoding="utf-8")
    digests = [PromptStyle.load(folder).digest for folder in (source, same, other)]
    assert digests[0] == digests[1] != digests[2]


# -------------------------------------------------------------------- folders that will not do


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return shutil.copytree(PromptStyle.load("base").folder, tmp_path / "mine")


def test_a_folder_of_ones_own_works(folder: Path) -> None:
    (folder / "rating.jinja").write_text("Rate {{ problem.title }}:\n", encoding="utf-8")
    assert PromptStyle.load(folder).rating(problem=PROBLEM, examples=()) == "Rate A {{ title }}:"


def test_what_does_not_exist_is_named() -> None:
    with pytest.raises(ConfigError, match="no prompt style 'nothing': give base, chat, compact or a folder"):
        PromptStyle.load("nothing")


def test_an_empty_folder_is_named_with_what_it_lacks(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=re.escape(f"{tmp_path} has no file style.toml")):
        PromptStyle.load(tmp_path)


def test_every_missing_file_is_named(folder: Path) -> None:
    (folder / "rating.jinja").unlink()
    (folder / "tests.jinja").unlink()
    with pytest.raises(ConfigError, match=r"mine has no file rating\.jinja, tests\.jinja"):
        PromptStyle.load(folder)


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("rating.jinja", "", r"rating\.jinja is empty"),
        ("rating.jinja", "a\n{% for %}", r"rating\.jinja, line 2: "),
        (
            "rating.jinja",
            "{{ skeleton.text }}",
            r"uses 'skeleton', which it is not given; its values are: examples, prob",
        ),
        ("rating.jinja", b"\xff", r"rating\.jinja cannot be read"),
        ("style.toml", "form = 'text'\nfrom = 1", r"style\.toml: there is no key 'from'; there are form, stop, prefix"),
        ("style.toml", "form = 'prose'", "form is 'text' or 'chat', not 'prose'"),
        ("style.toml", "form = 'chat'", r"has no file system\.jinja"),
        ("style.toml", "form = 'text'\n[stop]\nanswer = ['a']", "stop has no role 'answer'; there are problem, rating"),
        ("style.toml", "form = 'text'\n[stop]\ntests = ['']", "stop.tests is a list of strings"),
        ("style.toml", "form = 'text'\n[prefix]\ntests = 1", "prefix.tests is a string"),
        ("style.toml", "form =", r"style\.toml cannot be read"),
        ("examples.toml", "[[example]]\ntitle = 'a'", "in example 1 the key 'body' is missing"),
        ("examples.toml", "example = 1", "example is a list of tables"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(folder: Path, file: str, content: str | bytes, message: str) -> None:
    (folder / file).write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ConfigError, match=message):
        PromptStyle.load(folder)


def test_a_template_cannot_reach_the_machine(folder: Path) -> None:
    (folder / "rating.jinja").write_text("{{ problem.__class__.__mro__ }}", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"rating\.jinja cannot be filled in"):
        PromptStyle.load(folder).rating(problem=PROBLEM, examples=())


# -------------------------------------------------------------------- the examples


@pytest.mark.usefixtures("sandbox")
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.title)
def test_the_body_of_an_example_passes_its_tests(example: Example) -> None:
    signature = read_signature(example.signature)
    assert signature is not None
    program = f"{example.skeleton}\n{example.body}\n"
    assert check(program, list(example.tests), signature.entry_point).passed
    found = read_tests("\n".join(example.tests), signature.entry_point)
    assert len(found.tests) == len(example.tests)
    assert not found.refused


def test_every_kind_has_two_examples() -> None:
    assert all(sum(example.kind == kind for example in EXAMPLES) == 2 for kind in KINDS)


def benchmark_rows() -> Iterator[tuple[str, dict[str, Any]]]:
    for file in sorted(DATA.glob("*/*.gz")):
        if file.parent.name in {"humaneval", "mbpp", "mbppplus", "bigcodebench_hard", "leetcode", "codecontests"}:
            text = gzip.decompress(file.read_bytes()).decode()
            table = json.loads(text) if file.name.endswith(".json.gz") else [json.loads(x) for x in text.splitlines()]
            rows = table.values() if isinstance(table, dict) else table
            yield from ((file.parent.name, row) for row in rows)


@pytest.mark.one_python
@pytest.mark.skipif(not DATA.is_dir(), reason=f"no public data at {DATA}")
def test_no_example_is_a_benchmarks_problem() -> None:
    """Also at runs of eight words, where ordinary phrases begin to match."""
    tasks = [benchmark_task(name, row) for name, row in benchmark_rows()]
    assert len(tasks) > 1000
    assert len({task.benchmark for task in tasks if task.text}) == 6
    index = BenchmarkIndex(tasks, ContaminationSettings(run_words=8, min_words=5))
    for example in EXAMPLES:
        text = f"{example.title}\n{example.description}\n{example.example}\n{example.skeleton}\n{example.body}"
        assert index.match(text, read_signature(example.signature)) == ("", ""), example.title
