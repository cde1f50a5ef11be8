"""The dialect of SandboxFusion: ``/run_code``, as its client and verl call it.

Source: bytedance/SandboxFusion, ``sandbox/server/sandbox_api.py`` and the package
``sandbox-fusion``. What the sandbox could not do is never a result of the program: it is answered
with HTTP 200 and the status ``SandboxError``, which the client raises and tries again.
"""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel

from rltf.serve.endpoint import Dialect, Endpoint, Seconds
from rltf.serve.refusal import Refusal
from rltf.serve.service import Service

if TYPE_CHECKING:
    from rltf.sandbox import RunResult

DIALECT = Dialect("SandboxFusion", busy_status=504)  # the only status that verl tries again
# fmt: off
Language = Literal[
    "python", "cpp", "nodejs", "go", "go_test", "java", "php", "csharp", "bash", "typescript",
    "sql", "rust", "cuda", "lua", "R", "perl", "D_ut", "ruby", "scala", "julia", "pytest",
    "junit", "kotlin_script", "jest", "verilog", "python_gpu", "lean", "swift", "racket",
    "python2", "gtest", "react",
]
# fmt: on
"""The languages that SandboxFusion knows."""
_OUTPUT = 1 << 20
"""Characters of stdout and of stderr that an answer has, as SandboxFusion's own."""
_IGNORED = "IGNORE_THIS_FILE"


class RunCodeRequest(BaseModel):
    """A program to run."""

    code: str
    language: Language
    stdin: str | None = None
    compile_timeout: float = 10
    run_timeout: Seconds = 10
    memory_limit_MB: int = -1
    files: dict[str, str | None] = {}
    fetch_files: list[str] = []


class CommandRunResult(BaseModel):
    """How a program ended."""

    status: Literal["Finished", "Error", "TimeLimitExceeded"]
    execution_time: float | None = None
    cpu_time: float | None = None
    return_code: int | None = None
    stdout: str | None = None
    stderr: str | None = None


class RunCodeResponse(BaseModel):
    """What came of a run."""

    status: Literal["Success", "Failed", "SandboxError"]
    message: str = ""
    compile_result: CommandRunResult | None = None
    run_result: CommandRunResult | None = None
    executor_pod_name: str | None = None
    files: dict[str, str] = {}


class RunJupyterRequest(BaseModel):
    """Cells of a notebook. The server only refuses them."""

    cells: list[str]


class RunJupyterResponse(BaseModel):
    """The refusal of a notebook."""

    status: Literal["SandboxError"] = "SandboxError"
    message: str
    driver: None = None
    cells: list[Any] = []
    executor_pod_name: str | None = None
    files: dict[str, str] = {}


async def run_code(service: Service, request: RunCodeRequest) -> RunCodeResponse:
    """Run a program once."""
    if fault := _not_offered(service, request):
        return sandbox_error(fault)
    memory = request.memory_limit_MB if request.memory_limit_MB > 0 else None
    with service.admit():
        result = await service.run(
            request.code,
            request.stdin or "",
            service.limits(request.run_timeout, memory),
            fixtures(request.files),
        )
    return answer_of(result)


def _not_offered(service: Service, request: RunCodeRequest) -> str:
    """Return why a program cannot be run here; empty if it can."""
    if request.language != "python":
        return f"rltf serve runs python only, not {request.language}"
    if request.fetch_files:
        return "rltf serve returns no files: leave out fetch_files, or print what you need"
    if request.files and not service.has_folder:
        return "this machine has no folder for files to give; rltf doctor says what it lacks"
    return ""


async def run_jupyter(service: Service, request: RunJupyterRequest) -> RunJupyterResponse:
    """Refuse a notebook."""
    return RunJupyterResponse(message="rltf serve runs programs, not notebooks: use /run_code")


def sandbox_error(message: str) -> RunCodeResponse:
    """Return the answer where there is no result: the client raises it."""
    return RunCodeResponse(status="SandboxError", message=message, executor_pod_name=_pod())


def fixtures(files: Mapping[str, Any]) -> dict[str, bytes]:
    """Return the files that a program finds in its folder. Raise ``Refusal`` for other paths."""
    from rltf.common import fixture_files

    contents: dict[str, bytes] = {}
    for path, content in files.items():
        if not isinstance(content, str) or _IGNORED in path:
            continue
        try:
            contents[path] = base64.b64decode(content)
        except (binascii.Error, ValueError):
            raise Refusal(400, f"files: {path!r:.80} is not base64") from None
    try:
        fixture_files.check(contents)
    except ValueError as error:
        raise Refusal(400, str(error).replace("fixtures: ", "files: ", 1)) from None
    return contents


def answer_of(result: RunResult) -> RunCodeResponse:
    """Return the answer for a run, by SandboxFusion's rules (``parse_run_status``)."""
    if result.status == "unscored":
        return sandbox_error(result.reason)
    is_late = result.status == "timeout"
    code = result.exit_code
    if code is None:
        code = -result.signal if result.signal else 1
    return RunCodeResponse(
        status="Success" if code == 0 and not is_late else "Failed",
        run_result=CommandRunResult(
            status="TimeLimitExceeded" if is_late else "Finished",
            execution_time=result.wall_s,
            cpu_time=result.cpu_s,
            return_code=None if is_late else code,
            stdout=_text(result.stdout),
            stderr=_text(result.stderr) + _explanation(result),
        ),
        executor_pod_name=_pod(),
    )


def _explanation(result: RunResult) -> str:
    """Return a last line of stderr for a program that could not write one itself."""
    if result.error is None or result.exit_code is not None:
        return ""
    return f"{result.error.type}: {result.error.message}\n"


def _text(output: str) -> str:
    """Return the beginning of an output, with U+FFFD for bytes that are not UTF-8."""
    cut = output[:_OUTPUT]
    if cut.isascii():
        return cut
    return cut.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _pod() -> str | None:
    return os.environ.get("MY_POD_NAME")


ENDPOINTS = (
    Endpoint(
        "/run_code",
        "Run a Python program with an input, and return its output.",
        DIALECT,
        RunCodeRequest,
        RunCodeResponse,
        run_code,
    ),
    Endpoint(
        "/run_jupyter",
        "Notebooks are refused in SandboxFusion's way.",
        DIALECT,
        RunJupyterRequest,
        RunJupyterResponse,
        run_jupyter,
    ),
)
