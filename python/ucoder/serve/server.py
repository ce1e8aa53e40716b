"""The process around the service: a socket, deadlines for slow clients, an end that loses nothing it need not lose.

uvicorn speaks HTTP (through h11). It has no deadline for a request's head, nor for a client that does not read:
`_Patient` adds them. A body's deadline is the application's.
"""

import asyncio
import contextlib
import ipaddress
import logging
import signal
import socket
from collections.abc import Callable, Iterator

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from ucoder.errors import ConfigError
from ucoder.execution.executor import Executor
from ucoder.serve.app import Service
from ucoder.serve.settings import ServeSettings

__all__ = ["bind", "serve"]

_MAX_HEAD_BYTES = 64 * 1024
_KEEP_ALIVE_SECONDS = 30
_LAST_WORDS_SECONDS = 2.0
_BACKLOG = 2048


def bind(host: str, port: int, *, allow_remote: bool) -> socket.socket:
    """A socket that listens; port 0 takes a free one. ConfigError where the address cannot be had, or may not be."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        is_local = ipaddress.ip_address(str(address[0]).partition("%")[0]).is_loopback
        if not is_local and not allow_remote:
            raise ConfigError(
                f"{host} can be reached from other machines, and whoever reaches the service runs programs here: "
                "there is no password and no encryption. --allow-remote says that this is meant"
            )
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(_BACKLOG)
    except OSError as error:
        raise ConfigError(f"cannot listen on {host} port {port}: {error.strerror or error}") from error
    return listener


def serve(executor: Executor, settings: ServeSettings, listener: socket.socket, ready: Callable[[], None]) -> None:
    """Serve until SIGTERM or SIGINT; `ready` is called once requests are answered. Closes the executor."""
    service = Service(executor, settings)
    protocol = type("Patient", (_Patient,), {"seconds": settings.client_seconds})
    config = uvicorn.Config(
        service.app, http=protocol, ws="none", lifespan="off", access_log=False, log_config=None, server_header=False,
        limit_concurrency=settings.max_connections, timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        h11_max_incomplete_event_size=_MAX_HEAD_BYTES,
        timeout_graceful_shutdown=int(settings.shutdown_seconds + _LAST_WORDS_SECONDS),
    )  # fmt: skip
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)  # a client's nonsense is no news, a fault of ours is
    try:
        _Server(config, service, settings, ready).run(sockets=[listener])
    finally:
        service.close()
        listener.close()


class _Server(uvicorn.Server):
    """Ends normally on a signal, where uvicorn would raise it once more; says when it is ready."""

    def __init__(
        self, config: uvicorn.Config, service: Service, settings: ServeSettings, ready: Callable[[], None]
    ) -> None:
        super().__init__(config)
        self._service = service
        self._settings = settings
        self._ready = ready

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """What is in flight may end by itself; what has not by then is told 503."""
        loop = asyncio.get_running_loop()
        close = loop.call_later(self._settings.shutdown_seconds, loop.run_in_executor, None, self._service.close)
        await super().shutdown(sockets)
        close.cancel()


class _Patient(H11Protocol):
    """A connection whose client has so many seconds to send a request's head, and to take in what it is sent."""

    seconds = 30.0
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in the base
        super().connection_made(transport)
        self._expect()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        in_progress = getattr(self.cycle, "response_complete", True) is False  # there is no cycle before a request
        if in_progress:
            self._stop_expecting()  # the head is there; the body is the application's to wait for
        elif self._deadline is None:
            self._expect()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stop_expecting()
        self._expect()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._stop_expecting()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_expecting()
        super().connection_lost(exc)

    def _expect(self) -> None:
        self._deadline = self.loop.call_later(self.seconds, self.transport.abort)

    def _stop_expecting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
