"""`make verify` against a real service: the model that was measured, one that was tampered with, and none."""

import asyncio
import itertools
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from harness.core.errors import ProjectError
from harness.inference.model_file import ModelFile
from harness.project.web_address import one_line
from harness.stages.verify import verify
from tests.support.constants import ROOT
from tests.support.models import tampered
from tests.support.serving import free_port, serving
from tests.support.tagged import Tagged
from tests.support.warm import programs


def make(*settings: str) -> subprocess.CompletedProcess[str]:
    command = [str(programs() / "python"), "-m", "harness", "verify", *settings]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_a_service_that_answers_as_measured_is_verified_under_traffic(
    model: Path, tagged: Tagged, capsys: pytest.CaptureFixture[str]
) -> None:
    file = ModelFile(model)
    tagged.register("v1.0.0", Model=file.sha256)
    tagged.register("v1.0.1", Model="0" * 64)
    with serving(model) as server:
        verify(server.url, model, "v1.0.0", 60, 1, None)
        with pytest.raises(ProjectError, match=rf"model\.onnx: is {file.version}, but v1\.0\.1 is 000000000000$"):
            verify(server.url, model, "v1.0.1", 1, 0, None)
    ready, golden, traffic = capsys.readouterr().out.splitlines()
    assert f"{server.url}: v1.0.0 ({file.version}) is ready after" in ready
    assert golden == "golden rows: 20 answers equal to the last bit"
    assert int(traffic.split()[2]) > 4


def test_a_tampered_model_is_told_by_its_hash_and_by_its_answers(model: Path, tmp_path: Path) -> None:
    other = tampered(model, tmp_path / "model.onnx")
    wrong, right = ModelFile(other).version, ModelFile(model).version
    with serving(other) as server:
        done = make(f"--url={server.url}", f"--model={model}", "--within=0")
    assert (done.returncode, done.stderr) == (
        1,
        f"error: {server.url}: runs {wrong}, must run {right} (model.onnx)\n",
    )


def test_a_wrong_answer_is_told_with_its_row(model: Path, tmp_path: Path) -> None:
    """The service says that it runs the very file; its answers are another's."""
    other = tampered(model, tmp_path / "model.onnx")
    with serving(other) as server:
        done = make(f"--url={server.url}", f"--model={other}", "--within=30")
    assert done.returncode == 1
    assert done.stderr.startswith(f"error: {server.url}: golden row 1: must give ")
    assert len(done.stderr.splitlines()) == 1


@contextmanager
def alternating(ports: Sequence[int]) -> Iterator[int]:
    """A balancer that gives each connection to the next service in turn; its port."""

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
        writer.close()

    turns = itertools.cycle(ports)

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        behind = await asyncio.open_connection("127.0.0.1", next(turns))
        await asyncio.gather(pump(reader, behind[1]), pump(behind[0], writer))

    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(asyncio.start_server(connect, "127.0.0.1", 0))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        server.close()
        loop.run_until_complete(server.wait_closed())
        loop.close()


def test_two_versions_that_answer_in_turn_are_told(model: Path, tmp_path: Path) -> None:
    """As while an unfinished deployment stands: the first looks may all meet the right one."""
    other = tampered(model, tmp_path / "model.onnx")
    with serving(model) as one, serving(other) as two, alternating([one.port, one.port, one.port, two.port]) as port:
        done = make(f"--url=http://127.0.0.1:{port}", f"--model={model}", "--within=30", "--seconds=20")
    wrong, right = ModelFile(other).version, ModelFile(model).version
    assert done.stderr == f"error: http://127.0.0.1:{port}: model {wrong} answers there too, besides {right}\n"


def test_a_service_that_is_not_ready_in_time_is_told(model: Path) -> None:
    port = free_port()
    done = make(f"--url=http://127.0.0.1:{port}", f"--model={model}", "--within=0.5")
    assert done.returncode == 1
    assert done.stderr.startswith(f"error: http://127.0.0.1:{port}: not ready (")
    assert done.stderr.endswith(", for 0.5 s\n")


NO_ADDRESSES = [
    *("localhost:3000", "ftp://host", "http://", "http://host:port", "", "http://host/é", "http://a..b", "http://a b"),
    *("http://host/\r\nX: y", "http://user:hunter2@host", "http://host?x=1"),
]


@pytest.mark.parametrize("url", NO_ADDRESSES)
def test_what_is_no_address_is_told(url: str, model: Path) -> None:
    with pytest.raises(ProjectError, match=r"^URL=.*: must be http://HOST or https://HOST") as caught:
        verify(url, model, "", 0, 0, None)
    assert "hunter2" not in str(caught.value)


def test_what_a_service_says_stays_in_our_line() -> None:
    """A line of its own could be a command of the runner."""
    assert one_line("x\n::warning::y") == "x?::warning::y"


def test_a_limit_that_is_no_number_is_told() -> None:
    done = make("--url=http://localhost", "--within=soon")
    assert done.returncode == 2
    assert "must be a number ≥ 0, got 'soon'" in done.stderr


def test_a_token_is_sent_where_the_service_asks_for_one(model: Path, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("secret")
    token.chmod(0o600)
    with serving(model, TOKEN_FILE=str(token)) as server:
        verify(server.url, model, "", 30, 0, token)
        with pytest.raises(ProjectError, match=r"/model answers 401, must describe model\.onnx$"):
            verify(server.url, model, "", 0, 0, None)
