"""BentoML without what no service of this kind uses: its cloud's client, its supervisor and its proxy.

They load aiohttp, circus, httpx_ws, rich and some hundred schemas: a third of what a start takes. Whoever asks for a
name of theirs gets it: they are loaded then.
"""

import sys
from collections.abc import Callable
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

CLOUD = "bentoml._internal.cloud"
# Modules → the function that BentoML takes from them where it is imported.
FUNCTIONS = {"_bentoml_impl.server.proxy": "create_proxy_app", "_bentoml_impl.server.serving": "serve_http"}


class StandIn(ModuleType):
    """A module that is loaded when somebody asks for a name that it was not given."""

    def __getattr__(self, attribute: str) -> object:
        if attribute.startswith("__"):
            raise AttributeError(attribute)
        return load_instead(self.__name__, attribute)


def leave_out() -> None:
    """Put what loads them when it is asked in their place; to be called before BentoML is imported."""
    if "bentoml" in sys.modules:
        return
    put_in_place(CLOUD)
    put_in_place(f"{CLOUD}.client", RestApiClient=type("RestApiClient", (), {}))  # a type in signatures
    for name, function in FUNCTIONS.items():
        put_in_place(name, **{function: partial(_call, name, function)})


def put_in_place(name: str, **given: object) -> None:
    """Let a stand-in with the given names take the place of a module, unless that is loaded already."""
    package, *parts = name.split(".")
    spec = find_spec(package)
    if name in sys.modules or spec is None or spec.origin is None:
        return
    made = StandIn(name)
    folder = Path(spec.origin).parent.joinpath(*parts)
    if folder.is_dir():  # its modules are found, and its own file is not run
        made.__path__ = [str(folder)]
    vars(made).update(given)
    sys.modules[name] = made


def load_instead(name: str, attribute: str) -> object:
    """A name of the module itself, which takes the place of its stand-in now."""
    for each in (name, CLOUD, f"{CLOUD}.client") if name.startswith(CLOUD) else (name,):
        if isinstance(sys.modules.get(each), StandIn):
            del sys.modules[each]
    return getattr(import_module(name), attribute)


def _call(name: str, function: str, *given: object, **named: object) -> object:
    called: Callable[..., object] = load_instead(name, function)  # type: ignore[assignment]
    return called(*given, **named)
