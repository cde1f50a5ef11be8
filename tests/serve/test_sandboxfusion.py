"""The real ``sandbox-fusion`` client, unmodified, finds what it expects."""

from __future__ import annotations

import asyncio
import base64
from typing import Any

import pytest
import requests
import sandbox_fusion as client

from .conftest import Running, Start

RUNS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "stdin": ({"code": "print(int(input()) * 2)", "stdin": "21"}, {"stdout": "42\n"}),
    "no stdin": ({"code": "import sys; print(repr(sys.stdin.read()))"}, {"stdout": "''\n"}),
    "both streams": (
        {"code": "import sys; print('a'); print('b', file=sys.stderr)"},
        {"stdout": "a\n", "stderr": "b\n"},
    ),
    "long outputs": (
        {"code": "import sys; print('a' * 200_000, end=''); sys.stderr.write('b' * 200_000)"},
        {"stdout": "a" * 200_000, "stderr": "b" * 200_000},
    ),
    "exit code": (
        {"code": "raise SystemExit(3)"},
        {"status": "Failed", "return_code": 3, "stderr": ""},
    ),
    "exception": (
        {"code": "1 / 0"},
        {
            "status": "Failed",
            "return_code": 1,
            "stderr": 'Traceback (most recent call last):\n  File "solution.py", line 1, in <module>\n'
            "    1 / 0\n    ~~^~~\nZeroDivisionError: division by zero\n",
        },
    ),
    "syntax error": ({"code": "def f(:"}, {"status": "Failed", "return_code": 1}),
    "signal": (
        {"code": "import os; os.kill(os.getpid(), 11)"},
        {"status": "Failed", "return_code": -11},
    ),
    "endless": (
        {"code": "print('so far', flush=True)\nwhile True: pass", "run_timeout": 0.2},
        {
            "status": "Failed",
            "run_status": "TimeLimitExceeded",
            "return_code": None,
            "stdout": "so far\n",
        },
    ),
    "sleeper": (
        {"code": "import time; time.sleep(1000)", "run_timeout": 0.2},
        {"status": "Failed", "run_status": "TimeLimitExceeded", "return_code": None},
    ),
    "not UTF-8": (
        {"code": "import sys; sys.stdout.buffer.write(b'\\xff\\x00')"},
        {"stdout": "\ufffd\0"},
    ),
    "files": (
        {
            "code": "import helper; print(helper.N, open('a/b.bin', 'rb').read())\n"
            "open('out', 'w').write('x'); print(open('out').read())",
            "files": {
                "helper.py": base64.b64encode(b"N = 5").decode(),
                "a/b.bin": base64.b64encode(b"\xff").decode(),
                "IGNORE_THIS_FILE": base64.b64encode(b"").decode(),
                "none": None,
            },
        },
        {"stdout": "5 b'\\xff'\nx\n"},
    ),
}


@pytest.fixture(autouse=True, scope="module")
def endpoint(running: Running) -> None:
    client.set_endpoint(running.url)


def run(**request: Any) -> client.RunCodeResponse:
    return client.run_code(client.RunCodeRequest(language="python", **request), max_attempts=1)


@pytest.mark.parametrize("name", RUNS)
def test_a_run_shows_what_the_client_expects(name: str) -> None:
    request, expected = RUNS[name]
    got = run(**request)
    assert got.run_result is not None
    assert got.run_result.execution_time is not None
    shown = {
        **got.run_result.dict(),
        "status": got.status.value,
        "run_status": got.run_result.status.value,
        "compile_result": got.compile_result,
    }
    usual = {"status": "Success", "run_status": "Finished", "compile_result": None}
    assert usual | expected == {key: shown[key] for key in usual | expected}
    assert got.message == ""


def test_what_cannot_be_run_is_a_sandbox_error_that_the_client_raises() -> None:
    for request, reason in [
        ({"language": "cpp"}, "runs python only, not cpp"),
        ({"language": "python", "fetch_files": ["x"]}, "leave out fetch_files"),
    ]:
        with pytest.raises(Exception, match=reason):
            client.run_code(client.RunCodeRequest(code="x", **request), max_attempts=1)
    with pytest.raises(Exception, match="not notebooks"):
        client.run_jupyter(client.RunJupyterRequest(cells=["1"]), max_attempts=1)
    with pytest.raises(Exception, match="must be a relative path"):
        run(code="x", files={"../x": "aGk="})


def test_many_clients_at_a_time_each_get_their_own_answer(running: Running) -> None:
    requests = [
        client.RunCodeRequest(code="print(input())", stdin=str(i), language="python")
        for i in range(60)
    ]
    together = client.run_concurrent(client.run_code, args=[[r] for r in requests], concurrency=20)
    assert [got.run_result.stdout for got in together] == [f"{i}\n" for i in range(60)]

    async def main() -> list[str]:
        got = await asyncio.gather(*(client.run_code_async(r) for r in requests))
        return [each.run_result.stdout for each in got]

    assert asyncio.run(main()) == [f"{i}\n" for i in range(60)]


