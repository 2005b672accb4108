"""An address without a scheduler gives one line, whatever is there instead."""

import socket
from importlib.util import find_spec

import pytest

from harness.core import cluster
from harness.core.errors import ProjectError


@pytest.mark.parametrize("scheme", ["tcp", "tls", "ws", "ucx"])
def test_an_address_where_no_scheduler_speaks_is_one_line(scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What listens takes the connection and is silent: Dask's own client would wait for ever."""
    if find_spec("distributed") is None:
        pytest.skip("distributed is not installed: make setup WITH=scale")
    monkeypatch.setattr(cluster, "PATIENCE_TO_CONNECT", 1)
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"{scheme}://127.0.0.1:{server.getsockname()[1]}"
        refused = pytest.raises(ProjectError, match=rf"^DASK={address}: no scheduler answers there: [^\n]+$")
        with refused, cluster.connected(address):
            pass
