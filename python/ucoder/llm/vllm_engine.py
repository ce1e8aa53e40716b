"""The engine's process: `python -m ucoder.llm.vllm_engine IN OUT`, with two descriptors of pipes as arguments.

One JSON object a line, in and out; a model's text crosses as token ids. In: first {"engine": arguments of vLLM's
engine, "window", "repeats"}, then {"op": "sample", ...} and {"op": "abort"}. Out: {"op": "ready"} or {"op": "broken"},
then {"op": "done"} a part, {"op": "failed"}, and {"op": "alive"} now and then while tokens are made.

The end of IN is the end of this process and of all that vLLM has started: the parent may have been killed.
Every sample is a request of its own to vLLM, so that each has its seed and can be cut short; the prompt is shared
through the prefix cache.
"""

import json
import os
import queue
import signal
import sys
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from vllm import EngineArgs, SamplingParams, TokensPrompt
from vllm.sampling_params import RequestOutputKind
from vllm.v1.engine.llm_engine import LLMEngine

from ucoder.llm.repetition import STRIDE, repetition_start

__all__ = ["main"]

_ALIVE_S = 5.0


@dataclass(slots=True)
class _Part:
    """Samples that are answered together."""

    id: int
    texts: list[tuple[list[int], float, str] | None]
    """Per sample: token ids, sum of their log-probabilities, why it ended"""


@dataclass(slots=True)
class _Text:
    part: _Part
    place: int
    ids: list[int] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)
    checked: int = 0


class _Engine:
    """vLLM's engine, and what of it goes to the parent."""

    def __init__(self, start: dict[str, Any], out: int) -> None:
        self._window: int = start["window"]
        self._repeats: int = start["repeats"]
        self._out = out
        # Outputs come when there is something to look at, not at every token: the front end costs time, too.
        self._engine = LLMEngine.from_engine_args(EngineArgs(**start["engine"], stream_interval=STRIDE))
        self._texts: dict[str, _Text] = {}
        self._said_s = time.monotonic()

    def serve(self, inbox: "queue.SimpleQueue[dict[str, Any]]") -> None:
        """Work for ever."""
        while True:
            while not (inbox.empty() and self._texts):
                self._obey(inbox.get())
            for output in self._engine.step():
                self._take(output)
            now = time.monotonic()
            if now - self._said_s > _ALIVE_S:
                self.say({"op": "alive"})

    def say(self, message: dict[str, Any]) -> None:
        self._said_s = time.monotonic()
        send(self._out, message)

    def _obey(self, message: dict[str, Any]) -> None:
        if message["op"] == "abort":
            self._engine.abort_request(list(self._texts))
            self._texts.clear()
            return
        part = _Part(message["id"], [None] * message["n"])
        try:
            for place in range(message["n"]):
                name = f"{part.id}.{place}"
                self._engine.add_request(
                    name, TokensPrompt(prompt_token_ids=message["prompt"]), _parameters(message, place)
                )
                self._texts[name] = _Text(part, place)
        except ValueError as error:  # vLLM's word for a request it does not take
            self._drop(part)
            self.say({"op": "failed", "id": part.id, "message": str(error)})

    def _take(self, output: Any) -> None:  # noqa: ANN401  untyped library
        text = self._texts.get(output.request_id)
        if text is None:
            return  # it was aborted
        new = output.outputs[0]
        ids = list(new.token_ids)
        text.ids += ids
        text.logprobs += (new.logprobs[i][token].logprob for i, token in enumerate(ids))
        ending = new.finish_reason
        cut = repetition_start(text.ids, text.checked, self._window, self._repeats)
        # A text that ended by itself just there was not cut by us.
        if cut is not None and (cut < len(text.ids) or ending is None):
            del text.ids[cut:], text.logprobs[cut:]
            if ending is None:
                self._engine.abort_request([output.request_id])
            ending = "repetition"
        text.checked = len(text.ids)
        if ending is not None:
            del self._texts[output.request_id]
            self._finish(text, ending)

    def _finish(self, text: _Text, ending: str) -> None:
        part = text.part
        if ending not in ("stop", "length", "repetition"):
            self._drop(part)
            self.say({"op": "failed", "id": part.id, "message": f"vLLM ended a text with {ending!r}"})
            return
        part.texts[text.place] = (text.ids, sum(text.logprobs), ending)
        if all(one is not None for one in part.texts):
            self.say({"op": "done", "id": part.id, "texts": part.texts})

    def _drop(self, part: _Part) -> None:
        names = [name for name, text in self._texts.items() if text.part is part]
        self._engine.abort_request(names)
        for name in names:
            del self._texts[name]


def _parameters(message: dict[str, Any], place: int) -> SamplingParams:
    """One sample's. The tokens that end a text are the parent's choice, whatever the model's folder says."""
    return SamplingParams(
        temperature=message["temperature"],
        top_p=message["top_p"],
        max_tokens=message["max_tokens"],
        stop=message["stop"] or None,
        stop_token_ids=message["end_ids"],
        ignore_eos=True,
        seed=message["seeds"][place] if message["seeds"] else None,
        logprobs=0,
        detokenize=bool(message["stop"]),
        output_kind=RequestOutputKind.DELTA,
    )


def send(out: int, message: dict[str, Any]) -> None:
    """Write one line, whole."""
    data = json.dumps(message, separators=(",", ":")).encode() + b"\n"
    while data:
        data = data[os.write(out, data) :]


def _read(lines: Any, inbox: "queue.SimpleQueue[dict[str, Any]]") -> None:  # noqa: ANN401  a binary file
    """The reading thread. It always has room, so the parent never waits for us; the end of input ends everything."""
    for line in lines:
        inbox.put(json.loads(line))
    os.killpg(os.getpid(), signal.SIGKILL)


def main() -> None:
    """Read what engine to start, start it, serve."""
    lines, out = os.fdopen(int(sys.argv[1]), "rb"), int(sys.argv[2])
    start = json.loads(lines.readline())
    inbox: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(lines, inbox), daemon=True).start()
    try:
        engine = _Engine(start, out)
    except Exception as error:
        send(out, {"op": "broken", "message": f"{type(error).__name__}: {error}"})
        raise
    engine.say({"op": "ready"})
    engine.serve(inbox)


if __name__ == "__main__":
    main()
