"""BentoML's client of a service to itself (`self.to_async`, `self.to_sync`), made when it is first asked."""

from abc import ABCMeta
from collections.abc import Callable, Coroutine
from functools import cached_property
from typing import TYPE_CHECKING, Protocol, cast

from harness.serve.lean_imports import load_instead, put_in_place

if TYPE_CHECKING:
    from bentoml import Service

CLIENT = "_bentoml_impl.client"


class Proxy(Protocol):
    """What of BentoML's RemoteProxy is used here."""

    to_async: object
    to_sync: object

    def __aenter__(self) -> Coroutine[object, None, "Proxy"]: ...
    async def close(self) -> None: ...


def leave_out_clients(service: "Service[object]") -> None:
    """Let a service start without BentoML's clients where `predict` is all it has: others are reached through them."""
    if not service.dependencies and set(service.apis) == {"predict"}:
        put_in_place(CLIENT, RemoteProxy=LateProxy)


class LateProxy:
    """Stands for BentoML's RemoteProxy until somebody calls by it: making that loads aiohttp and httpx."""

    def __init__(self, *given: object, **named: object) -> None:
        self._given, self._named = given, named
        self.to_async, self.to_sync = _Late(lambda: self._real.to_async), _Late(lambda: self._real.to_sync)

    async def __aenter__(self) -> "LateProxy":
        return self

    async def close(self) -> None:
        """Close what was opened."""
        if "_real" in vars(self):
            await self._real.close()

    def __getattr__(self, name: str) -> object:
        return getattr(self._real, name)

    @cached_property
    def _real(self) -> Proxy:
        real = load_instead(CLIENT, "RemoteProxy")
        cast("ABCMeta", real).register(LateProxy)  # BentoML closes at its end what is one
        entering = cast("Callable[..., Proxy]", real)(*self._given, **self._named).__aenter__()
        try:
            entering.send(None)  # it waits for nothing, as it is given the service and its application
        except StopIteration as entered:
            return cast("Proxy", entered.value)
        entering.close()
        raise RuntimeError("BentoML's client of the service itself waits for something")


class _Late:
    """A client that is made when an attribute of it is asked for."""

    def __init__(self, make: Callable[[], object]) -> None:
        self._make = make

    def __getattr__(self, name: str) -> object:
        return getattr(self._make(), name)
