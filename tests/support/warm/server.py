"""The process that has imported what commands import, and forks a child for each (see __init__.py).

Started as `server.py FOLDER ENVIRONMENT`; ends when nobody who may ask it is left.
"""

import _imp
import atexit
import copy
import gc
import importlib
import io
import marshal
import os
import runpy
import selectors
import shutil
import signal
import socket
import sys
import threading
import time
import traceback
import warnings
from collections.abc import Callable
from contextlib import suppress
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType
from typing import NoReturn

# Packages from elsewhere: of harness/ and src/ every child reads its own project's.
IMPORTED = (
    "dvc.cli.parser", "dvc.cachemgr", "dvc.commands.add", "dvc.commands.repro", "dvc.data_cloud", "dvc.repo.index",
    "dvc.repo.plots", "dvc.repo.reproduce", "dvc.rwlock", "dvc.scm", "dvc.stage.cache", "dvc_data.hashfile.db.local",
    "dvc_data.index.checkout", "dvc_data.index.fetch", "networkx", "scmrepo.git",
    "pandas", "pandas.core.arrays.arrow.extension_types", "pandas.io.formats.csvs", "pyarrow.csv", "pyarrow.dataset",
    "pyarrow.pandas_compat", "pyarrow.parquet",
    "scipy.optimize", "scipy.stats", "sklearn.calibration", "sklearn.compose", "sklearn.ensemble",
    "sklearn.linear_model", "sklearn.metrics", "sklearn.model_selection", "sklearn.pipeline",
    "pandera.backends.pandas.register", "pandera.pandas", "pandera.strategies.pandas_constraints",
    "narwhals._pandas_like.namespace", "ndonnx", "onnx", "onnxruntime", "skl2onnx",
    "filelock", "httpx", "hypothesis", "jinja2", "matplotlib.backends.backend_agg", "matplotlib.pyplot",
    "opentelemetry.instrumentation.asgi", "opentelemetry.sdk.trace.export", "schema", "simple_di.providers",
    "starlette.applications", "starlette.staticfiles", "uvicorn.lifespan.on", "uvicorn.loops.auto",
    "uvicorn.protocols.http.httptools_impl", "wsgiref.simple_server", "cattr.errors", "pydantic.networks",
    "platformdirs", "pydantic", "ruamel.yaml", "tomllib", "xml.etree.ElementTree", "yaml",
    "PIL.BmpImagePlugin", "PIL.GifImagePlugin", "PIL.JpegImagePlugin", "PIL.PpmImagePlugin",
)  # fmt: skip
ROOT = Path(__file__).parents[3]
STREAMS = (sys.stdin, sys.stdout, sys.stderr)  # as they are before DVC is imported
GRACE = 120  # seconds in which the first lease has to come


