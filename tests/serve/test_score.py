"""``/score`` says what ``rltf score`` says."""

from __future__ import annotations

from typing import Any

import pytest

from rltf import Limits, Problem, Sample, Sandbox, TestCase, score
from rltf.samples.verdict_line import verdict_line

from .conftest import Running, Start

SQUARE = {"task_id": 1, "prompt": "Square.", "tests": [{"assert": "assert f(3) == 9"}]}
ECHO = {"task_id": "e", "tests": [{"input": "x", "output": "x"}], "limits": {"cpu_s": 1000.0}}
SOLUTIONS = [
    (1, "def f(x): return x * x"),
    ("1", "Here:\n```python\ndef f(x):\n    return x + y\n```\n"),
    ("e", "print(input())"),
    ("e", "print(1"),
]


def request(**changes: Any) -> dict[str, Any]:
    samples = [{"task_id": task, "solution": text} for task, text in SOLUTIONS]
    return {"problems": [SQUARE, ECHO], "samples": samples, **changes}


def without_times(line: dict[str, Any]) -> dict[str, Any]:
    measured = {"cpu_s": 0, "wall_s": 0, "peak_memory_mb": 0}
    return line | {"tests": [test | measured for test in line["tests"]]}


def test_the_results_are_the_lines_of_rltf_score(running: Running, sandbox: Sandbox) -> None:
    problems = [
        Problem("1", "Square.", [TestCase.assertion("assert f(3) == 9")]),
        Problem("e", "", [TestCase.stdin("x", "x")]),
    ]
    programs = [text for _, text in SOLUTIONS]
    programs[1] = "def f(x):\n    return x + y\n"
    samples = [
        Sample(task_id, program, index=index)
        for (task_id, index), program in zip(
            [("1", 0), ("1", 1), ("e", 0), ("e", 1)], programs, strict=True
        )
    ]
    expected = [verdict_line(scored) for scored in score(samples, problems, sandbox=sandbox)]
    answer = running.post("/score", request())
    assert answer.status == 200
    got = answer.json["results"]
    assert list(map(without_times, got)) == list(map(without_times, expected))
    assert [line["status"] for line in got] == [
        *("passed", "runtime_error", "passed", "syntax_error")
    ]


@pytest.mark.parametrize(
    ("changes", "status", "reason"),
    [
        ({"problems": [{"task_id": 1}]}, 422, "problems[0]: 'tests' is missing"),
        ({"problems": [SQUARE, SQUARE]}, 422, "problems[1]: task_id '1' comes twice"),
        ({"problems": [SQUARE]}, 422, "samples[2]: no problem has the task_id 'e'"),
        ({"problems": [{**SQUARE, "rule": "nix"}]}, 422, "problems[0]: "),
        ({"problems": [{**SQUARE, "limits": {"cpu_s": -1}}]}, 422, "problems[0]: limits: cpu_s"),
        ({"samples": [{"task_id": 1, "solution": "x"}] * 1025}, 413, "accepts 1024"),
    ],
)
def test_a_wrong_request_is_told_what_is_wrong(
    running: Running, changes: dict[str, Any], status: int, reason: str
) -> None:
    answer = running.post("/score", request(**changes))
    assert answer.status == status
    assert reason in answer.json["detail"]


def test_a_sample_that_cannot_be_judged_has_no_reward(running: Running) -> None:
    problem = {"task_id": "t", "tests": [{"assert": "assert 1 == 1"}]}
    sample = {"task_id": "t", "solution": "x = 1"}
    answer = running.post("/score", {"problems": [problem], "samples": [sample]})
    (line,) = answer.json["results"]
    assert line["status"] == "unscored"
    assert line["reason"]
    assert set(line["rewards"].values()) == {None}


def test_a_full_queue_is_a_503_that_says_when_to_come_again(start: Start) -> None:
    with start(queue=3) as small:
        answer = small.post("/score", request())
        assert answer.status == 413
        body = b'{"code": "import time; time.sleep(1000)", "language": "python"}'
        with small.connect() as busy:
            head = b"POST /run_code HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"
            busy.sendall(head % len(body) + body)
            small.waits_for("rltf_queue_programs", 1)
            samples = request()["samples"]
            assert small.post("/score", request(samples=samples[:2])).status == 200
            answer = small.post("/score", request(samples=samples[:3]))
            assert answer.status == 503
            assert answer.headers["retry-after"] == "1"
            assert "try again" in answer.json["detail"]
        small.waits_for("rltf_queue_programs", 0)


def test_a_problem_gets_no_more_than_the_server_allows(start: Start) -> None:
    test = {"input": "", "output": ""}
    problem = {"task_id": "t", "tests": [test], "limits": {"cpu_s": 1000.0, "memory_mb": 9999}}
    programs = ["while True: pass", "x = bytearray(3 << 30)"]
    samples = [{"task_id": "t", "solution": program} for program in programs]
    with start(limits=Limits(cpu_s=0.3)) as running:
        answer = running.post("/score", {"problems": [problem], "samples": samples})
    assert [line["status"] for line in answer.json["results"]] == ["timeout", "memory_limit"]
