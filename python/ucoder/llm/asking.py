"""From questions to requests and from samples to answers: chunks, row keys, and what of a stage is still to be asked.

Everything is found again by key, never by count: the key of a sample follows from stage, model, rendered prompt,
sampling settings and sample index (`ucoder.loop_records.row_key`).
"""

from collections.abc import Container, Iterable, Iterator
from dataclasses import asdict, dataclass

from ucoder.llm.generator import Generator, Prompt, Request, Samples, Sampling
from ucoder.loop_records import Answer, row_key

__all__ = ["Asking", "ask_id_of", "chunked"]


def chunked(ask_id: str, prompt: Prompt, n: int, seed: int, chunk: int) -> Iterator[Request]:
    """Requests for samples 0 to n - 1 of one question, `chunk` in each but perhaps the last.

    All have the question's seed, so how they are cut does not change what is drawn.
    """
    return (
        Request(id=f"{ask_id}/{first}", prompt=prompt, n=min(chunk, n - first), seed=seed, first_index=first)
        for first in range(0, n, chunk)
    )


def ask_id_of(request_id: str) -> str:
    """The question that a request belongs to."""
    return request_id.partition("/")[0]


@dataclass(frozen=True, slots=True)
class Asking:
    """One stage's way of asking one model: what decides the keys of its rows."""

    stage: str
    """Name and version, for example "suites/1" """
    generator: Generator
    sampling: Sampling

    def key(self, rendered: str, index: int) -> str:
        """The row key of a sample."""
        return row_key(self.stage, self.generator.fingerprint, rendered, asdict(self.sampling), index)

    def keys(self, requests: Iterable[Request]) -> Iterator[str]:
        """The row keys of all samples of the requests, in order: what a finished stage has."""
        for request in requests:
            rendered = self.generator.render(request.prompt)
            for index in range(request.first_index, request.first_index + request.n):
                yield self.key(rendered, index)

    def remaining(self, requests: Iterable[Request], known: Container[str]) -> Iterator[Request]:
        """The requests without the samples whose keys are known; one with a gap inside becomes several."""
        for request in requests:
            rendered = self.generator.render(request.prompt)
            wanted = range(request.first_index, request.first_index + request.n)
            missing = [index for index in wanted if self.key(rendered, index) not in known]
            for first, n in _stretches(missing):
                ask = ask_id_of(request.id)
                yield Request(id=f"{ask}/{first}", prompt=request.prompt, n=n, seed=request.seed, first_index=first)

    def answers(self, requests: Iterable[Request]) -> Iterator[Answer]:
        """Ask, and give each sample as a row, in the order in which they come. Raises what the generator raises."""
        rendered: dict[str, str] = {}
        left: dict[str, int] = {}

        def noted() -> Iterator[Request]:
            for request in requests:
                rendered[request.id] = self.generator.render(request.prompt)
                left[request.id] = request.n
                yield request

        for samples in self.generator.sample(noted(), self.sampling):
            yield from self._rows(samples, rendered[samples.request_id])
            left[samples.request_id] -= len(samples.completions)
            if not left[samples.request_id]:
                del rendered[samples.request_id], left[samples.request_id]

    def _rows(self, samples: Samples, rendered: str) -> Iterator[Answer]:
        for index, completion in enumerate(samples.completions, samples.first_index):
            yield Answer(
                key=self.key(rendered, index),
                ask_id=ask_id_of(samples.request_id),
                index=index,
                text=completion.text,
                num_tokens=completion.num_tokens,
                mean_logprob=completion.mean_logprob,
                ending=completion.ending,
            )


def _stretches(indices: list[int]) -> Iterator[tuple[int, int]]:
    """Consecutive indices as (first, how many)."""
    start = 0
    for end in range(1, len(indices) + 1):
        if end == len(indices) or indices[end] != indices[end - 1] + 1:
            yield indices[start], end - start
            start = end