class Server:
    """The children that run, and who waits for each."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.listener = socket.socket(socket.AF_UNIX)
        self.selector = selectors.DefaultSelector()
        self.children: dict[int, socket.socket] = {}  # by their process ids
        self.leases, self.prepared = 0, False
        self.began = time.monotonic()

    def listen(self) -> None:
        self.listener.bind(str(self.place / "socket"))
        self.listener.listen(512)
        print("listening", flush=True)  # who asks from now on waits for the imports
        # Python's own streams were made of pipes, so no child's will try to seek in what may be a pipe.
        os.dup2(os.open(os.devnull, os.O_RDWR), 0)
        os.dup2(os.open(self.place / "log", os.O_WRONLY | os.O_CREAT), 1)
        os.dup2(1, 2)

    def serve(self) -> None:
        ended, woken = os.pipe()
        for end in (ended, woken):
            os.set_blocking(end, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(woken, warn_on_full_buffer=False)
        self.selector.register(self.listener, selectors.EVENT_READ)
        self.selector.register(ended, selectors.EVENT_READ)
        while self.leases or self.children or time.monotonic() < self.began + GRACE:
            for key, _ in self.selector.select(timeout=10):
                if key.fileobj is self.listener:
                    self.selector.register(self.listener.accept()[0], selectors.EVENT_READ, "new")
                elif key.fileobj == ended:
                    os.read(ended, 4096)
                elif isinstance(key.fileobj, socket.socket):
                    self.heard(key.fileobj, key.data)
            self.reap()

    def heard(self, connection: socket.socket, who: object) -> None:
        if who == "new":
            kind, streams = receive_head(connection)
            if kind == b"L":
                self.leases, self.began = self.leases + 1, 0
                self.selector.modify(connection, selectors.EVENT_READ, "lease")
            elif kind == b"R":
                self.fork(connection, streams)
            else:
                self.forget(connection)
        elif who == "lease":
            self.leases -= 1
            self.forget(connection)
        else:  # whoever waited is gone, killed as it seems
            assert isinstance(who, int)
            self.selector.unregister(connection)
            with suppress(ProcessLookupError):
                os.kill(who, signal.SIGKILL)

    def forget(self, connection: socket.socket) -> None:
        self.selector.unregister(connection)
        connection.close()

    def prepare(self) -> None:
        """Import, when the first command comes: many tests run nothing but git."""
        for name in IMPORTED:
            importlib.import_module(name)
        parse_once()
        compile_once()
        keep_pages()
        gc.collect()
        gc.freeze()  # what the children share is not copied because a collection has looked at it
        self.prepared = True

    def fork(self, connection: socket.socket, streams: list[int]) -> None:
        if not self.prepared:
            self.prepare()
        try:
            size = int.from_bytes(receive(connection, 8), "big")
            request = marshal.loads(receive(connection, size))  # noqa: S302
        except (EOFError, OSError):
            self.forget(connection)
            return
        pid = os.fork()
        if pid == 0:
            signal.set_wakeup_fd(-1)
            self.selector.close()
            become(streams, *request)
        for stream in streams:
            os.close(stream)
        self.children[pid] = connection
        self.selector.modify(connection, selectors.EVENT_READ, pid)
        with suppress(OSError):
            connection.sendall(pid.to_bytes(8, "big"))

    def reap(self) -> None:
        while self.children:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            connection = self.children.pop(pid)
            with suppress(OSError):
                connection.sendall(status.to_bytes(8, "big"))
            with suppress(KeyError):
                self.selector.unregister(connection)
            connection.close()


def parse_once() -> None:
    """Let DVC parse a text once: reading params.yaml for each parameter anew is half of what `dvc repro` takes."""
    module = importlib.import_module("dvc.utils.serialize._yaml")
    parse: Callable[..., object] = module.parse_yaml
    parsed: dict[str, object] = {}

    def parse_yaml(text: str, path: str, typ: str = "safe") -> object:
        if typ != "safe":
            return parse(text, path, typ)
        if text not in parsed:
            parsed[text] = parse(text, path, typ)
        return copy.deepcopy(parsed[text])

    for name in ("data.dvc", "dvc.lock", "dvc.yaml", "params.yaml"):  # most clones have some of them unchanged
        with suppress(Exception):  # missing, or not valid: the child that reads it is to say so
            parse_yaml((ROOT / name).read_text("utf-8"), name)
    module.parse_yaml = parse_yaml  # type: ignore[attr-defined]


def compile_once() -> None:
    """Give a child the code of a file that equals one of this work tree, byte by byte; any other file it compiles."""
    compiled: dict[bytes, CodeType] = {}
    for pattern in ("harness/**/*.py", "src/*.py"):
        for path in ROOT.glob(pattern):
            with suppress(OSError, SyntaxError, ValueError):
                compiled[path.read_bytes()] = compile(path.read_bytes(), path, "exec", dont_inherit=True)
    compiled.pop(b"", None)
    compiles: Callable[..., CodeType] = SourceFileLoader.source_to_code
    name_file: Callable[[CodeType, str], None] = _imp._fix_co_filename  # type: ignore[attr-defined]

    def source_to_code(self: SourceFileLoader, data: bytes, path: str, **given: int) -> CodeType:
        code = compiled.get(bytes(data)) if given.get("_optimize", -1) == -1 else None
        if code is None:
            return compiles(self, data, path, **given)
        name_file(code, path)  # as Python does with what another folder's file was compiled to
        return code

    SourceFileLoader.source_to_code = source_to_code  # type: ignore[method-assign, assignment]


def keep_pages() -> None:
    """Free here what each child would free: to free it, a child copies the pages that it shares, some 20 MB."""
    sys.path_importer_cache.clear()  # the folders' contents, as they are now

    class Nanobind:
        """Equal to what nanobind registers: at the end of a process it empties the caches of `typing`."""

        def __eq__(self, other: object) -> bool:
            return getattr(getattr(other, "__code__", None), "co_filename", None) == "<internal>"

        __hash__ = None  # type: ignore[assignment]

    atexit.unregister(Nanobind())  # type: ignore[arg-type]


def receive_head(connection: socket.socket) -> tuple[bytes, list[int]]:
    """The first byte of what somebody wants, and the streams that came with it."""
    try:
        kind, streams, _, _ = socket.recv_fds(connection, 1, 3)
    except OSError:
        return b"", []
    return kind, streams


def receive(connection: socket.socket, size: int) -> bytes:
    found = bytearray()
    while len(found) < size:
        part = connection.recv(size - len(found))
        if not part:
            raise EOFError
        found += part
    return bytes(found)


def become(
    streams: list[int], arguments: list[str], folder: str, environment: dict[str, str], umask: int, ignored: list[int]
) -> NoReturn:
    """Be the process that was asked for, to its end."""
    os.setsid()
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGCHLD):
        usual = signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL
        signal.signal(number, signal.SIG_IGN if int(number) in ignored else usual)
    os.chdir(folder)
    os.umask(umask)
    os.environ.clear()
    os.environ.update(environment)
    end(run, arguments, folder)


def run(arguments: list[str], folder: str) -> None:
    """What `python -m module …` does, or `python file.py …`, or a script of the environment."""
    programs, name = Path(arguments[0]).parent, Path(arguments[0]).name
    sys.executable, sys.prefix, sys.exec_prefix = str(programs / "python"), str(programs.parent), str(programs.parent)
    sys.orig_argv = [sys.executable, *arguments[1:]]
    sys.dont_write_bytecode = bool(os.environ.get("PYTHONDONTWRITEBYTECODE"))
    for stream in STREAMS:
        assert isinstance(stream, io.TextIOWrapper)
        stream.reconfigure(line_buffering=stream.fileno() == 2 or stream.isatty())
    if name != "dvc":  # which takes colours out of what is no terminal
        sys.stdin, sys.stdout, sys.stderr = STREAMS
    if os.environ.get("PYTHONUNBUFFERED"):
        raw = io.FileIO(1, "w", closefd=False)
        sys.stdout = io.TextIOWrapper(raw, sys.stdout.encoding, sys.stdout.errors, write_through=True)
    more = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]
    sys.path[:] = [*more, *sys.path]
    if name.startswith("python") and arguments[1] != "-m":
        sys.argv = arguments[1:]
        sys.path.insert(0, str(Path(arguments[1]).resolve().parent))
        runpy.run_path(arguments[1], run_name="__main__")
    elif name.startswith("python"):
        sys.argv = ["-m", *arguments[3:]]
        sys.path.insert(0, folder)
        runpy.run_module(arguments[2], run_name="__main__", alter_sys=True)
    else:
        program = str(Path(sys.argv[2]) / "bin" / name)
        sys.argv = [program, *arguments[1:]]
        sys.path.insert(0, str(programs))
        runpy.run_path(program, run_name="__main__")


def end(function: Callable[..., None], *words: object) -> NoReturn:
    """Call a function and end the process as Python does, without taking the libraries apart piece by piece."""
    code: object = None
    interrupted = False
    try:
        function(*words)
    except SystemExit as error:
        code = error.code
    except KeyboardInterrupt:
        traceback.print_exc()
        interrupted = True
    except BaseException:
        traceback.print_exc()
        code = 1
    if code is not None and not isinstance(code, int):
        print(code, file=sys.stderr)
    threading._shutdown()  # type: ignore[attr-defined]  # waits for threads that are not daemons, as Python does
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    if interrupted:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
    os._exit(code & 0xFF if isinstance(code, int) else int(code is not None))


def main() -> None:
    warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)  # Arrow's idle one
    server = Server(Path(sys.argv[1]))
    del sys.path[0]  # this folder
    server.listen()
    server.serve()
    shutil.rmtree(server.place, ignore_errors=True)


if __name__ == "__main__":
    main()
