"""The service as an ASGI application: routes, bounds on a request's body, errors as JSON. No socket, no process.

Every error is `{"detail": ...}`. 400 no JSON, 408 a body that took too long, 413 too large, 415 not application/json
(so that no web page can ask a browser to send one), 422 a field that is wrong, 429 too many wait, 503 shutting down.
"""

import asyncio
import json
import time
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ucoder.errors import ConfigError, ExecutorClosed, InputError
from ucoder.execution.executor import Executor
from ucoder.serve import judge as judging
from ucoder.serve import run_code as running
from ucoder.serve.admission import Admission, Busy
from ucoder.serve.settings import ServeSettings

__all__ = ["Service"]

Model = TypeVar("Model", bound=BaseModel)
_MAX_FIELDS = 64  # each that is wrong is told of
_RETRY = {"Retry-After": "1"}


class Service:
    """One executor's service. `app` is what a server runs; `close` ends what runs and refuses what comes."""

    def __init__(self, executor: Executor, settings: ServeSettings) -> None:
        self._executor = executor
        self._settings = settings
        self._admission = Admission(executor.num_workers, settings.max_waiting)
        self._began = time.monotonic()
        self._num_served = 0
        self._num_refused = 0
        self._is_closing = False
        self.app = Starlette(
            routes=[
                Route("/run_code", self._run_code, methods=["POST"]),
                Route("/judge", self._judge, methods=["POST"]),
                Route("/health", self._health, methods=["GET"]),
                Route("/v1/ping", _ping, methods=["GET"]),
            ],
            exception_handlers={HTTPException: _refused, ValidationError: _invalid, Exception: _failed},
        )

    def close(self) -> None:
        """Idempotent. Requests in flight get 503."""
        self._is_closing = True
        self._admission.close()
        self._executor.close()

    async def _run_code(self, request: Request) -> Response:
        asked = await self._read(request, running.RunCode)
        try:
            limits = running.limits_of(asked, self._settings)
        except ValueError as error:
            raise HTTPException(422, str(error)) from None
        return await self._answer(request, partial(running.run_code, self._executor, asked, limits))

    async def _judge(self, request: Request) -> Response:
        asked = await self._read(request, judging.Judge)
        try:
            limits = judging.limits_of(asked, self._settings)
            # Reading a large request takes long enough to hold everybody else up.
            task = await asyncio.to_thread(judging.task_of, asked, self._settings)
            judging.check_duration(task, limits, self._settings, self._executor.num_workers)
        except (ConfigError, InputError) as error:
            raise HTTPException(422, str(error)) from None
        most = self._settings.max_judge_seconds
        return await self._answer(request, partial(judging.judge, self._executor, task, limits, most))

    async def _health(self, _request: Request) -> Response:
        state = {
            "status": "closing" if self._is_closing else "ok",
            "version": version("ucoder"),
            "workers": self._executor.num_workers,
            "isolation": self._executor.isolation,
            "sandbox_layers": list(self._executor.layers),
            "running": self._admission.num_running,
            "waiting": self._admission.num_waiting,
            "served": self._num_served,
            "refused": self._num_refused,
            "uptime_seconds": round(time.monotonic() - self._began, 1),
        }
        return _Json(state, 503 if self._is_closing else 200)

    async def _read(self, request: Request, model: type[Model]) -> Model:
        """The body as a record; HTTPException where it is none."""
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise HTTPException(415, "the body is JSON: send Content-Type: application/json")
        try:
            async with asyncio.timeout(self._settings.client_seconds):
                body = await self._body(request)
        except TimeoutError:
            # The rest of the body may still come: nothing after it on this connection could be told apart.
            headers = {"Connection": "close"}
            raise HTTPException(408, "the body took too long", headers) from None
        except ClientDisconnect:
            raise HTTPException(400, "the client went away") from None
        try:
            fields = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise HTTPException(400, f"the body is not JSON: {error}") from None
        if isinstance(fields, dict) and len(fields) > _MAX_FIELDS:
            raise HTTPException(422, f"a request has at most {_MAX_FIELDS} fields")
        return model.model_validate(fields)

    async def _body(self, request: Request) -> bytes:
        most = self._settings.max_body_bytes
        chunks, size = [], 0
        announced = request.headers.get("content-length", "0")
        if announced.isdecimal() and int(announced) > most:
            raise HTTPException(413, f"a body has at most {most} bytes here", {"Connection": "close"})
        async for chunk in request.stream():
            size += len(chunk)
            if size > most:
                raise HTTPException(413, f"a body has at most {most} bytes here", {"Connection": "close"})
            chunks.append(chunk)
        return b"".join(chunks)

    async def _answer(self, request: Request, call: Callable[[], dict[str, Any]]) -> Response:
        if self._is_closing:
            raise HTTPException(503, "the service is shutting down")
        work = asyncio.ensure_future(self._admission.run(call))
        gone = asyncio.ensure_future(_until_gone(request))
        try:
            await asyncio.wait((work, gone), return_when=asyncio.FIRST_COMPLETED)
            if not work.done():
                raise HTTPException(400, "the client went away")
            fields = await work
        except Busy:
            self._num_refused += 1
            raise HTTPException(429, "too many requests wait: try again later", _RETRY) from None
        except TimeoutError as error:
            raise HTTPException(422, f"{error}: {self._settings.max_judge_seconds:g} seconds") from None
        except ExecutorClosed:
            raise HTTPException(503, "the service is shutting down") from None
        finally:
            gone.cancel()
            work.cancel()  # of a client that has gone: what has not begun never will
        self._num_served += 1
        return _Json(fields)


class _Json(JSONResponse):
    """In ASCII: programs write text that UTF-8 has no bytes for."""

    def render(self, content: object) -> bytes:
        return json.dumps(content, separators=(",", ":")).encode("ascii")


async def _until_gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _ping(_request: Request) -> Response:
    return _Json("pong")


async def _refused(_request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    return _Json({"detail": error.detail}, error.status_code, error.headers)


async def _failed(_request: Request, error: Exception) -> Response:
    """A fault of the service's: said to be one, and logged by the server. Its text stays here."""
    return _Json({"detail": f"the service failed: {type(error).__name__}"}, 500)


async def _invalid(_request: Request, error: Exception) -> Response:
    if not isinstance(error, ValidationError):
        raise error
    return _Json({"detail": error.errors(include_url=False, include_input=False, include_context=False)}, 422)
