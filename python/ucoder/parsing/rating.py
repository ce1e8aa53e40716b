"""Reads a rating: quality, difficulty, category and summary between `<RATING_START>` and `<RATING_END>`."""

import re
from dataclasses import dataclass

from ucoder.loop_records import Difficulty
from ucoder.parsing.marked import labelled, regions

__all__ = ["RatingText", "difficulty_in", "read_rating"]

SCALE = 5.0
_LABELS = {
    "quality": "quality", "score": "quality", "rating": "quality", "quality score": "quality", "overall": "quality",
    "overall score": "quality", "quality rating": "quality",
    "difficulty": "difficulty", "level": "difficulty", "difficulty level": "difficulty",
    "category": "category", "topic": "category",
    "summary": "summary", "reason": "summary", "comment": "summary", "explanation": "summary", "review": "summary",
}  # fmt: skip
# At most nine digits: what is longer is no score. The slash or "of" gives the scale where there is one.
_SCORE = re.compile(
    r"(?<![\w.])(-?[0-9]{1,9}(?:[.,][0-9]{1,9})?)(?:[ \t]{0,4}(?:/|out of|of)[ \t]{0,4}([0-9]{1,3})\b)?"
)
_STARS = re.compile(r"[★⭐]{1,20}")
_DIFFICULTIES: dict[str, Difficulty] = {
    "easy": "easy", "simple": "easy", "beginner": "easy", "trivial": "easy", "low": "easy", "basic": "easy",
    "medium": "medium", "moderate": "medium", "intermediate": "medium", "average": "medium",
    "hard": "hard", "difficult": "hard", "advanced": "hard", "expert": "hard", "high": "hard", "challenging": "hard",
}  # fmt: skip
_WORD = re.compile(r"[a-z]+")
_FIELD_LENGTH = 200


@dataclass(frozen=True, slots=True)
class RatingText:
    """What a rating says; None or "" where it says nothing, or nothing that makes sense."""

    quality: float | None = None
    """From 1 to 5; other scales that the text names are brought to it"""
    difficulty: Difficulty | None = None
    category: str = ""
    summary: str = ""


def read_rating(text: str) -> RatingText:
    """The first rating in the text. Never raises."""
    read = [_read_region(content) for content in regions(text, "RATING")]
    return next((rating for rating in read if rating.quality is not None), read[0])


def _read_region(content: str) -> RatingText:
    sections = labelled(content, _LABELS)
    scored = sections.get("quality", "" if sections else content)
    return RatingText(
        quality=_score_in(scored[:_FIELD_LENGTH]),
        difficulty=difficulty_in(sections.get("difficulty", "")),
        category=sections.get("category", "").partition("\n")[0].strip("*_#` \t").lower()[:_FIELD_LENGTH],
        summary=sections.get("summary", ""),
    )


def difficulty_in(text: str) -> Difficulty | None:
    """The first word that names a difficulty, else a number from 1 to 5 in thirds."""
    short = text[:_FIELD_LENGTH].lower()
    for word in _WORD.findall(short):
        if word in _DIFFICULTIES:
            return _DIFFICULTIES[word]
    score = _score_in(short)
    if score is None:
        return None
    return "easy" if score <= 2 else "medium" if score < 4 else "hard"


def _score_in(text: str) -> float | None:
    """The first number, on the scale from 1 to 5. A number below 1 is 1; one beyond its scale is no score."""
    found = _SCORE.search(text)
    if found is None:
        stars = _STARS.search(text)
        return min(float(len(stars[0])), SCALE) if stars else None
    value = float(found[1].replace(",", "."))
    scale = float(found[2]) if found[2] else SCALE
    if scale < 1 or not 0 <= value <= scale:
        return None
    return max(value * SCALE / scale, 1.0)
