"""BentoML without what no service of this kind uses: the client of its cloud, and the proxy to other web servers.

They load aiohttp, httpx_ws, rich and some hundred schemas, which is a third of what a start takes. Whoever asks for a
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
PROXY = "_bentoml_impl.server.proxy"


def leave_out() -> None:
    """Put what loads them when it is asked in their place; to be called before BentoML is imported."""
    spec = find_spec("bentoml")
    if spec is None or spec.origin is None or "bentoml" in sys.modules:
        return
    # Its schemas are used elsewhere: they are found, and this package's own file is not run.
    cloud = _stand_in(CLOUD)
    cloud.__path__ = [str(Path(spec.origin).parent / "_internal/cloud")]
    client = _stand_in(f"{CLOUD}.client")
    client.RestApiClient = type("RestApiClient", (), {})  # type: ignore[attr-defined]  # a type in signatures
    proxy = _stand_in(PROXY)
    proxy.create_proxy_app = partial(_call, PROXY, "create_proxy_app")  # type: ignore[attr-defined]


def _stand_in(name: str) -> ModuleType:
    made = ModuleType(name)
    made.__getattr__ = partial(_real, name)  # type: ignore[method-assign]
    sys.modules[name] = made
    return made


def _real(name: str, attribute: str) -> object:
    if attribute.startswith("__"):
        raise AttributeError(attribute)
    for stand_in in {name, CLOUD, f"{CLOUD}.client"} if name.startswith(CLOUD) else {name}:
        sys.modules.pop(stand_in, None)
    return getattr(import_module(name), attribute)


def _call(name: str, function: str, *given: object) -> object:
    called: Callable[..., object] = _real(name, function)  # type: ignore[assignment]
    return called(*given)
