"""``rltf run --policy hf:ID``: what is said of a checkpoint that is not on this machine."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest


class Hub(BaseHTTPRequestHandler):
    """Knows the model ``known/model`` and no other."""

    def do_GET(self) -> None:
        is_known = self.path.startswith("/api/models/known/model")
        body = json.dumps({"id": "known/model", "sha": "0" * 40} if is_known else {}).encode()
        self.send_response(200 if is_known else 404)
        if not is_known:
            self.send_header("X-Error-Code", "RepoNotFound")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def hub() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Hub) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def silent() -> Iterator[str]:
    """A hub that takes a request and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def run(
    folder: Path,
    endpoint: str,
    *words: str,
    python: Sequence[str] = ("-m", "rltf"),
    **variables: str,
) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of a run with an empty cache of the hub."""
    environment = {key: os.environ[key] for key in os.environ if not key.startswith("HF_")}
    environment |= {"HF_HOME": str(folder / "hub"), "HF_ENDPOINT": endpoint, **variables}
    done = subprocess.run(
        [sys.executable, *python, "run", *words],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=200,
    )
    return done.returncode, done.stdout, done.stderr


def test_a_dry_run_accepts_what_the_hub_has(hub: str, tmp_path: Path) -> None:
    code, stdout, stderr = run(tmp_path, hub, "--policy", "hf:known/model", "--dry-run")
    assert (code, "did not answer" in stderr) == (0, False)
    size = "known/model is not downloaded yet, so its size is not known"
    assert f"policy hf:known/model: {size}; hf download known/model gets it\n" in stderr
    assert json.loads(stdout)["policy"] == "hf:known/model"


@pytest.mark.parametrize("policy", ["hf:nobody/nothing", "codet5"])
def test_a_dry_run_refuses_what_the_hub_does_not_have(
    policy: str, hub: str, tmp_path: Path
) -> None:
    dry = run(tmp_path, hub, "--policy", policy, "--dry-run")
    assert dry[:2] == (2, "")
    assert dry[2].startswith(f"rltf: policy {policy}: {hub} has no model ")
    assert dry[2].count("\n") == 1
    assert run(tmp_path, hub, "--policy", policy) == dry


def test_a_dry_run_refuses_what_an_offline_run_cannot_load(hub: str, tmp_path: Path) -> None:
    words = ["--policy", "hf:known/model"]
    dry = run(tmp_path, hub, *words, "--dry-run", HF_HUB_OFFLINE="1")
    assert dry[:2] == (2, "")
    assert dry[2].startswith("rltf: policy hf:known/model: no copy of known/model in ")
    assert dry[2].count("\n") == 1
    assert run(tmp_path, hub, *words, HF_HUB_OFFLINE="1") == dry


@pytest.mark.parametrize("answer", ["refused", "none"])
def test_a_dry_run_warns_when_the_hub_cannot_be_asked(
    answer: str, silent: str, tmp_path: Path
) -> None:
    endpoint = silent if answer == "none" else "http://127.0.0.1:9"
    code, stdout, stderr = run(tmp_path, endpoint, "--policy", "hf:a/b", "--dry-run")
    assert code == 0
    assert json.loads(stdout)["policy"] == "hf:a/b"
    assert stderr.startswith(
        f"rltf: policy hf:a/b: a/b is not downloaded yet, and {endpoint} did not answer; the run "
        "needs it to\n"
    )


def test_torch_is_not_imported_for_a_checkpoint_that_is_not_here(hub: str, tmp_path: Path) -> None:
    program = "import sys; sys.modules['torch'] = None; from rltf.cli import main; main()"
    words = ["--policy", "hf:known/model", "--dry-run"]
    code, _, stderr = run(tmp_path, hub, *words, python=["-c", program])
    assert code == 0, stderr