def test_summary_of_the_client() -> None:
    mapping = client.SummaryMapping(RunTimeout="late", RunFailed="wrong")
    programs = {"": "Success", "exit(1)": "wrong", "while 1: pass": "late"}
    found = {
        code: client.summary_run_code_result(run(code=code, run_timeout=0.5), mapping)
        for code in programs
    }
    assert found == programs


def test_ping(running: Running) -> None:
    assert requests.get(f"{running.url}/v1/ping").json() == "pong"


# ---------------------------------------------------------------------------------------- submit

ECHO = {"test": [{"input": {"stdin": s}, "output": {"stdout": s}} for s in ("1", "2.0", "Abc")]}
ANSWER = "Sure:\n```python\nprint(input().lower() + ' ')\n```\nand\n```python\nother()\n```"


def submit(completion: str, row: dict[str, Any], kind: str, **config: Any) -> client.EvalResult:
    settings = client.TestConfig(
        dataset_type=kind, language="python", provided_data=row, extra=config
    )
    request = client.SubmitRequest(dataset="x", id="a7", completion=completion, config=settings)
    return client.submit(request, max_attempts=1)


def test_common_oj() -> None:
    right = submit(ANSWER, ECHO, "CommonOJDataset")
    assert right.accepted
    assert right.id == "a7"
    assert right.extracted_code == "print(input().lower() + ' ')"
    assert [test.passed for test in right.tests] == [True, True, True]
    assert right.tests[1].exec_info.run_result.stdout == "2.0 \n"
    wrong = submit("```\nprint(2)\n```", ECHO, "CommonOJDataset")
    assert (wrong.accepted, [test.passed for test in wrong.tests]) == (False, [False])
    all_of_it = submit("```\nprint(2)\n```", ECHO, "CommonOJDataset", run_all_cases=True)
    assert [test.passed for test in all_of_it.tests] == [False, True, False]


def test_auto_eval_is_not_deceived_by_an_exit_code() -> None:
    row = {"labels": {"programming_language": "python"}, "test": {"code": "assert f(2) == 4"}}
    programs = {
        "def f(x): return x * 2": True,
        "def f(x): return x": False,
        "import os\nos._exit(0)": False,
        "def f(x):\n    import os\n    os._exit(0)": False,
        "def f(x): return x * 2\nif __name__ == '__main__':\n    f()": True,
    }
    found = {
        code: submit(f"```python\n{code}\n```", row, "AutoEvalDataset").accepted
        for code in programs
    }
    assert found == programs
    inserted = {**row, "test": {"code": "import math\n#<INSERT>\nassert f(4) == 2"}}
    assert submit("def f(x): return math.sqrt(x)", inserted, "AutoEvalV5Dataset").accepted


def test_what_is_not_offered_is_said() -> None:
    for arguments, reason in [
        ((ANSWER, [ECHO], "CommonOJDataset"), "keeps no data sets"),
        ((ANSWER, ECHO, "MBPPDataset"), "must be CommonOJDataset or AutoEvalDataset"),
        ((ANSWER, {"test": "no JSON"}, "CommonOJDataset"), "of the kind list"),
        ((ANSWER, {"test": [{"input": 1}]}, "CommonOJDataset"), "provided_data: 'test'"),
    ]:
        with pytest.raises(Exception, match=reason):
            submit(*arguments)
    asked = client.GetPromptsRequest(dataset="x", config=client.TestConfig())
    with pytest.raises(Exception, match=r"code 400.*keeps no data sets"):
        client.get_prompts(asked)
    assert requests.get(f"{client.config.SANDBOX_ENDPOINT}/list_datasets").json() == []
    request = client.SubmitRequest(
        dataset="x", id=1, completion="", config=client.TestConfig(custom_extract_logic="x")
    )
    assert client.submit_safe(request, max_attempts=1).accepted is False


# ------------------------------------------------------------------------------------------ verl


def verl_call(url: str, code: str, stdin: str) -> requests.Response:
    """The request of verl (``verl/utils/reward_score/sandbox_fusion/utils.py``), key by key."""
    body = {
        "compile_timeout": 10,
        "run_timeout": 10,
        "code": code,
        "stdin": stdin,
        "memory_limit_MB": 1024,
        "language": "python",
        "files": {},
        "fetch_files": [],
    }
    return requests.post(f"{url}/run_code", json=body, timeout=30)


def test_verl_gets_a_result_and_a_504_for_a_full_queue(running: Running, start: Start) -> None:
    answer = verl_call(running.url, "print(input())", "x").json()
    assert (answer["status"], answer["compile_result"]) == ("Success", None)
    assert answer["run_result"]["status"] == "Finished"
    assert answer["run_result"]["stdout"] == "x\n"
    with start(queue=1) as small, small.connect() as busy:
        body = b'{"code": "import time; time.sleep(1000)", "language": "python"}'
        busy.sendall(
            b"POST /run_code HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body)
        )
        busy.sendall(body)
        small.waits_for("rltf_queue_programs", 1)
        assert verl_call(small.url, "print(1)", "").status_code == 504
        busy.close()  # a client that goes away frees its place
        small.waits_for("rltf_queue_programs", 0)
        assert verl_call(small.url, "print(1)", "").status_code == 200
