"""Receives webhooks in tests: keeps every request and answers as told."""

from collections.abc import Callable

from local.shops.server import Answer, Request, ShopServer


class Listener:
    """`status` is what it answers; a function of the request may decide instead."""

    def __init__(self, status: int | Callable[[Request], int] = 200) -> None:
        self.status = status
        self.requests: list[Request] = []
        self._server = ShopServer(self._respond)

    @property
    def url(self) -> str:
        return f"{self._server.url}/webhooks/demo"

    def topics(self, header: str) -> list[str]:
        return [r.headers.get(header, "ping") for r in self.requests]

    def __enter__(self) -> "Listener":
        self._server.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.stop()

    def _respond(self, request: Request) -> Answer:
        self.requests.append(request)
        return Answer(self.status(request) if callable(self.status) else self.status, "")
