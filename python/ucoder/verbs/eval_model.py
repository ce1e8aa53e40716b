"""`ucoder eval --model`: the samples are drawn here. Needs what the loop needs (`ucoder[loop]`)."""

import json
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from typing import Self

from ucoder.errors import ConfigError
from ucoder.evaluation.exam import BenchmarkProblem
from ucoder.evaluation.generating import as_lines, draw, stops
from ucoder.evaluation.samples import Programs
from ucoder.llm.generator import Generator, Sampling
from ucoder.llm.opening import open_generator
from ucoder.llm.settings import ModelSettings
from ucoder.prompts import PromptStyle
from ucoder.report.rounds import showing_stages
from ucoder.store.answers import AnswerStore
from ucoder.store.files import bytes_writer, publish
from ucoder.verbs.eval import EvalOptions

__all__ = ["Asked"]


@dataclass(frozen=True, slots=True)
class Asked:
    """A model that is asked for the samples: `ucoder.verbs.eval`'s source."""

    generator: Generator
    sampling: Sampling
    style: PromptStyle
    chunk: int
    origin: dict[str, object]
    """What decides the samples, for the evaluation's identity and its result"""

    @classmethod
    def open(cls, options: EvalOptions, problems: Mapping[str, BenchmarkProblem], opened: ExitStack) -> Self:
        if options.n < 1 or (options.temperature == 0.0 and options.n > 1):
            raise ConfigError(f"--n is 1 with temperature 0, and a whole number from 1 else, not {options.n}")
        settings = _model_settings(options)
        style = PromptStyle.load(options.style)
        if (style.form == "chat") != settings.chat:
            raise ConfigError(f"--style {options.style} is for models with chat={str(not settings.chat).lower()}")
        sampling = Sampling(
            temperature=options.temperature,
            top_p=options.top_p,
            max_tokens=options.max_tokens,
            stop=stops(problems.values(), style),
        )
        generator = opened.enter_context(open_generator(settings, run_seed=options.seed))
        origin = {
            "model": options.model, "fingerprint": generator.fingerprint, "style": style.digest, "n": options.n,
            "seed": options.seed, **asdict(sampling), "stop": list(sampling.stop),
        }  # fmt: skip
        return cls(generator, sampling, style, settings.chunk, origin)

    def programs(self, problems: Mapping[str, BenchmarkProblem], options: EvalOptions, /) -> Programs:
        """The samples; they are in the folder as a file, too."""
        with showing_stages() as report:
            programs = draw(
                problems, self.generator, self.sampling, self.style, AnswerStore(options.out / "answers"),
                n=options.n, seed=options.seed, chunk=self.chunk,
                on_answers=lambda done, total: report("candidates", done, total),
            )  # fmt: skip
        publish(options.out / "samples.jsonl", bytes_writer(as_lines(programs)))
        return programs


def _model_settings(options: EvalOptions) -> ModelSettings:
    given: dict[str, object] = {}
    for one in options.set:
        name, equals, text = one.partition("=")
        if not equals:
            raise ConfigError(f"--set takes NAME=VALUE, not {one!r}")
        try:
            given[name] = json.loads(text)
        except ValueError:
            given[name] = text
    given.setdefault("file" if given.get("door") == "scripted" else "model", options.model)
    return ModelSettings.from_mapping(given)
