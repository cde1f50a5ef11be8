"""The dialect of open-instruct's code server: ``/test_program`` and ``/test_program_stdio``.

Source: allenai/open-instruct, ``open_instruct/code_utils/api.py`` and ``code_utils.py``. There, a
program that contains ``import os`` and the like fails without being run; here, all programs run.
"""

from __future__ import annotations

import base64
import io
import pickle
import zlib
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError

from rltf.problem import Problem, TestCase
from rltf.serve.endpoint import Dialect, Endpoint, Seconds
from rltf.serve.refusal import Refusal
from rltf.serve.service import Service
from rltf.verdict import Verdict

DIALECT = Dialect("open-instruct", busy_status=503)
_NOT_RUN = -1.0
"""The runtime of a test that was not passed."""


class StdioTest(BaseModel):
    """An input and the expected output."""

    input: str
    output: str


class TestRequest(BaseModel):
    """A program and its tests: a list, its JSON text, or as ``encode_tests`` packs it."""

    program: str
    tests: Any
    max_execution_time: Seconds = 1.0


class TestResponse(BaseModel):
    """For each test, 1 or 0, and the CPU seconds that it took or -1."""

    results: list[int]
    runtimes: list[float]


async def test_program(service: Service, request: TestRequest) -> TestResponse:
    """Judge a program against tests that are code."""
    tests = _tests(service, request, _CODES)
    return await _judge(service, request, [TestCase.assertion(code) for code in tests], "strict")


async def test_program_stdio(service: Service, request: TestRequest) -> TestResponse:
    """Judge a program against inputs and outputs, compared as LiveCodeBench does."""
    tests = _tests(service, request, _STDIO)
    cases = [TestCase.stdin(test.input, test.output) for test in tests]
    return await _judge(service, request, cases, "livecodebench")


async def _judge(
    service: Service, request: TestRequest, tests: Sequence[TestCase], rule: str
) -> TestResponse:
    if not tests:
        return TestResponse(results=[], runtimes=[])
    limits = service.limits(request.max_execution_time)
    problem = Problem("request", "", tests, limits=limits, rule=rule)
    with service.admit():
        verdict = await service.judge(problem, request.program)
    if verdict.status == "unscored":
        raise Refusal(500, _unscored(verdict))
    return TestResponse(
        results=[int(test.passed) for test in verdict.tests],
        runtimes=[test.cpu_s if test.passed else _NOT_RUN for test in verdict.tests],
    )


def _unscored(verdict: Verdict) -> str:
    """Say which tests could not be judged: they are no fault of the program, and so no 0."""
    numbers = [str(n) for n, test in enumerate(verdict.tests, 1) if test.status == "unscored"]
    where = f"test {', '.join(numbers)} " if numbers else ""
    return f"{where}could not be judged: {verdict.reason}"


# ----------------------------------------------------------------------------------------- tests

_CODES = TypeAdapter(list[str])
_STDIO = TypeAdapter(list[StdioTest])
_ANY_JSON: TypeAdapter[Any] = TypeAdapter(Any)  # unlike json, it reads no number for minutes


def _tests(service: Service, request: TestRequest, adapter: TypeAdapter[list[Any]]) -> list[Any]:
    tests = request.tests
    if isinstance(tests, str) and tests:
        tests = _decoded(tests, service.options.body_bytes)
    try:
        return adapter.validate_python(tests or [])
    except ValidationError as error:
        fault = error.errors()[0]
        raise Refusal(422, f"tests: {fault['loc']}: {fault['msg']}") from None


def _decoded(text: str, most: int) -> Any:
    """Return the tests in a text; no more than ``most`` bytes are unpacked."""
    try:
        return _ANY_JSON.validate_json(text)
    except ValueError:
        pass
    try:
        unpacking = zlib.decompressobj()
        data = unpacking.decompress(base64.b64decode(text), most)
        if unpacking.unconsumed_tail:
            raise Refusal(413, f"tests: more than {most} bytes when unpacked")
        return _PlainUnpickler(io.BytesIO(data)).load()
    except Refusal:
        raise
    except Exception:  # whatever bytes that are no pickle of plain data lead to
        raise Refusal(
            422, "tests: neither JSON nor what encode_tests of open-instruct packs"
        ) from None


class _PlainUnpickler(pickle._Unpickler):
    """Reads lists, dicts and texts. Anything else in a pickle is code that would run here.

    The one in C keeps a table as long as the highest number in the data.
    """

    def find_class(self, module: str, name: str) -> Any:
        raise pickle.UnpicklingError(f"{module}.{name} is not data")


ENDPOINTS = (
    Endpoint(
        "/test_program",
        "Judge a program against tests that are code.",
        DIALECT,
        TestRequest,
        TestResponse,
        test_program,
    ),
    Endpoint(
        "/test_program_stdio",
        "Judge a program against inputs and outputs.",
        DIALECT,
        TestRequest,
        TestResponse,
        test_program_stdio,
    ),
)
