"""Command behind `make serve` and in the image: BentoML's application of the service, in processes of uvicorn.

`bentoml serve` answers the same; it starts a supervisor that loads BentoML too, which takes as long again and 55 MB.
"""

import argparse
import contextlib
import errno
import logging
import os
import signal
import socket
import sys
import tempfile
import threading
from pathlib import Path

import uvicorn
from uvicorn.config import STARTUP_FAILURE

from harness.core.command import run
from harness.core.errors import ProjectError
from harness.inference.model_file import ModelFile
from harness.serve.guard import GuardedProtocol
from harness.serve.late_proxy import leave_out_clients
from harness.serve.lean_imports import leave_out
from harness.serve.log_settings import read_log_settings
from harness.serve.settings import (
    MODEL_SERVED,
    PROJECT,
    bearer_token,
    explains,
    max_connections,
    max_rows,
    port,
    read_metrics,
    workers,
)
from harness.serve.workers import GRACE, Parent, end_with_parent

BACKLOG = 2048  # connections that wait
IDLE = 75  # seconds that a connection is kept: longer than clients and load balancers keep theirs, who may be sending


def serve(host: str, number: int) -> None:
    """Answer until a signal ends it. Raises ProjectError if a file, a setting or the port is bad."""
    config = uvicorn.Config(
        "harness.serve.server:build_app", factory=True, workers=workers(), timeout_keep_alive=IDLE,
        timeout_graceful_shutdown=GRACE, http=GuardedProtocol, ws="none", log_config=None, access_log=False,
        server_header=False, proxy_headers=False,
    )  # fmt: skip
    # Looked at here, once, and not by one worker after the other.
    version = ModelFile(MODEL_SERVED).version
    read_metrics()
    max_rows()
    max_connections()
    bearer_token()
    explains()
    read_log_settings()
    for ending in (signal.SIGINT, signal.SIGTERM):  # uvicorn sends itself what it has seen, once all is answered
        signal.signal(ending, lambda *_: sys.exit())
    with tempfile.TemporaryDirectory(prefix="metrics-") as counts, _listen(host, number) as listener:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = counts  # the workers' counts, which /metrics adds up
        number = listener.getsockname()[1]  # 0 was for any that is free
        print(f"model {version} on http://{host}:{number} (Ctrl+C ends it)", flush=True)
        if not (_serve_alone if config.workers == 1 else _serve_by_workers)(config, listener):
            sys.exit(1)


def _serve_alone(config: uvicorn.Config, listener: socket.socket) -> bool:
    """Whether it could start."""
    try:
        uvicorn.Server(config).run([listener])
    except SystemExit as error:
        if error.code == STARTUP_FAILURE:
            return False
        raise
    return True


def _serve_by_workers(config: uvicorn.Config, listener: socket.socket) -> bool:
    """Whether all could start."""
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)  # a worker that cannot start has said why
    parent = Parent(config, [listener])
    parent.run()
    return all(worker.exitcode != STARTUP_FAILURE for worker in parent.processes)


def build_app() -> object:
    """The ASGI application of one process. BentoML is imported here: the process that starts workers needs none."""
    leave_out()
    from bentoml._internal.context import server_context  # noqa: PLC0415
    from bentoml._internal.log import configure_server_logging  # noqa: PLC0415

    try:
        from harness.serve.application import file, with_endpoints  # noqa: PLC0415
        from harness.serve.project_service import load_service  # noqa: PLC0415

        service = with_endpoints(run(load_service, PROJECT))
    except SystemExit as error:
        # src/service.py fails, or a file was exchanged since. With any other exit code the worker would be started
        # again, for ever.
        _tell_once(str(error.code))
        sys.exit(STARTUP_FAILURE)
    leave_out_clients(service)
    threading.Thread(target=end_with_parent, daemon=True).start()
    server_context.service_type, server_context.service_name = "entry_service", service.name
    server_context.bento_name, server_context.bento_version = service.name, file.version  # labels in /metrics
    configure_server_logging()  # type: ignore[no-untyped-call]
    return service.to_asgi()


def _tell_once(text: str) -> None:
    """Print why a worker cannot start, unless another has."""
    told = Path(os.environ["PROMETHEUS_MULTIPROC_DIR"]) / "told"
    with contextlib.suppress(FileExistsError):
        told.open("x").close()
        print(text, file=sys.stderr)


def _listen(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), backlog=BACKLOG)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise ProjectError(f"{host}:{port}: another program listens there; choose another port: PORT=…") from None
        raise ProjectError(f"{host}:{port}: cannot listen there: {error}") from None
    except OverflowError as error:
        raise ProjectError(f"{host}:{port}: cannot listen there: {error}") from None


def main() -> None:
    parser = argparse.ArgumentParser(prog="make serve", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen at (127.0.0.1; all: 0.0.0.0)")
    parser.add_argument("--port", type=int, help="port to listen at (PORT, otherwise 3000; 0: any free port)")
    arguments = parser.parse_args()
    run(serve, arguments.host, run(port) if arguments.port is None else arguments.port)


if __name__ == "__main__":
    main()
