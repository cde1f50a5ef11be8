"""code_eval: the function, the metric in HF evaluate, and the tasks of lm-evaluation-harness."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from rltf.adapters.code_eval import CodeEval, compute
from rltf.errors import DataError, SandboxError

RIGHT, WRONG = "def f(x):\n    return 2 * x\n", "def f(x):\n    return x\n"
TEST = "assert f(3) == 6"


def test_the_results_are_those_of_code_eval() -> None:
    rates, results = compute(
        predictions=[[RIGHT, WRONG], ["def f(x): return y", "while True: pass"]],
        references=[TEST, TEST],
        k=[1, 2, 10],
        timeout=0.5,
    )
    assert rates == {"pass@1": 0.25, "pass@2": 0.5}
    assert list(results) == [0, 1]
    assert results[0][0] == (
        0,
        {"task_id": 0, "passed": True, "result": "passed", "completion_id": 0},
    )
    assert [row["passed"] for rows in results.values() for _, row in rows] == [True] + [False] * 3
    assert results[0][1][1]["result"].startswith("failed: ")
    assert results[1][0][1]["result"] == "failed: name 'y' is not defined"
    assert results[1][1][1]["result"] == "timed out"


def test_tests_of_human_eval_are_a_program() -> None:
    check = "def check(candidate):\n    assert candidate(3) == 6\n\ncheck(f)"
    assert compute([[RIGHT], [WRONG]], [check, check], k=[1])[0] == {"pass@1": 0.5}
    assert compute([], []) == ({}, {})


@pytest.mark.parametrize(
    ("predictions", "references", "message"),
    [
        ([[RIGHT]], [], "references has 0 values for 1 predictions"),
        ([RIGHT], [TEST], "predictions of a reference must be a list, not"),
        ([[None]], [TEST], "predictions and references must be code, not None"),
        ([[RIGHT]], [None], "predictions and references must be code, not None"),
    ],
)
def test_garbage_is_named(predictions: Any, references: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        compute(predictions, references)


def test_what_could_not_be_judged_is_an_exception(monkeypatch: pytest.MonkeyPatch) -> None:
    from rltf import Sandbox

    def judge(*_: object) -> None:
        raise SandboxError("no more processes")

    monkeypatch.setattr(Sandbox, "judge", judge)
    with (
        pytest.warns(UserWarning, match="unscored"),
        pytest.raises(SandboxError, match="no more processes"),
    ):
        compute([["def f(x):\n    return 6\n"]], [TEST], timeout=1.5)


def test_hugging_face_evaluate_loads_the_metric() -> None:
    evaluate = pytest.importorskip("evaluate")
    from rltf.adapters import evaluate_metric

    metric = evaluate.load(evaluate_metric.__file__)
    rates, results = metric.compute(
        predictions=[[RIGHT, WRONG]], references=[TEST], k=[1, 2], timeout=2.0
    )
    assert rates == {"pass@1": 0.5, "pass@2": 1.0}
    assert [row["passed"] for _, row in results[0]] == [True, False]


TASK = """
task: own_mbpp
dataset_path: json
dataset_kwargs: {{data_files: {{test: "{data}"}}}}
unsafe_code: true
output_type: generate_until
test_split: test
doc_to_text: "{{{{text}}}}"
doc_to_target: "{{{{test_list|join('\\n')}}}}"
target_delimiter: ""
metric_list:
  - metric: !function utils.pass_at_1
    aggregation: mean
    higher_is_better: true
generation_kwargs: {{until: ["[DONE]"], do_sample: false}}
"""


@pytest.mark.parametrize(("answer", "score"), [(RIGHT, 1.0), (WRONG, 0.0)])
def test_lm_eval_runs_its_own_task_in_the_sandbox(
    answer: str, score: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lm_eval = pytest.importorskip("lm_eval")
    evaluate = pytest.importorskip("evaluate")
    from lm_eval.api.model import LM
    from lm_eval.tasks import TaskManager

    from rltf.adapters.lm_eval import install

    class Writer(LM):
        def generate_until(self, requests: list[Any], disable_tqdm: bool = False) -> list[str]:
            return [answer for _ in requests]

        def loglikelihood(self, requests: Any, disable_tqdm: bool = False) -> Any: ...
        def loglikelihood_rolling(self, requests: Any, disable_tqdm: bool = False) -> Any: ...

    monkeypatch.setattr(evaluate, "load", evaluate.load)  # to be put back
    monkeypatch.delenv("HF_ALLOW_CODE_EVAL", raising=False)
    monkeypatch.delitem(sys.modules, "lm_eval.tasks.mbpp.utils", raising=False)
    install()
    install()
    assert isinstance(evaluate.load("code_eval"), CodeEval)
    data = tmp_path / "data.jsonl"
    data.write_text(
        json.dumps({"text": "Write f.", "test_list": [TEST, "assert f(0) == 0"]}) + "\n"
    )
    (tmp_path / "own.yaml").write_text(TASK.format(data=data))
    (tmp_path / "utils.py").write_text("from lm_eval.tasks.mbpp.utils import pass_at_1\n")
    found = lm_eval.simple_evaluate(
        model=Writer(),
        tasks=["own_mbpp"],
        task_manager=TaskManager(include_path=str(tmp_path), include_defaults=False),
        confirm_run_unsafe_code=True,
    )
    assert found["results"]["own_mbpp"]["pass_at_1,none"] == score
