"""SandboxFusion's ``/submit``: a completion against tests that come with the request.

Source: bytedance/SandboxFusion, ``sandbox/datasets/common_oj.py`` and ``auto_eval.py``. There, a
program passes AutoEval when the file of program and tests exits with 0, which ``os._exit(0)`` does.
Here, the tests are judged apart from the program, as everywhere in rltf.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from rltf.problem import Problem, TestCase
from rltf.serve.endpoint import Endpoint, Seconds
from rltf.serve.refusal import Refusal
from rltf.serve.sandboxfusion import (
    DIALECT,
    CommandRunResult,
    Language,
    RunCodeResponse,
    answer_of,
    fixtures,
)
from rltf.serve.service import Service
from rltf.verdict import TestOutcome

M = TypeVar("M", bound=BaseModel)
_ANY_JSON: TypeAdapter[Any] = TypeAdapter(Any)  # unlike json, it reads no number for minutes
_RUN_TIMEOUT_S = 20.0
"""SandboxFusion's for Python, where a request has none."""
_TOLERANCE = 1e-5
NEED_DATA_SETS = (
    "/get_prompts",
    "/get_prompt_by_id",
    "/list_ids",
    "/get_metrics",
    "/get_metrics_function",
)
"""SandboxFusion's routes that answer from data sets of the server."""
NO_DATA_SETS = (
    "rltf serve keeps no data sets: give /submit the row as config.provided_data and its kind as "
    "config.dataset_type"
)
_INSERT = "#<INSERT>"
_MAIN = "if __name__ =="
_OPENING = re.compile(r"```[ \t]*(\w*)[^`\n]*$")
_PYTHON = {"python", "py", "python3"}
_AUTO_EVAL = {"AutoEvalDataset", "AutoEvalV4Dataset", "AutoEvalV5Dataset", "AutoEvalV6Dataset"}


class TestConfig(BaseModel):
    """How a submission is judged."""

    dataset_type: str | None = None
    language: Language | None = None
    compile_timeout: float | None = None
    run_timeout: Seconds | None = None
    custom_extract_logic: str | None = None
    provided_data: dict[str, Any] | list[dict[str, Any]] | None = None
    extra: dict[str, Any] = {}


class SubmitRequest(BaseModel):
    """A completion of a model, and the tests for it."""

    dataset: str
    id: int | str
    completion: str
    config: TestConfig


class EvalTestCase(BaseModel):
    """One test of a submission."""

    passed: bool
    exec_info: RunCodeResponse
    test_info: dict[str, Any] | None = None


class EvalResult(BaseModel):
    """What came of a submission."""

    id: int | str
    accepted: bool
    extracted_code: str
    full_code: str | None = None
    test_code: str | None = None
    tests: list[EvalTestCase]
    extracted_type: Literal["fenced", "incomplete_fenced", "heuristic", "empty"] | None = None
    extra: dict[str, Any] | None = None


class StdioTest(BaseModel):
    """A test of CommonOJ."""

    input: dict[str, str]
    output: dict[str, str]


class AutoEvalTest(BaseModel):
    """The test of an AutoEval row."""

    code: str
    asset: dict[str, str | None] = {}


async def submit(service: Service, request: SubmitRequest) -> EvalResult:
    """Judge a submission of one of the two kinds of data sets that need no server's data."""
    config = request.config
    row = config.provided_data
    if config.custom_extract_logic is not None:
        raise Refusal(400, "custom_extract_logic would run in the server: leave it out")
    if not isinstance(row, dict):
        raise Refusal(400, f"data set {request.dataset!r:.80} is not here: {NO_DATA_SETS}")
    with service.admit():
        if config.dataset_type == "CommonOJDataset":
            return await _common_oj(service, request, row)
        if config.dataset_type in _AUTO_EVAL:
            return await _auto_eval(service, request, row)
    raise Refusal(
        400, "config.dataset_type must be CommonOJDataset or AutoEvalDataset in rltf serve"
    )


# ------------------------------------------------------------------------------------- CommonOJ


async def _common_oj(
    service: Service, request: SubmitRequest, row: Mapping[str, Any]
) -> EvalResult:
    _require_python(request.config.language)
    cases = [_checked(StdioTest, case, "test") for case in _json(row.get("test"), list, "test")]
    code, kind = extract(request.completion)
    limits = service.limits(request.config.run_timeout or _RUN_TIMEOUT_S)
    tests: list[EvalTestCase] = []
    for case in cases:
        result = await service.run(code, case.input.get("stdin", ""), limits)
        if result.status == "unscored":
            raise Refusal(500, result.reason)
        info = answer_of(result)
        output = info.run_result.stdout if info.run_result else None
        passed = info.status == "Success" and same_output(
            output or "", case.output.get("stdout", "")
        )
        tests.append(EvalTestCase(passed=passed, exec_info=info, test_info=case.model_dump()))
        if not passed and not request.config.extra.get("run_all_cases"):
            break
    return EvalResult(
        id=request.id,
        accepted=bool(tests) and all(test.passed for test in tests),
        extracted_code=code,
        extracted_type=kind,
        tests=tests,
    )


