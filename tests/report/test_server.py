"""What the server of live reports says of errors."""

from __future__ import annotations

import socket
import threading
from pathlib import Path

import pytest

from rltf.report.server import _Server
from rltf.report.sources import open_source

from .report_files import metrics, sample, write_run


@pytest.mark.parametrize(("error", "is_shown"), [(BrokenPipeError(), False), (KeyError(9), True)])
def test_only_a_reader_that_went_away_is_no_fault(
    error: Exception, is_shown: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    server = _Server(None, "127.0.0.1", 0)  # type: ignore[arg-type]
    with server:
        try:
            raise error
        except Exception:
            server.handle_error(None, ("127.0.0.1", 1))
    assert (type(error).__name__ in capsys.readouterr().err) == is_shown


@pytest.mark.parametrize(
    ("request_line", "host", "code"),
    [
        ("GET / HTTP/1.1", "127.0.0.1", 200),
        ("GET /data?since=x&restarts=-1 HTTP/1.1", "localhost:80", 200),
        ("GET / HTTP/1.1", "elsewhere.example", 403),
        ("GET / HTTP/1.1", "[", 400),
        ("GET http://[ HTTP/1.1", "localhost", 400),
        ("GET /../config.json HTTP/1.1", "localhost", 404),
        ("POST / HTTP/1.1", "localhost", 501),
        ("\x16\x03\x01", "localhost", 400),
    ],
)
def test_a_request_of_any_form_gets_an_answer(
    request_line: str, host: str, code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = write_run(tmp_path / "run", [metrics(1)], [sample("add", "def f(x): return x")])
    with _Server(open_source([run], None, 0), "127.0.0.1", 0) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        with socket.create_connection(server.server_address[:2]) as connection:
            connection.sendall(
                f"{request_line}\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode()
            )
            answer = connection.makefile("rb").read(500).decode(errors="replace")
        server.shutdown()
    assert f" {code} " in answer.splitlines()[0] or f"Error code: {code}" in answer
    assert not capsys.readouterr().err
