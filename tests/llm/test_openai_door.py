"""The openai door against a real server on loopback that misbehaves in the ways servers do."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from tests.conftest import needed

from ucoder.errors import ConfigError, GeneratorError, ServerError
from ucoder.llm.generator import Generator, Message, Request, Sampling
from ucoder.llm.opening import open_generator
from ucoder.llm.settings import ModelSettings

from .conftest import texts_of

pytestmark = pytest.mark.one_python

Reply = tuple[int, Any]
Answer = Callable[[str, dict[str, Any], int], Reply]
MODELS = {"object": "list", "data": [{"id": "tiny", "object": "model", "created": 1, "owned_by": "us"}]}


@contextmanager
def server(answer: Answer, models: Reply = (200, MODELS)) -> Iterator[str]:
    """Serves `answer(path, body, number of the request)`; a body that is a string is sent as it is."""
    lock, count = threading.Lock(), [0]

    class Handler(BaseHTTPRequestHandler):
        def reply(self, status: int, content: Any) -> None:
            data = content.encode() if isinstance(content, str) else json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def do_GET(self) -> None:
            self.reply(*models)

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with lock:
                number, count[0] = count[0], count[0] + 1
            self.reply(*answer(self.path, body, number))

        def log_message(self, *_args: object) -> None:
            pass

    class Quiet(ThreadingHTTPServer):
        def handle_error(self, *_args: object) -> None:
            """A client that went away is no news."""

    listening = Quiet(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=listening.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.server_port}/v1"
    finally:
        listening.shutdown()
        listening.server_close()
        thread.join()


def completions(body: dict[str, Any], n: int | None = None) -> Reply:
    """A good answer: texts that name their seed and number."""
    choices = [
        {
            "index": i,
            "text": f"{body['prompt']}:{body['seed']}:{i}",
            "finish_reason": "stop" if i % 2 == 0 else "length",
            "logprobs": {"token_logprobs": [-1.0, -2.0], "tokens": ["a", "b"], "text_offset": [0, 1]},
        }
        for i in range(body["n"] if n is None else n)
    ]
    usage = {"prompt_tokens": 1, "completion_tokens": 2 * len(choices), "total_tokens": 1 + 2 * len(choices)}
    return 200, {
        "id": "x",
        "object": "text_completion",
        "created": 1,
        "model": "tiny",
        "choices": choices,
        "usage": usage,
    }


def good(_path: str, body: dict[str, Any], _number: int) -> Reply:
    return completions(body)


def opened(address: str, **settings: Any) -> Generator:
    needed("openai")
    defaults = {"door": "openai", "model": "tiny", "base_url": address, "chunk": 4, "retries": 3, "timeout_s": 5}
    return open_generator(ModelSettings.from_mapping({**defaults, **settings}), run_seed=1)


ASKED = [Request(id=str(i), prompt=f"p{i}", n=6, seed=i) for i in range(3)]


def test_each_sample_is_asked_for_with_its_own_seed() -> None:
    with server(good) as address, opened(address) as generator:
        texts = texts_of(generator, ASKED, Sampling())
        again = texts_of(generator, [Request(id="1", prompt="p1", n=2, seed=1, first_index=4)], Sampling())
    assert len(texts) == 18
    assert len({one.text for one in texts.values()}) == 18
    assert all(one.text.startswith(f"p{request_id}:") for (request_id, _), one in texts.items())
    assert {key: one.text for key, one in again.items()} == {("1", i): texts["1", i].text for i in (4, 5)}
    assert {(one.num_tokens, one.mean_logprob) for one in texts.values()} == {(2, -1.5)}


def test_with_engine_seeding_a_part_is_one_request() -> None:
    sizes = []

    def answer(_path: str, body: dict[str, Any], _number: int) -> Reply:
        sizes.append(body["n"])
        return completions(body)

    with server(answer) as address, opened(address, seeding="engine") as generator:
        texts = texts_of(generator, ASKED, Sampling())
    assert sorted(sizes) == [2, 2, 2, 4, 4, 4]
    assert texts["0", 1].ending == "length"
    assert texts["0", 2].ending == "stop"


def test_a_server_that_is_busy_is_asked_again() -> None:
    def answer(_path: str, body: dict[str, Any], number: int) -> Reply:
        return ((503, 429)[number], {"error": {"message": "busy"}}) if number < 2 else completions(body)

    with server(answer) as address, opened(address, concurrency=1) as generator:
        assert len(texts_of(generator, ASKED[:1], Sampling())) == 6


def test_a_server_that_stays_busy_is_an_error_with_its_words() -> None:
    with (
        server(lambda *_: (503, {"error": {"message": "out of cake"}})) as address,
        opened(address, retries=1) as generator,
        pytest.raises(ServerError, match=r"refuses after 2 tries: status 503.*out of cake"),
    ):
        texts_of(generator, ASKED, Sampling())


RUBBISH = {
    "not JSON": (200, "<html>hello</html>"),
    "no choices": (200, {"ok": True}),
    "choices that are none": (200, {"choices": "many"}),
    "a choice without text": (200, {"choices": [{"index": 0}]}),
    "empty choices": (200, {"choices": []}),
    "null": (200, "null"),
    "a number": (200, "17"),
    "a list": (200, "[]"),
    "truncated": (200, '{"choices": [{"te'),
}


@pytest.mark.parametrize("case", RUBBISH)
def test_rubbish_is_an_error_that_names_the_server(case: str) -> None:
    with (
        server(lambda *_: RUBBISH[case]) as address,
        opened(address, retries=0) as generator,
        pytest.raises(ServerError, match=address),
    ):
        texts_of(generator, ASKED[:1], Sampling())


def test_texts_that_are_missing_are_asked_for_again() -> None:
    def answer(_path: str, body: dict[str, Any], _number: int) -> Reply:
        return completions(body, n=1)

    with server(answer) as address, opened(address, seeding="engine") as generator:
        texts = texts_of(generator, ASKED, Sampling())
    assert len({one.text for one in texts.values()}) == 18


def test_a_server_without_logprobs_gives_none() -> None:
    def answer(_path: str, body: dict[str, Any], _number: int) -> Reply:
        status, content = completions(body)
        for choice in content["choices"]:
            choice["logprobs"] = None
        return status, content

    with server(answer) as address, opened(address) as generator:
        texts = texts_of(generator, ASKED[:1], Sampling())
    assert {(one.num_tokens, one.mean_logprob) for one in texts.values()} == {(2, None)}


@pytest.mark.parametrize("mark", [{"code": "context_length_exceeded"}, {"code": 400, "param": "input_tokens"}])
def test_a_prompt_that_is_too_long_stops_nothing(mark: dict[str, Any]) -> None:
    def answer(_path: str, body: dict[str, Any], _number: int) -> Reply:
        if body["prompt"] == "p0" or (body["prompt"] == "p1" and body["max_tokens"]):
            return 400, {"error": {"message": "too long", "type": "BadRequestError", **mark}}
        return completions(body)

    with server(answer) as address, opened(address) as generator:
        texts = texts_of(generator, ASKED, Sampling())
    assert {(texts["0", i].ending, texts["0", i].num_tokens) for i in range(6)} == {("length", 0)}
    assert all(texts["1", i].num_tokens == 2 for i in range(6))  # there was room, only not for max_tokens


def test_another_bad_request_is_an_error() -> None:
    with (
        server(lambda *_: (400, {"error": {"message": "no such parameter", "code": 400}})) as address,
        opened(address) as generator,
        pytest.raises(ServerError, match="no such parameter"),
    ):
        texts_of(generator, ASKED, Sampling())


def test_no_more_requests_are_under_way_than_allowed() -> None:
    lock, now, most = threading.Lock(), [0], [0]

    def answer(_path: str, body: dict[str, Any], _number: int) -> Reply:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        time.sleep(0.02)
        with lock:
            now[0] -= 1
        return completions(body)

    with server(answer) as address, opened(address, concurrency=3) as generator:
        texts_of(generator, ASKED, Sampling())
    assert most[0] == 3


def test_a_conversation_goes_to_the_chat_endpoint_as_it_is() -> None:
    seen = []

    def answer(path: str, body: dict[str, Any], _number: int) -> Reply:
        seen.append((path, body["messages"]))
        tokens = [{"token": "a", "logprob": -0.25, "top_logprobs": []}]
        choice = {"index": 0, "message": {"role": "assistant", "content": "hi"}, "finish_reason": "stop"}
        return 200, {"choices": [{**choice, "logprobs": {"content": tokens}}]}

    prompt = (Message("system", "Be brief."), Message("user", "Hello"))
    with server(answer) as address, opened(address, endpoint="chat", chat=True) as generator:
        texts = texts_of(generator, [Request(id="q", prompt=prompt, n=1, seed=0)], Sampling())
        assert json.loads(generator.render(prompt))[1] == {"role": "user", "content": "Hello"}
        with pytest.raises(ConfigError, match="takes conversations"):
            generator.render("text")
    turns = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello"}]
    assert seen == [("/v1/chat/completions", turns)]
    assert (texts["q", 0].text, texts["q", 0].mean_logprob) == ("hi", -0.25)


# ---------------------------------------------------------------- before work starts


def test_a_server_that_is_down_is_named() -> None:
    with server(good) as address:
        pass
    with pytest.raises(ServerError, match=f"base_url: no server answers at {address}"):
        opened(address, retries=0)


def test_a_model_the_server_does_not_have_is_named() -> None:
    with server(good) as address, pytest.raises(ConfigError, match="has no 'huge'; it has tiny"):
        opened(address, model="huge")


@pytest.mark.parametrize("models", [(200, "hello"), (200, "[]"), (200, {"data": 3}), (200, "null")])
def test_what_is_no_model_server_is_named(models: Reply) -> None:
    with server(good, models) as address, pytest.raises(ServerError, match=f"{address} is no model server"):
        opened(address)


def test_a_server_that_refuses_is_quoted() -> None:
    with (
        server(good, (401, {"error": {"message": "wrong key"}})) as address,
        pytest.raises(ServerError, match="status 401.*wrong key"),
    ):
        opened(address)


def test_a_server_without_a_list_of_models_is_taken_at_its_word() -> None:
    with server(good, (404, {})) as address, opened(address) as generator:
        assert len(texts_of(generator, ASKED[:1], Sampling())) == 6


def test_a_key_that_is_not_in_the_environment_is_named() -> None:
    with server(good) as address, pytest.raises(ConfigError, match="api_key_env names UCODER_NO_SUCH_KEY"):
        opened(address, api_key_env="UCODER_NO_SUCH_KEY")


def test_two_servers_have_two_fingerprints() -> None:
    with server(good) as one, server(good) as other, opened(one) as first, opened(other) as second:
        assert first.fingerprint != second.fingerprint


def test_a_closed_model_says_so() -> None:
    with server(good) as address:
        generator = opened(address)
        generator.close()
        generator.close()
        with pytest.raises(GeneratorError, match="closed"):
            texts_of(generator, ASKED, Sampling())