def same_output(output: str, expected: str) -> bool:
    """Return whether CommonOJ takes an output for the expected one."""
    lines, answers = output.strip().split("\n"), expected.strip().split("\n")
    return len(lines) == len(answers) and all(map(_same_line, lines, answers))


def _same_line(line: str, answer: str) -> bool:
    line, answer = line.lower().strip(), answer.lower().strip()
    if line == answer:
        return True
    try:
        return math.isclose(float(line), float(answer), rel_tol=_TOLERANCE)
    except ValueError:
        return False


# ------------------------------------------------------------------------------------- AutoEval


async def _auto_eval(
    service: Service, request: SubmitRequest, row: Mapping[str, Any]
) -> EvalResult:
    labels = _json(row.get("labels"), dict, "labels")
    language = labels.get("programming_language")
    _require_python(labels.get("execution_language", language))
    test = _checked(AutoEvalTest, _json(row.get("test"), dict, "test"), "test")
    if request.config.extra.get("repr_code"):
        raise Refusal(400, "extra.repr_code makes the program a text of the test: not offered")
    code, kind = extract(request.completion)
    program, test_code = _parts(code, test.code)
    problem = Problem(
        str(request.id),
        "",
        [TestCase.assertion(test_code)],
        limits=service.limits(request.config.run_timeout or _RUN_TIMEOUT_S),
        fixtures=fixtures(test.asset),
    )
    verdict = await service.judge(problem, program)
    if verdict.status == "unscored":
        raise Refusal(500, f"the test cannot be judged: {verdict.reason}")
    info = _outcome_answer(verdict.tests[0])
    return EvalResult(
        id=request.id,
        accepted=verdict.passed,
        extracted_code=code,
        full_code=f"{program}\n{test_code}",
        test_code=test_code,
        tests=[EvalTestCase(passed=verdict.passed, exec_info=info)],
        extracted_type=kind,
    )


def _parts(code: str, test: str) -> tuple[str, str]:
    """Return the program and the test code that AutoEval puts into one file."""
    before, marker, after = test.partition(_INSERT)
    if marker:
        return before + code, after
    return code.partition(_MAIN)[0], test


def _outcome_answer(outcome: TestOutcome) -> RunCodeResponse:
    """Return what a run of program and test would have shown."""
    is_late = outcome.status == "timeout"
    return RunCodeResponse(
        status="Success" if outcome.passed else "Failed",
        run_result=CommandRunResult(
            status="TimeLimitExceeded" if is_late else "Finished",
            execution_time=outcome.wall_s,
            cpu_time=outcome.cpu_s,
            return_code=None if is_late else int(not outcome.passed),
            stdout=outcome.stdout,
            stderr=outcome.stderr or _failure(outcome),
        ),
    )


def _failure(outcome: TestOutcome) -> str:
    return f"{outcome.error.type}: {outcome.error.message}\n" if outcome.error else ""


# --------------------------------------------------------------------------------------- common


def extract(completion: str) -> tuple[str, Literal["fenced", "incomplete_fenced", "heuristic"]]:
    """Return the program in a completion, and how it was found.

    As in SandboxFusion, the first fenced block counts that is marked as Python, else the first.
    """
    closed, unclosed = _blocks(completion)
    if closed:
        marked = [code for language, code in closed if language.lower() in _PYTHON]
        return (marked or [closed[0][1]])[0], "fenced"
    if unclosed is not None:
        return unclosed, "incomplete_fenced"
    from rltf.extract import unwrap

    return unwrap(completion)[0], "heuristic"


def _blocks(text: str) -> tuple[list[tuple[str, str]], str | None]:
    """Return the fenced blocks, each with its language, and the code of one that has no end.

    It looks at each line once: a completion may be megabytes of fences.
    """
    closed: list[tuple[str, str]] = []
    language: str | None = None
    code: list[str] = []
    for line in text.split("\n"):
        if language is None:
            if opening := _OPENING.search(line):
                language, code = opening[1], []
        elif line.lstrip().startswith("```"):
            closed.append((language, "\n".join(code)))
            language = None
        else:
            code.append(line)
    return closed, None if language is None else "\n".join(code)


def _require_python(language: object) -> None:
    if language != "python":
        raise Refusal(400, f"rltf serve judges python only, not {language!r:.40}")


def _json(value: Any, kind: type, name: str) -> Any:
    """Return a field of a row, which may be JSON text."""
    try:
        value = _ANY_JSON.validate_json(value) if isinstance(value, str) else value
    except ValueError:
        value = None
    if not isinstance(value, kind):
        raise Refusal(400, f"provided_data: {name!r} must be of the kind {kind.__name__}")
    return value


def _checked(model: type[M], value: Any, name: str) -> M:
    try:
        return model.model_validate(value)
    except ValidationError as error:
        fault = error.errors()[0]
        raise Refusal(400, f"provided_data: {name!r}: {fault['loc']}: {fault['msg']}") from None


ENDPOINTS = (
    Endpoint(
        "/submit",
        "Judge a completion against the tests of config.provided_data (CommonOJ, AutoEval).",
        DIALECT,
        SubmitRequest,
        EvalResult,
        submit,
    ),
)
