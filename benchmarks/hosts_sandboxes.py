"""What ``hosts.py --sources`` compares rltf with: the sandboxes that hosts come with.

They are run from clones of their repositories, unchanged, as their hosts call them: open-r1's script
with a process for each test, two at a time; verl's ``prime_code`` in the threads of an event loop;
the metric ``code_eval`` of HF evaluate with four threads; the ``/run_code`` of SandboxFusion's
server, which ``pip install fastapi structlog aiofiles`` is enough for.
"""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

Judge = Callable[[Sequence[str]], int]
"""Takes programs, returns how many passed."""

CASES = [(f"{n}\n", f"{n * n}\n") for n in range(3)]
OPEN_R1 = {
    "language": "python",
    "test_cases": [{"input": a, "output": b, "type": "stdin_stdout"} for a, b in CASES],
}
PRIME = {"inputs": [a for a, _ in CASES], "outputs": [b for _, b in CASES]}
ASSERTS = "\n".join(f"assert square({n}) == {n * n}" for n in range(3))

_CLIENTS = 20
"""Threads with a client of SandboxFusion: verl's are as many as a process has calls in flight."""
_STARTS_IN_S = 60
_SERVE = """
import sys
sys.executable, port = sys.argv[1], int(sys.argv[2])
import fastapi, uvicorn
from sandbox.server.sandbox_api import sandbox_router
app = fastapi.FastAPI()
app.include_router(sandbox_router)
uvicorn.run(app, host="127.0.0.1", port=port, log_level="error")
"""
"""SandboxFusion's server without its data sets, whose packages are many. It wants a conda
environment, which it finds above its interpreter."""


def open_r1(clone: Path) -> Judge:
    """open-r1's ``code_reward``, with a process on this machine for E2B's."""
    source = (clone / "src" / "open_r1" / "rewards.py").read_text()
    (template,) = re.findall(r'evaluation_script_template = """\n(.*?)"""', source, re.S)
    call = "evaluate_code(code_snippet, test_cases)"
    *body, last = textwrap.dedent(template.replace("\\\\n", "\\n")).strip().splitlines()
    assert last == call
    cases = json.dumps(json.dumps(OPEN_R1["test_cases"]))

    def one(code: str) -> bool:
        script = "\n".join(body).format(code=json.dumps(code), test_cases=cases)
        command = [sys.executable, "-c", f"{script}\nprint({call})"]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        return float(done.stdout) == 1.0

    return lambda codes: sum(ThreadPoolExecutor(2).map(one, codes))


def prime_code(clone: Path) -> Judge:
    """verl's ``prime_code``, as its reward manager ``naive`` calls it."""
    # pyext does not install on Python 3.11; verl uses it to make a module of a text
    sys.modules.setdefault("pyext", _module("pyext", RuntimeModule=_RuntimeModule))
    folder = clone / "verl" / "utils" / "reward_score" / "prime_code"
    compute_score = _load("prime_code", folder / "__init__.py").compute_score

    def one(code: str) -> bool:
        score, _ = compute_score(code, PRIME, continuous=True)
        return bool(score)

    async def every(codes: Sequence[str]) -> int:
        loop = asyncio.get_running_loop()
        return sum(await asyncio.gather(*(loop.run_in_executor(None, one, c) for c in codes)))

    return lambda codes: asyncio.run(every(codes))


def code_eval(clone: Path) -> Judge:
    """The metric of HF evaluate."""
    execute = _load("code_eval_execute", clone / "metrics" / "code_eval" / "execute.py")

    def one(code: str) -> bool:
        return bool(execute.check_correctness(f"{code}\n{ASSERTS}", 3.0, 0, 0)["passed"])

    return lambda codes: sum(ThreadPoolExecutor(4).map(one, codes))


def sandbox_fusion(url: str) -> Judge:
    """The client of SandboxFusion, at a server."""
    import sandbox_fusion as client

    def one(code: str) -> bool:
        request = client.RunCodeRequest(code=code, language="python", stdin="2\n")
        reply = client.run_code(request, endpoint=url, max_attempts=1)
        result = reply.run_result
        return result is not None and result.stdout == "4\n"

    return lambda codes: sum(ThreadPoolExecutor(_CLIENTS).map(one, codes))


@contextmanager
def sandbox_fusion_server(clone: Path, python: str) -> Iterator[str]:
    """SandboxFusion's own server, in its configuration for a machine of one's own; its URL."""
    with socket.socket() as free, tempfile.TemporaryDirectory() as root:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        conda = Path(root)
        (conda / "condabin").mkdir()
        (conda / "bin").mkdir()
        (conda / "bin" / "activate").touch()
        free.close()
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        server = subprocess.Popen(
            [os.path.abspath(python), "-c", _SERVE, str(conda / "bin" / "python"), str(port)],
            cwd=clone,
            env={**os.environ, "PYTHONPATH": str(clone), "PATH": path},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            _wait_for(server, port)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait()


@contextmanager
def rltf_server(workers: int) -> Iterator[str]:
    """``rltf serve``; its URL."""
    command = [sys.executable, "-m", "rltf", "serve", "--port", "0", "--workers", str(workers)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        assert server.stdout is not None
        url = next(m[0] for line in server.stdout if (m := re.search(r"http://[\d.:]+", line)))
        yield url
    finally:
        server.terminate()
        server.wait()


class _RuntimeModule:
    @staticmethod
    def from_string(name: str, doc: str, source: str) -> ModuleType:
        made = ModuleType(name, doc)
        exec(source, made.__dict__)
        return made


def _module(name: str, **values: object) -> ModuleType:
    made = ModuleType(name)
    vars(made).update(values)
    return made


def _load(name: str, path: Path) -> Any:
    """Import one file or package of a clone, and nothing of what lies around it."""
    spec = importlib.util.spec_from_file_location(
        name,
        path,
        submodule_search_locations=[str(path.parent)] if path.name == "__init__.py" else None,
    )
    assert spec is not None
    assert spec.loader is not None
    sys.modules[name] = made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def _wait_for(server: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + _STARTS_IN_S
    while time.monotonic() < deadline and server.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise SystemExit("SandboxFusion's server did not start: pip install fastapi structlog aiofiles")
