"""BentoML without what no service of this kind uses: its cloud's client, its supervisor, its builds and its proxy.

They load aiohttp, circus, httpx_ws, jinja2, rich and some hundred schemas: half of what a start takes. Whoever asks for
a name of theirs gets it: they are loaded then.
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
TEMPLATES = "jinja2"  # of Dockerfiles


def leave_out() -> None:
    """Put what loads them when it is asked in their place; to be called before BentoML is imported."""
    spec, templates = find_spec("bentoml"), find_spec(TEMPLATES)
    if spec is None or spec.origin is None or "bentoml" in sys.modules:
        return
    # Its schemas are used elsewhere: they are found, and this package's own file is not run.
    cloud = _stand_in(CLOUD)
    cloud.__path__ = [str(Path(spec.origin).parent / "_internal/cloud")]
    client = _stand_in(f"{CLOUD}.client")
    client.RestApiClient = type("RestApiClient", (), {})  # type: ignore[attr-defined]  # a type in signatures
    for name, function in FUNCTIONS.items():
        setattr(_stand_in(name), function, partial(_call, name, function))
    if templates is not None and TEMPLATES not in sys.modules:
        package = _stand_in(TEMPLATES)
        package.__spec__, package.__path__ = templates, list(templates.submodule_search_locations or ())


def _stand_in(name: str) -> ModuleType:
    made = ModuleType(name)
    made.__getattr__ = partial(_real, name)  # type: ignore[method-assign]
    sys.modules[name] = made
    return made


def _real(name: str, attribute: str) -> object:
    """What is asked of a module that was left out, which it takes the place of now."""
    if attribute.startswith("__"):
        raise AttributeError(attribute)
    for stand_in in {name, CLOUD, f"{CLOUD}.client"} if name.startswith(CLOUD) else {name}:
        sys.modules.pop(stand_in, None)
    return getattr(import_module(name), attribute)


def _call(name: str, function: str, *given: object, **named: object) -> object:
    called: Callable[..., object] = _real(name, function)  # type: ignore[assignment]
    return called(*given, **named)
