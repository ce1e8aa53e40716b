"""Lessons as files that other trainers read, too: Parquet and JSON lines with columns `prompt` and `completion`.

Plain prompts are strings. Conversations are lists of {"role", "content"} with the completion as the assistant's turn,
as TRL and others take them. The further columns are ours, and may be left out of a file that somebody else wrote.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa  # type: ignore[import-untyped]  # it ships no types
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from ucoder.errors import InputError
from ucoder.loop_records import Lesson, Message, Prompt
from ucoder.records import content_id, encode_text

__all__ = ["json_lines", "lesson_table", "lessons_digest", "read_lessons"]


def lesson_table(lessons: Sequence[Lesson]) -> pa.Table:
    """One row a lesson."""
    return pa.Table.from_pylist([_row(lesson) for lesson in lessons])


def json_lines(lessons: Iterable[Lesson]) -> bytes:
    """One object a line."""
    return b"".join(json.dumps(_row(lesson)).encode() + b"\n" for lesson in lessons)


def lessons_digest(lessons: Iterable[Lesson]) -> str:
    """32 hexadecimal digits: equal exactly where the lessons and their order are."""
    return content_id(*(json.dumps(_row(lesson), sort_keys=True) for lesson in lessons))


def _row(lesson: Lesson) -> dict[str, object]:
    prompt: object = lesson.prompt
    completion: object = _text(lesson.completion)
    if isinstance(prompt, str):
        prompt = _text(prompt)
    else:
        prompt = [
            {"role": one.role, "content": _text(one.content)} for one in lesson.prompt if isinstance(one, Message)
        ]
        completion = [{"role": "assistant", "content": completion}]
    return {
        "prompt": prompt,
        "completion": completion,
        "weight": lesson.weight,
        "problem_id": lesson.problem_id,
        "held_out": lesson.held_out,
        "provenance": lesson.provenance,
        "reason": lesson.reason,
    }


def _text(text: str) -> str:
    # Parquet and tokenizers take UTF-8, which has no lone surrogates: what the model is taught has none either.
    return encode_text(text).decode("utf-8", "replace")


def read_lessons(file: Path) -> list[Lesson]:
    """The lessons of a file, .parquet or .jsonl. InputError names the line that is no lesson."""
    try:
        if file.suffix == ".parquet":
            rows = pq.read_table(file, partitioning=None).to_pylist()
        else:
            rows = [json.loads(line) for line in file.read_bytes().splitlines() if line.strip()]
    except (OSError, ValueError, pa.ArrowException) as error:
        raise InputError(file, 0, "", f"cannot be read: {error}") from error
    return [_lesson(file, line, row) for line, row in enumerate(rows, 1)]


def _lesson(file: Path, line: int, row: Any) -> Lesson:  # noqa: ANN401  from a file
    if not isinstance(row, Mapping):
        raise InputError(file, line, "", "a lesson is an object")
    weight = row.get("weight", 1.0)
    if not isinstance(weight, int | float) or isinstance(weight, bool) or not 0 <= weight < float("inf"):
        raise InputError(file, line, "weight", f"a finite number, zero or more, not {weight!r}")
    return Lesson(
        prompt=_prompt(file, line, row.get("prompt")),
        completion=_completion(file, line, row.get("completion")),
        weight=float(weight),
        problem_id=str(row.get("problem_id", "")),
        held_out=row.get("held_out") is True,
        provenance=str(row.get("provenance", "")),
        reason=str(row.get("reason", "")),
    )


def _prompt(file: Path, line: int, value: object) -> Prompt:
    if isinstance(value, str):
        return value
    turns = value if isinstance(value, list) else []
    if not turns or not all(isinstance(turn, dict) and isinstance(turn.get("content"), str) for turn in turns):
        raise InputError(file, line, "prompt", 'a string, or a list of {"role", "content"}')
    return tuple(Message(turn["role"], turn["content"]) for turn in turns)


def _completion(file: Path, line: int, value: object) -> str:
    match value:
        case str():
            return value
        case [{"role": "assistant", "content": str() as content}]:
            return content
    raise InputError(file, line, "completion", 'a string, or a list of one {"role": "assistant", "content"}')
