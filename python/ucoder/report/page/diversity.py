"""How varied problems and programs are: words, categories, complexity, node types of the syntax tree."""

import ast
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ucoder.parsing.source import parse
from ucoder.report.page.blocks import Bar, Bars, Block, Chart, Note, Section, Table, count, number, percent
from ucoder.report.page.charts import histogram
from ucoder.report.page.measures import Measured
from ucoder.report.page.sources import Origin, Statement

__all__ = ["Texts", "diversity", "texts_of"]

_WORD = re.compile(r"\w+|[^\w\s]")
_MOST_CATEGORIES = 12
_NODE_TYPES = 16
_MOST_COMPLEX = 15
_DECISIONS = (
    ast.If,
    ast.For,
    ast.While,
    ast.IfExp,
    ast.ExceptHandler,
    ast.comprehension,
    ast.Assert,
    ast.BoolOp,
    ast.match_case,
)
_UNTELLING = (
    ast.Load,
    ast.Store,
    ast.Del,
    ast.Module,
    ast.expr_context,
    ast.operator,
    ast.cmpop,
    ast.boolop,
    ast.unaryop,
    ast.arg,
    ast.arguments,
)


@dataclass(frozen=True, slots=True)
class Texts:
    """Some texts as a whole."""

    num_texts: int
    num_words: int
    vocabulary: int
    entropy_bits: float
    """Of the distribution of words: the lexical entropy"""
    distinct_pairs: float
    """Share of pairs of neighbours that are distinct"""


@dataclass(frozen=True, slots=True)
class Shape:
    """A program's syntax tree in numbers."""

    complexity: int
    """1 and the decisions in it (McCabe)"""
    lines: int
    node_types: frozenset[str]


def diversity(origin: Origin, measured: Sequence[Measured]) -> Section:
    """Of problems (a loop's) and of programs."""
    blocks: list[Block] = []
    for one in origin.rounds:
        blocks += _categories(f"round {one.number}", list(one.statements.values()))
    rows = [
        *(
            (f"problems, round {one.number}", texts_of(s.text for s in one.statements.values()))
            for one in origin.rounds
            if one.statements
        ),
        *((_name("programs", found), texts_of(found.programs)) for found in measured),
        *((_name("selected programs", found), texts_of(found.selected_programs)) for found in measured),
    ]
    told = [_row(name, texts) for name, texts in rows if texts.num_words]
    if told:
        head = ("", "texts", "words", "distinct words", "entropy, bits", "distinct pairs")
        blocks.append(Table("Lexical entropy: of the distribution of words and signs", head, told))
    blocks += _shapes(measured)
    if not blocks:
        return Section("diversity", "Diversity", absent="There are no problems and no programs yet.")
    blocks.append(Note("Programs: at most 2,000 distinct ones, spread evenly over the problems."))
    return Section("diversity", "Diversity", blocks)


def texts_of(texts: Iterable[str]) -> Texts:
    """Count words and signs."""
    words: Counter[str] = Counter()
    pairs: Counter[tuple[str, str]] = Counter()
    num_texts = 0
    for text in texts:
        found = _WORD.findall(text)
        words.update(found)
        pairs.update(pairwise(found))
        num_texts += 1
    shares = np.array(list(words.values()), dtype=np.float64) / max(1, words.total())
    entropy = float(-(shares * np.log2(shares)).sum()) if words else 0.0
    distinct = len(pairs) / pairs.total() if pairs else 0.0
    return Texts(num_texts, words.total(), len(words), max(0.0, entropy), distinct)


def _row(name: str, texts: Texts) -> tuple[str, ...]:
    return (
        name,
        count(texts.num_texts),
        count(texts.num_words),
        count(texts.vocabulary),
        number(texts.entropy_bits),
        percent(texts.distinct_pairs),
    )


def _name(what: str, found: Measured) -> str:
    return what + (f", {found.name}" if found.name else "")


def _categories(where: str, statements: Sequence[Statement]) -> Iterator[Block]:
    for title, values in (
        ("Kinds", [one.kind for one in statements]),
        ("Categories", [one.category for one in statements]),
        ("Difficulties", [one.difficulty for one in statements]),
    ):
        counts = Counter(value for value in values if value)
        if len(counts) < 2:
            continue
        total = counts.total()
        shown = counts.most_common(_MOST_CATEGORIES)
        bars = [Bar(name, many / total, f"{many:,} ({percent(many / total)})") for name, many in shown]
        if rest := total - sum(many for _, many in shown):
            bars.append(Bar(f"{len(counts) - len(shown):,} others", rest / total, f"{rest:,}", muted=True))
        yield Bars(f"{title} of problems, {where}", bars)


def _shapes(measured: Sequence[Measured]) -> Iterator[Block]:
    """Charts of complexity, then tables: a row or a column for all and for selected programs of each round."""
    groups: dict[str, list[Shape]] = {}
    for found in measured:
        for what, texts in (("all", found.programs), ("selected", found.selected_programs)):
            shapes = [shape for text in texts if (shape := _shape(text))]
            if not shapes:
                continue
            groups[_name(what, found)] = shapes
            if what == "all":
                unread = len(texts) - len(shapes)
                caption = f"Cyclomatic complexity of {len(shapes):,} {_name('programs', found)}"
                drawing = histogram(
                    np.array([one.complexity for one in shapes], dtype=np.float64),
                    [*range(1, _MOST_COMPLEX + 1)],
                    "complexity",
                    "programs",
                    open_end=True,
                )
                yield Chart(caption + (f" ({unread:,} more do not parse)" if unread else ""), drawing)
    if not groups:
        return
    yield Table(
        "Complexity and length",
        ("", "programs", "complexity, median", "mean", "lines, median"),
        [
            (
                name,
                count(len(shapes)),
                number(float(np.median([one.complexity for one in shapes])), 1),
                number(float(np.mean([one.complexity for one in shapes]))),
                number(float(np.median([one.lines for one in shapes])), 1),
            )
            for name, shapes in groups.items()
        ],
    )
    having = {name: Counter(node for one in shapes for node in one.node_types) for name, shapes in groups.items()}
    most = sum(having.values(), Counter[str]()).most_common(_NODE_TYPES)
    yield Table(
        "Node types of the syntax tree: share of programs that have one",
        ("node", *groups),
        [(node, *(percent(having[name][node] / len(shapes)) for name, shapes in groups.items())) for node, _ in most],
    )


def _shape(text: str) -> Shape | None:
    """None where the text is no Python, or larger than is read here."""
    module = parse(text)
    if module is None:
        return None
    nodes = list(ast.walk(module))
    return Shape(
        1 + sum(isinstance(node, _DECISIONS) for node in nodes),
        sum(bool(line.strip()) for line in text.splitlines()),
        frozenset(type(node).__name__ for node in nodes if not isinstance(node, _UNTELLING)),
    )
