"""What a process of the service loads before it answers."""

import os
import subprocess
import sys
from pathlib import Path

from tests.support.constants import ROOT

HEAVY = {"aiohttp", "circus", "httpx", "httpx_ws", "pandas", "pyparsing", "rich", "sklearn", "zmq"}
START = """
import asyncio, sys
from uvicorn import Config
from uvicorn.lifespan.on import LifespanOn
from harness.serve.server import build_app
config = Config(build_app(), log_config=None)
config.load()
lifespan = LifespanOn(config)
asyncio.run(lifespan.startup())
assert not lifespan.should_exit
print(*sorted(name for name in sys.modules if "." not in name))
"""
ASKED = """
from harness.serve.lean_imports import leave_out
leave_out()
import _bentoml_impl.server.app
from bentoml._internal.cloud.client import RestApiClient
assert not hasattr(RestApiClient, "__attrs_attrs__")
import bentoml
print(bentoml.BentoCloudClient.__module__, bentoml._internal.cloud.BentoCloudClient.__name__)
from _bentoml_impl.server import proxy
try:
    proxy.create_proxy_app(None)
except (AttributeError, ModuleNotFoundError) as error:  # the real one would now start another web server
    print(error)
"""
CALLS_ITSELF = """
import asyncio
from harness.serve.lean_imports import leave_out
from harness.serve.late_proxy import leave_out_clients
leave_out()
import bentoml
from httpx import ASGITransport, AsyncClient
from uvicorn import Config
from uvicorn.lifespan.on import LifespanOn

@bentoml.service
class Asked:
    @bentoml.api
    async def predict(self, x: int) -> int:
        return x if x > 0 else await self.to_async.predict(x=x + 1)

leave_out_clients(Asked)
app = Asked.to_asgi()

async def main():
    config = Config(app, log_config=None)
    config.load()
    lifespan = LifespanOn(config)
    await lifespan.startup()
    async with AsyncClient(transport=ASGITransport(app=app), base_url="http://here") as client:
        answers = await asyncio.gather(*(client.post("/predict", json={"x": -1}) for _ in range(2)))
    await lifespan.shutdown()
    print(*(answer.text for answer in answers))

asyncio.run(main())
"""


def loaded(code: str, model: Path, tmp_path: Path) -> list[str]:
    environment = {
        **os.environ,
        "BENTOML_DO_NOT_TRACK": "True",
        "BENTOML_HOME": str(tmp_path / "bentoml"),
        "PROMETHEUS_MULTIPROC_DIR": str(tmp_path),
        "MODEL_FILE": str(model),
        "METRICS_FILE": str(model.with_name("metrics.json")),
    }
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Unclosed" not in done.stderr
    return done.stdout.split()


def test_a_start_loads_nothing_that_no_request_needs(model: Path, tmp_path: Path) -> None:
    assert HEAVY & set(loaded(START, model, tmp_path)) == set()


def test_what_is_left_out_is_there_for_whoever_asks(model: Path, tmp_path: Path) -> None:
    told = loaded(ASKED, model, tmp_path)
    assert told[:2] == ["bentoml._internal.cloud", "BentoCloudClient"]
    assert len(told) > 2


def test_the_client_of_a_service_that_called_itself_is_closed_at_its_end(model: Path, tmp_path: Path) -> None:
    """BentoML closes what is its own client; the late one was none, and aiohttp told of a session left open."""
    assert loaded(CALLS_ITSELF, model, tmp_path) == ["1", "1"]
