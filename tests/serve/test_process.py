"""``rltf serve`` as a process: addresses, tokens, two of them, and what it says when it cannot."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from rltf.cli import main
from rltf.serve import server

from . import load
from .conftest import PATIENCE_S, process

RUN = {"code": "print(1)", "language": "python"}


def fails(*arguments: str, env: dict[str, str] | None = None) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["serve", *arguments], env=env)
    return result.exit_code, result.stderr


def test_two_servers_side_by_side_and_the_end_of_one() -> None:
    with process("--workers", "1") as (first, one), process("--workers", "1") as (_, other):
        assert one.port != other.port
        assert [each.post("/run_code", RUN).status for each in (one, other)] == [200, 200]
        first.send_signal(signal.SIGINT)
        out, err = first.communicate(timeout=PATIENCE_S)
        assert (first.returncode, out, err) == (0, "", "")
        assert other.post("/run_code", RUN).status == 200


def test_connections_leave_descriptors_to_the_sandbox() -> None:
    """However many are open, zygotes that died start again."""
    with process("--workers", "1") as (server, running), contextlib.ExitStack() as stack:
        zygotes = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
        _, hard = resource.prlimit(server.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (100, hard))
        opened = [stack.enter_context(running.connect()) for _ in range(150)]
        assert opened[-1].recv(100).startswith(b"HTTP/1.1 503 ")
        for pid in zygotes:
            os.kill(int(pid), signal.SIGKILL)
        opened[0].sendall(load.double(4))
        received = b""
        while b'"stdout":"8\\n"' not in received:
            received += opened[0].recv(1000)
            assert received.startswith(b"HTTP/1.1 200 ")


def test_other_machines_need_a_token(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("from a file\n")
    with process("--host", "0.0.0.0", "--workers", "1") as (open_to_all, running):
        assert running.get("/v1/ping").status == 200
        open_to_all.send_signal(signal.SIGTERM)
        _, err = open_to_all.communicate(timeout=PATIENCE_S)
        assert err.count("\n") == 1
        assert "0.0.0.0 may be reached from other machines" in err
    with process(
        "--host", "0.0.0.0", "--workers", "1", "--token-file", str(file), RLTF_SERVE_TOKEN="other"
    ) as (guarded, running):
        assert running.get("/v1/ping").status == 401
        assert running.get("/v1/ping", Authorization="Bearer from a file").status == 200
        program = {**RUN, "code": "import os; print(os.environ.get('RLTF_SERVE_TOKEN'))"}
        answer = running.post("/run_code", program, Authorization="Bearer from a file")
        assert answer.json["run_result"]["stdout"] == "None\n"
        guarded.send_signal(signal.SIGTERM)
        assert guarded.communicate(timeout=PATIENCE_S)[1] == ""


def test_what_keeps_it_from_starting_is_one_clear_line(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.write_text("\n")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        cases = {
            ("--port", port): f"port {port} of 127.0.0.1 is in use: give another --port",
            ("--host", "192.0.2.1"): "cannot listen on port 8080 of 192.0.2.1",
            ("--host", "no such host"): "--host no such host: ",
            ("--port", "65536"): "a whole number from 0 to 65535, not 65536",
            ("--port", "abc"): "a whole number from 0 to 65535",
            ("--queue", "0"): "'--queue'",
            ("--max-cpu-s", "1000000"): "limits: cpu_s must be",
            ("--reward", "nix"): "nix",
            ("--token-file", str(empty)): "is empty",
        }
        for arguments, reason in cases.items():
            code, said = fails(*arguments)
            assert code == 2, arguments
            assert reason in said
            assert said.count("\n") == 1
    code, said = fails(env={"RLTF_SERVE_TOKEN": ""})
    assert (code, said) == (2, "rltf: RLTF_SERVE_TOKEN is empty: it must hold the token\n")


@pytest.mark.parametrize("package", ["starlette", "uvloop"])
def test_without_its_extra_it_says_what_to_install(package: str) -> None:
    code = (
        f"import sys; sys.modules[{package!r}] = None; from rltf.cli import main; main(['serve'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr == "rltf: rltf serve needs its extra: pip install 'rltf[serve]'\n"


def test_addresses() -> None:
    for host, url, local in [
        ("127.0.0.1", "http://127.0.0.1:", True),
        ("::1", "http://[::1]:", True),
        ("localhost", "http://", True),
        ("0.0.0.0", "http://0.0.0.0:", False),
    ]:
        try:
            sock = server.listen(host, 0)
        except Exception:
            if host != "::1":
                raise
            continue  # a machine without IPv6
        with sock:
            assert server.url_of(sock).startswith(url)
            assert server.is_local(sock) is local
