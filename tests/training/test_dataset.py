"""Rows for training: the loss is on completions, weights stand where labels do, what is too long is dropped."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucoder.errors import ConfigError, InputError
from ucoder.loop_records import Lesson, Message, Prompt
from ucoder.training.dataset import IGNORED, Example, collate, examples, packed
from ucoder.training.lesson_files import json_lines, lesson_table, lessons_digest, read_lessons

END, PAD = 0, 1


class Letters:
    """An encoder whose tokens are letters: a is 97."""

    end_id = END

    def prompt_ids(self, prompt: Prompt) -> list[int]:
        return [ord(letter) for letter in str(prompt)]

    def completion_ids(self, text: str) -> list[int]:
        return [ord(letter) for letter in text]


def lesson(prompt: str, completion: str, weight: float = 1.0) -> Lesson:
    return Lesson(
        prompt=prompt, completion=completion, weight=weight, problem_id="p", held_out=False, provenance="", reason=""
    )


def test_labels_are_the_completion_and_the_end_token_and_nothing_else() -> None:
    found = examples([lesson("ab", "cd", weight=2.0), lesson("e", "f")], Letters(), max_length=10)
    batch = collate([[row] for row in found.rows], PAD, multiple=1)
    assert batch.ids.tolist() == [[97, 98, 99, 100, END], [101, 102, END, PAD, PAD]]
    assert batch.labels.tolist() == [
        [IGNORED, IGNORED, 99, 100, END],
        [IGNORED, 102, END, IGNORED, IGNORED],
    ]
    assert batch.weights.tolist() == [[0, 0, 2, 2, 2], [0, 1, 1, 0, 0]]
    assert batch.mask.tolist() == [[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]]


def test_a_lesson_that_is_too_long_is_dropped_whole_and_counted() -> None:
    found = examples([lesson("ab", "cd"), lesson("ab", "cde"), lesson("a", "b")], Letters(), max_length=5)
    assert [len(row.ids) for row in found.rows] == [5, 3]
    assert (found.num_too_long, found.longest, found.num_tokens) == (1, 6, 8)


def test_lessons_that_are_all_too_long_are_an_error_that_says_how_long() -> None:
    with pytest.raises(ConfigError, match="max_length is 3.*up to 5 tokens"):
        examples([lesson("ab", "cd")], Letters(), max_length=3)


def test_in_a_packed_row_positions_begin_again_and_no_first_token_is_learned() -> None:
    rows = [Example((5, 6, 0), 0, 1.0), Example((7, 8, 9, 0), 1, 0.5)]
    batch = collate([rows], PAD, multiple=8)
    assert batch.ids.tolist() == [[5, 6, 0, 7, 8, 9, 0, PAD]]
    assert batch.positions.tolist() == [[0, 1, 2, 0, 1, 2, 3, 0]]
    assert batch.labels.tolist() == [[IGNORED, 6, 0, IGNORED, 8, 9, 0, IGNORED]]
    assert batch.weights.tolist() == [[0, 1, 1, 0, 0.5, 0.5, 0.5, 0]]


@given(st.lists(st.integers(1, 20), min_size=1, max_size=40))
def test_packing_loses_nothing_and_no_row_is_too_long(lengths: Sequence[int]) -> None:
    rows = [Example((number,) * length, 0, 1.0) for number, length in enumerate(lengths)]
    groups = packed(rows, 20)
    assert all(sum(len(one.ids) for one in group) <= 20 for group in groups)
    assert sorted(one.ids for group in groups for one in group) == sorted(row.ids for row in rows)


# -------------------------------------------------------------------- files

CHAT = Lesson(
    prompt=(Message("system", "Be short."), Message("user", "Add.")),
    completion="```python\npass\n```",
    weight=0.5,
    problem_id="q",
    held_out=True,
    provenance="x",
    reason="why",
)


@pytest.mark.parametrize("lessons", [[lesson("a\n", "    b\n"), lesson("c", "d", 3.0)], [CHAT]], ids=["text", "chat"])
def test_lessons_are_read_back_as_they_were_from_either_file(tmp_path: Path, lessons: list[Lesson]) -> None:
    pq.write_table(lesson_table(lessons), tmp_path / "lessons.parquet")
    (tmp_path / "lessons.jsonl").write_bytes(json_lines(lessons))
    for name in ("lessons.parquet", "lessons.jsonl"):
        read = read_lessons(tmp_path / name)
        assert read == lessons
        assert lessons_digest(read) == lessons_digest(lessons)


def test_a_conversation_has_the_columns_that_other_trainers_read() -> None:
    row = lesson_table([CHAT]).to_pylist()[0]
    assert row["prompt"][1] == {"role": "user", "content": "Add."}
    assert row["completion"] == [{"role": "assistant", "content": "```python\npass\n```"}]


def test_pairs_of_somebody_else_are_lessons_of_weight_one(tmp_path: Path) -> None:
    (tmp_path / "pairs.jsonl").write_text('{"prompt": "a", "completion": "b"}\n', encoding="utf-8")
    (read,) = read_lessons(tmp_path / "pairs.jsonl")
    assert (read.weight, read.held_out) == (1.0, False)


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ('{"completion": "b"}', "prompt"),
        ('{"prompt": "a", "completion": 3}', "completion"),
        ('{"prompt": "a", "completion": "b", "weight": -1}', "weight"),
    ],
)
def test_a_row_that_is_no_lesson_is_named_with_its_line_and_field(tmp_path: Path, line: str, field: str) -> None:
    file = tmp_path / "pairs.jsonl"
    file.write_text('{"prompt": "a", "completion": "b"}\n' + line + "\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_lessons(file)
    assert (caught.value.line, caught.value.field) == (2, field)


def test_text_that_is_no_unicode_is_stored_without_what_cannot_be_encoded(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(json_lines([lesson("a\ud800", "b")]))
    assert np.all(
        [ord(letter) < 0xD800 or ord(letter) > 0xDFFF for letter in read_lessons(tmp_path / "a.jsonl")[0].prompt]
    )
