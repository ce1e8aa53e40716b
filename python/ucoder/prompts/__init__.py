"""Prompts: a style is a folder of jinja2 files, one for each role, with its stop strings and its examples.

Shipped are `base` (few-shot text for base models), `chat` (instructions; the door applies the chat template) and
`compact` (for small models trained on it); any other folder of the same form will do. Whatever is wrong with a folder
is a ConfigError when it is loaded: rendering fails on nothing that loading let through. Templates are sandboxed and
see only the values of their role; text of a model is a value and never a template.
"""

import hashlib
import random
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Literal, Self, TypeAlias, get_args

import jinja2
import jinja2.meta
import jinja2.sandbox

from ucoder.errors import ConfigError
from ucoder.loop_records import DIFFICULTIES, KINDS, Difficulty, Kind, Message, ProblemStatement, Prompt, Skeleton

__all__ = ["STYLES", "Example", "PromptStyle", "Role"]

STYLES = ("base", "chat", "compact")
"""Styles that are shipped, by name"""

Role: TypeAlias = Literal["problem", "rating", "skeleton", "tests", "program"]
_ROLES: tuple[Role, ...] = get_args(Role)
# What a template of each role may use. `examples` may be empty.
_VALUES: dict[Role, frozenset[str]] = {
    "problem": frozenset({"kind", "category", "difficulty", "examples"}),
    "rating": frozenset({"problem", "examples"}),
    "skeleton": frozenset({"problem", "examples"}),
    "tests": frozenset({"skeleton", "ask", "num_tests", "examples"}),
    "program": frozenset({"skeleton"}),
}
_SYSTEM = "system"
_SHIPPED = Path(__file__).parent
_WHAT = f"docs/prompts.md says what a style consists of, and {_SHIPPED / 'base'} is one"


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A worked example: a problem and what every role would answer about it."""

    title: str
    kind: Kind
    category: str
    difficulty: Difficulty
    description: str
    signature: str
    example: str
    hint: str
    quality: int
    summary: str
    skeleton: str
    tests: tuple[str, ...]
    body: str


class PromptStyle:
    """A loaded style. Immutable; threads may share it.

    `digest` names all of its files by their content. `render` is a function of its arguments and those files alone.
    """

    def __init__(self, folder: Path, settings: "_Settings", examples: tuple[Example, ...], digest: str) -> None:
        self.name = folder.name
        self.folder = folder
        self.form = settings.form
        self.examples = examples
        self.digest = digest
        self._stop = settings.stop
        self._prefix = settings.prefix
        environment = jinja2.sandbox.ImmutableSandboxedEnvironment(
            loader=jinja2.FileSystemLoader(folder),
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            autoescape=False,
        )
        self._templates = {name: _template(environment, folder, name) for name in _names(self.form)}

    @classmethod
    def load(cls, name_or_folder: str | Path) -> Self:
        """A shipped style by its name, or a folder's.

        Raises ConfigError naming the folder and what is wrong with it: it is not there, a file is missing or empty, a
        template does not parse or uses a value that its role does not have, `style.toml` has an unknown key.
        """
        folder = _SHIPPED / name_or_folder if name_or_folder in STYLES else Path(name_or_folder)
        if not folder.is_dir():
            raise ConfigError(f"there is no prompt style {str(name_or_folder)!r}: give {', '.join(STYLES)} or a folder")
        settings = _Settings.read(folder)
        files = ["style.toml", *(f"{name}.jinja" for name in _names(settings.form))]
        if missing := [name for name in files if not (folder / name).is_file()]:
            raise ConfigError(f"the prompt folder {folder} has no file {', '.join(missing)}: {_WHAT}")
        own = folder / "examples.toml"
        examples = own if own.is_file() else _SHIPPED / "examples.toml"
        return cls(folder, settings, _examples(examples), _digest([folder / name for name in files], examples))

    def stop(self, role: Role) -> tuple[str, ...]:
        """Strings that end an answer of this role."""
        return self._stop.get(role, ())

    def answer(self, role: Role, text: str) -> str:
        """What a reader is given: the text behind what its prompt began the answer with."""
        return self._prefix.get(role, "") + text

    def problem(self, *, kind: Kind, category: str, difficulty: Difficulty, examples: Sequence[Example]) -> Prompt:
        """Asks for a new problem."""
        return self._render("problem", kind=kind, category=category, difficulty=difficulty, examples=examples)

    def rating(self, *, problem: ProblemStatement, examples: Sequence[Example]) -> Prompt:
        """Asks what a problem is worth."""
        return self._render("rating", problem=problem, examples=examples)

    def skeleton(self, *, problem: ProblemStatement, examples: Sequence[Example]) -> Prompt:
        """Asks for imports, typed `def` and docstring."""
        return self._render("skeleton", problem=problem, examples=examples)

    def tests(self, *, skeleton: Skeleton, ask: str, num_tests: int, examples: Sequence[Example]) -> Prompt:
        """Asks for assertions; `ask` says of which kind."""
        return self._render("tests", skeleton=skeleton, ask=ask, num_tests=num_tests, examples=examples)

    def program(self, *, skeleton: Skeleton) -> Prompt:
        """Asks for a program."""
        return self._render("program", skeleton=skeleton)

    def draw(self, count: int, seed: int, kind: Kind | None = None) -> tuple[Example, ...]:
        """`count` distinct examples (or all there are) in an order that the seed decides.

        With a kind, the last one, which stands next to the question, is of this kind where there is one.
        """
        order = list(self.examples)
        random.Random(seed).shuffle(order)
        if kind is not None:
            order.sort(key=lambda example: example.kind != kind)
            order = order[:1] + [example for example in order[1:] if example.kind != kind]
        return tuple(reversed(order[:count]))

    def _render(self, role: Role, **values: object) -> Prompt:
        text = self._rendered(role, values)
        if self.form == "text":
            return text
        return Message("system", self._rendered(_SYSTEM, {})), Message("user", text)

    def _rendered(self, name: str, values: Mapping[str, object]) -> str:
        try:
            return self._templates[name].render(values)
        except jinja2.TemplateError as error:
            raise ConfigError(f"{self.folder / name}.jinja cannot be filled in: {error}") from error


# ---------------------------------------------------------------- reading a folder


@dataclass(frozen=True, slots=True)
class _Settings:
    """`style.toml`: what kind of prompts these are, how answers end, what prompts begin them with."""

    form: Literal["text", "chat"]
    stop: Mapping[str, tuple[str, ...]]
    prefix: Mapping[str, str]

    @classmethod
    def read(cls, folder: Path) -> "_Settings":
        table = _toml(folder / "style.toml", f"the prompt folder {folder} has no file style.toml: {_WHAT}")
        where = folder / "style.toml"
        if unknown := sorted(table.keys() - {"form", "stop", "prefix"}):
            raise ConfigError(f"{where}: there is no key {unknown[0]!r}; there are form, stop, prefix")
        form = table.get("form")
        if form not in ("text", "chat"):
            raise ConfigError(f"{where}: form is 'text' or 'chat', not {form!r}")
        stop = _by_role(where, table, "stop")
        prefix = _by_role(where, table, "prefix")
        for role, texts in stop.items():
            if not isinstance(texts, list) or not all(isinstance(text, str) and text for text in texts):
                raise ConfigError(f"{where}: stop.{role} is a list of strings, not {texts!r}")
        for role, text in prefix.items():
            if not isinstance(text, str):
                raise ConfigError(f"{where}: prefix.{role} is a string, not {text!r}")
        return cls(form, {role: tuple(texts) for role, texts in stop.items()}, prefix)  # type: ignore[arg-type]  # checked above


def _by_role(where: Path, table: Mapping[str, object], key: str) -> dict[str, object]:
    found = table.get(key, {})
    if not isinstance(found, dict):
        raise ConfigError(f"{where}: {key} is a table by role, not {found!r}")
    if unknown := sorted(found.keys() - set(_ROLES)):
        raise ConfigError(f"{where}: {key} has no role {unknown[0]!r}; there are {', '.join(_ROLES)}")
    return found


def _names(form: str) -> tuple[str, ...]:
    return (_SYSTEM, *_ROLES) if form == "chat" else _ROLES


def _template(environment: jinja2.Environment, folder: Path, name: str) -> jinja2.Template:
    file = folder / f"{name}.jinja"
    try:
        source = file.read_text(encoding="utf-8")
        tree = environment.parse(source)
        template = environment.get_template(file.name)
    except jinja2.TemplateSyntaxError as error:
        raise ConfigError(f"{file}, line {error.lineno}: {error.message}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} cannot be read: {error}") from error
    if not source.strip():
        raise ConfigError(f"{file} is empty")
    allowed = _VALUES.get(name, frozenset())  # type: ignore[call-overload]  # "system" is no role and has no values
    if unknown := sorted(jinja2.meta.find_undeclared_variables(tree) - allowed):
        listed = ", ".join(sorted(allowed)) or "none"
        raise ConfigError(f"{file} uses {unknown[0]!r}, which it is not given; its values are: {listed}")
    return template


def _examples(file: Path) -> tuple[Example, ...]:
    table = _toml(file, f"{file} is not there")
    rows = table.get("example", [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ConfigError(f"{file}: example is a list of tables")
    return tuple(_example(file, number, row) for number, row in enumerate(rows, 1))


def _example(file: Path, number: int, row: dict[str, object]) -> Example:
    names = {one.name for one in fields(Example)}
    if wrong := sorted(names ^ row.keys()):
        state = "is missing" if wrong[0] in names else "is unknown"
        raise ConfigError(f"{file}: in example {number} the key {wrong[0]!r} {state}")
    for name, value in row.items():
        expected = {"quality": int, "tests": list}.get(name, str)
        if not isinstance(value, expected):
            raise ConfigError(f"{file}: in example {number} {name} is {value!r}, which is no {expected.__name__}")
    if row["kind"] not in KINDS or row["difficulty"] not in DIFFICULTIES:
        raise ConfigError(f"{file}: example {number} has a kind or difficulty that does not exist")
    tidy = {name: value.strip("\n") if isinstance(value, str) else value for name, value in row.items()}
    return Example(**{**tidy, "tests": tuple(map(str, row["tests"]))})  # type: ignore[arg-type, call-overload]  # checked above


def _toml(file: Path, missing: str) -> dict[str, object]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(missing) from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{file} cannot be read: {error}") from error


def _digest(files: Sequence[Path], examples: Path) -> str:
    state = hashlib.sha256()
    for file in [*files, examples]:
        content = file.read_bytes()
        state.update(f"{file.name}\0{len(content)}\0".encode())
        state.update(content)
    return state.hexdigest()[:32]
