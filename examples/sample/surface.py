"""Other wordings of a program, as samples of one model differ: names, comments, blank lines, prints at the end.

A rewording never changes what a program returns or, for a script, prints.
"""

import re
from random import Random

from .problem import Problem, tidy

NAMES = {
    "result": ("res", "ans", "output"),
    "total": ("s", "total_sum", "acc"),
    "count": ("cnt", "counter", "num"),
    "seen": ("visited", "known"),
    "out": ("ret", "final", "output_list"),
    "height": ("h", "value"),
    "word": ("w", "token"),
    "line": ("row", "s"),
    "zone": ("z", "current"),
    "part": ("p", "chunk"),
    "move": ("m", "step_name"),
    "index": ("idx", "i"),
    "price": ("p", "cost"),
    "weight": ("w", "car"),
    "item": ("x", "elem"),
    "name": ("n", "person"),
    "level": ("x", "reading"),
    "day": ("d", "pos"),
}
COMMENTS = (
    "# Your code here",
    "# Edge cases first",
    "# Go through the input once",
    "# TODO: optimize",
    "# Use a simple approach",
    "# Initialize variables",
)


def reworded(problem: Problem, body: str, draw: Random) -> str:
    """`body` in other words; the same words when no other way was found."""
    ways = [_renamed, _commented, _spaced] if problem.is_script else [_renamed, _commented, _spaced, _demonstrated]
    text = tidy(body)
    for way in draw.sample(ways, k=1 + draw.randrange(2)):
        text = way(problem, text, draw)
    return text


def _renamed(problem: Problem, body: str, draw: Random) -> str:
    names = [name for name in NAMES if re.search(rf"\b{name}\b", body) and name not in problem.parameters]
    for name in names:
        new = draw.choice(NAMES[name])
        # Words in strings and attributes keep their spelling, so a body that holds such a use is left alone.
        risky = re.search(rf"""['".]{name}\b|\b{name}\b['"=]|\{{{name}\b""", body)
        if not risky and not re.search(rf"\b{new}\b", body + problem.prompt):
            body = re.sub(rf"\b{name}\b", new, body)
    return body


def _commented(problem: Problem, body: str, draw: Random) -> str:
    return f"{draw.choice(COMMENTS)}\n{body}"


def _spaced(problem: Problem, body: str, draw: Random) -> str:
    if draw.randrange(2):
        return body + "\n" * (1 + draw.randrange(3))
    return body.rstrip("\n") + "  # done\n"


def _demonstrated(problem: Problem, body: str, draw: Random) -> str:
    """Models go on after the function; the line stands at the left margin, see `outdented`."""
    call = f"{problem.entry_point}({draw.choice(problem.cases)})"
    if draw.randrange(2):
        return f"{body}\n\n\n{MARGIN}print({call})\n"
    return f"{body}\n\n\n{MARGIN}if __name__ == '__main__':\n{MARGIN}    print({call})\n"


MARGIN = "<margin>"


def outdented(text: str) -> str:
    """Puts the lines that `_demonstrated` marked at the left margin, after the body was indented."""
    return re.sub(rf"^ *{MARGIN}", "", text, flags=re.MULTILINE)
