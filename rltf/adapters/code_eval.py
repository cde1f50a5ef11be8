"""The metric ``code_eval`` of HF ``evaluate`` and of lm-evaluation-harness, in the sandbox.

from rltf.adapters.code_eval import compute
pass_at_k, results = compute(predictions=[["def f(): return 1"]], references=["assert f() == 1"])

evaluate.load(rltf.adapters.evaluate_metric.__file__)       instead of evaluate.load("code_eval")
python -m rltf.adapters.lm_eval run --tasks humaneval …     instead of lm-eval run …
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from numbers import Integral
from typing import Any

from rltf import Limits, TestCase
from rltf.adapters.completions import as_list, batch
from rltf.adapters.grader import Grader
from rltf.common.pass_at_k import pass_at_k
from rltf.errors import ConfigError, DataError, SandboxError
from rltf.problem import Problem
from rltf.sample import Sample
from rltf.scoring.pipeline import Job
from rltf.verdict import Verdict

Results = dict[int, list[tuple[int, dict[str, Any]]]]
"""Number of the problem to (number of the program, its result)."""


def compute(
    predictions: Sequence[Sequence[str]],
    references: Sequence[str],
    k: Sequence[int] = (1, 10, 100),
    num_workers: int | None = None,
    timeout: float = 3.0,
) -> tuple[dict[str, float], Results]:
    """Return pass@k, and the results of all programs, as ``code_eval`` does.

    No environment variable has to allow it: programs run in the sandbox.

    Args:
        predictions: The programs of each problem. They are run as they are.
        references: The test code of each problem.
        k: Which pass@k; those that some problem has too few programs for are left out.
        num_workers: Programs judged at a time; ``None``: one for each core.
        timeout: CPU seconds for the tests of one program.

    Raises:
        DataError: The predictions do not fit the references.
        SandboxError: A program could not be judged; the metric has no word for that.
    """
    counts = as_list("k", k)
    if not all(isinstance(n, Integral) and int(n) > 0 for n in counts):
        raise DataError(f"k must hold numbers from 1, not {k!r:.60}")
    try:
        limits = Limits(cpu_s=timeout)
    except ValueError as error:
        raise ConfigError(f"timeout: {error}") from None
    jobs = _jobs(predictions, references, limits)
    scored = iter(Grader(workers=num_workers).grade(jobs))
    results: Results = defaultdict(list)
    for task, programs in enumerate(predictions):
        for number, _ in enumerate(programs):
            verdict = next(scored).verdict
            result = {"task_id": task, "passed": verdict.passed, "result": _words(verdict)}
            results[task].append((number, {**result, "completion_id": number}))
    samples = [len(rows) for rows in results.values()]
    passed = [sum(row["passed"] for _, row in rows) for rows in results.values()]
    rates = {
        f"pass@{n}": float(pass_at_k(samples, passed, n).mean())
        for n in counts
        if samples and min(samples) >= n
    }
    return rates, results


class CodeEval:
    """Has the method that lm-evaluation-harness calls."""

    def compute(self, **arguments: Any) -> tuple[dict[str, float], Results]:
        """See :func:`compute`."""
        return compute(**arguments)


def _jobs(
    predictions: Sequence[Sequence[str]], references: Sequence[str], limits: Limits
) -> list[Job]:
    jobs = []
    for predicted, reference in batch(predictions=predictions, references=references):
        programs = as_list("predictions of a reference", predicted)
        for text in (reference, *programs):
            if not isinstance(text, str):
                raise DataError(f"predictions and references must be code, not {text!r:.60}")
        tests = [TestCase.assertion(reference)]
        problem = Problem(f"code_eval {reference}", "", tests, limits=limits)
        jobs += [Job(problem, Sample(problem.task_id, program)) for program in programs]
    return jobs


def _words(verdict: Verdict) -> str:
    """Return the result in the words of ``code_eval``."""
    match verdict.status:
        case "passed":
            return "passed"
        case "timeout":
            return "timed out"
        case "unscored":
            raise SandboxError(f"a program could not be judged: {verdict.reason}")
    error = verdict.error
    return f"failed: {error.message or error.type}" if error else f"failed: {verdict.status}"
