"""Prompts beside those that the harnesses themselves make, where these are installed."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import pytest

from rltf import Problem, TestCase, manager
from rltf.bench.presets import resolve
from rltf.models.chat_template import ChatTemplate
from rltf.plugins.prompts.mbpp_tasks import SOLVED_TASKS

ASSERTS = [f"assert double({n}) == {2 * n}" for n in range(3)]
MBPP_ROW = {
    "task_id": 11,
    "text": "Write a function to double a number.",
    "code": "def double(n):\n    return 2 * n",
    "test_list": ASSERTS,
}
HUMANEVAL_ROW = {
    "task_id": "HumanEval/9",
    "prompt": '\n\ndef double(n: int) -> int:\n    """ Double n. """\n',
    "entry_point": "double",
    "canonical_solution": "    return 2 * n\n",
    "test": "def check(candidate):\n    assert candidate(1) == 2\n",
}
MBPP = Problem("11", str(MBPP_ROW["text"]), [TestCase.assertion(test) for test in ASSERTS])
HUMANEVAL = Problem(
    "HumanEval/9",
    str(HUMANEVAL_ROW["prompt"]),
    [TestCase.assertion(f"{HUMANEVAL_ROW['test']}check(double)")],
    entry_point="double",
)
LM_EVAL = """
include: {folder}/tasks/{suite}/{task}.yaml
task: own
dataset_path: json
dataset_name: null
dataset_kwargs: {{data_files: {{test: "{data}"}}}}
"""


class Turns:
    """A tokenizer whose template marks each turn, and the end of those that have one."""

    def apply_chat_template(
        self, messages: Any, tokenize: bool = False, add_generation_prompt: bool = True
    ) -> str:
        turns = [f"<{each['role']}>{each['content']}" for each in messages]
        if add_generation_prompt:
            turns.append("<assistant>")
        return "</s>".join(turns)


def lm_eval_request(
    suite: str, task: str, row: dict[str, Any], folder: Path, chat: bool
) -> tuple[str, dict[str, Any]]:
    """The prompt of lm-eval's own task for a row, and how it asks for the answer."""
    lm_eval = pytest.importorskip("lm_eval")
    evaluate = pytest.importorskip("evaluate")
    from lm_eval.tasks import TaskManager, get_task_dict

    from rltf.adapters.lm_eval import install

    load = evaluate.load
    install()  # its tasks fetch the metric from the hub when they are read
    try:
        (folder / "row.jsonl").write_text(json.dumps(row) + "\n")
        place = Path(lm_eval.__file__).parent
        text = LM_EVAL.format(folder=place, suite=suite, task=task, data=folder / "row.jsonl")
        (folder / "own.yaml").write_text(text)
        own = TaskManager(include_path=str(folder), include_defaults=False)
        made = get_task_dict(["own"], own)["own"]
    finally:
        evaluate.load = load
    made.build_all_requests(
        limit=None,
        rank=0,
        world_size=1,
        apply_chat_template=chat,
        fewshot_as_multiturn=chat,
        chat_template=Turns().apply_chat_template if chat else None,
    )
    context, asked = made.instances[0].args
    return context, asked


@pytest.mark.parametrize("chat", [False, True])
@pytest.mark.parametrize(
    ("suite", "row", "problem"),
    [("humaneval", HUMANEVAL_ROW, HUMANEVAL), ("mbpp", MBPP_ROW, MBPP)],
)
def test_lm_eval_asks_the_same(
    suite: str, row: dict[str, Any], problem: Problem, chat: bool, tmp_path: Path
) -> None:
    theirs, asked = lm_eval_request(suite, f"{suite}_instruct", row, tmp_path, chat)
    preset = resolve(suite, "lm-eval-instruct", False, {})
    form = manager.get("prompt", preset.prompt)
    ours = form.untemplated(form(problem))
    if chat:
        ours = ChatTemplate(Turns()).apply(form(problem), form.examples)
        ours += form.answer_start(form(problem))
    assert ours == theirs
    assert asked["max_gen_toks" if "max_gen_toks" in asked else "max_tokens"] == (
        preset.sampling.max_new_tokens
    )
    assert asked["do_sample"] is False
    assert preset.sampling.temperature == 0
    assert set(asked["until"]) <= {*form.stops}


def test_inspect_evals_asks_the_same_of_mbpp(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inspect_ai = pytest.importorskip("inspect_ai")
    pytest.importorskip("inspect_evals")
    from datasets import Dataset
    from inspect_ai.dataset import MemoryDataset

    module = importlib.import_module("inspect_evals.mbpp.mbpp")
    solved = [
        {
            "task_id": number,
            "text": task.description,
            "code": task.program,
            "test_list": [*task.tests],
        }
        for number, task in enumerate(SOLVED_TASKS, 2)
    ]
    row = MBPP_ROW | {"prompt": MBPP_ROW["text"], "source_file": "", "test_imports": []}
    # the hub's two data sets
    monkeypatch.setattr(module, "load_dataset", lambda *_, **__: Dataset.from_list(solved))
    monkeypatch.setattr(
        module, "hf_dataset", lambda **__: MemoryDataset([module.record_to_sample(row)])
    )
    (log,) = inspect_ai.eval(
        module.mbpp(),
        model="mockllm/model",
        sandbox="local",
        log_dir=str(tmp_path),
        display="none",
    )
    preset = resolve("mbpp", "inspect_ai", False, {})
    assert manager.get("prompt", preset.prompt)(MBPP) == log.samples[0].messages[0].text
    assert log.plan.config.temperature == preset.sampling.temperature
    assert preset.limits.cpu_s == module.VERIFY_TIMEOUT


def test_inspect_evals_asks_the_same_of_humaneval() -> None:
    pytest.importorskip("inspect_evals")
    module = importlib.import_module("inspect_evals.humaneval.humaneval")
    preset = resolve("humaneval", "inspect_ai", False, {})
    asked = module.record_to_sample()(HUMANEVAL_ROW).input
    assert manager.get("prompt", preset.prompt)(HUMANEVAL) == asked
    assert preset.limits.cpu_s == module.VERIFY_TIMEOUT


def test_the_prompts_are_those_that_were_read() -> None:
    form = manager.get("prompt", "humaneval-instruct")
    code = HUMANEVAL_ROW["prompt"]
    assert form.untemplated(form(HUMANEVAL)) == (
        "Write a solution to the following problem and make sure that it passes the tests:\n"
        f"```python\n{code}\n```\nHere is the completed function:\n```python\n{code}\n"
    )
    form = manager.get("prompt", "mbpp-instruct")
    assert form(MBPP) == (
        "You are an expert Python programmer, and here is your task:\n"
        "Write a function to double a number.\nYour code should pass these tests:\n"
        "assert double(0) == 0\nassert double(1) == 2\nassert double(2) == 4"
    )
    assert form.answer_prefix == "\n```python\n"
    begun = [answer.removeprefix("\n```python\n")[:12] for _, answer in form.examples]
    assert begun == ["def similar_", "import math\r", "import heapq"]
    assert form.examples[1][0].endswith("assert is_not_prime(35) == True")
    text = manager.get("prompt", "inspect_ai-mbpp")(MBPP)
    assert text.startswith("You are an expert Python programmer. You will be given a task, and ")
    assert text.count("```python\n") == 11
    assert (
        "```\n\n\n# Now, do it for the following task.\n\n## Prompt:\n```python\nWrite a function to "
        "double a number.\n```\n\n## Test Case:\n```python\nassert double(0) == 0\n"
    ) in text
    assert text.endswith("assert double(2) == 4\n```\n\n## Completion:\n")


def test_a_begun_answer_ends_at_its_fence() -> None:
    for name in ("humaneval-instruct", "mbpp-instruct"):
        assert "```" in manager.get("prompt", name).stops
    form = manager.get("prompt", "humaneval-instruct")
    assert form.program(HUMANEVAL, "    return 2\n") == HUMANEVAL.prompt + "    return 2\n"
    assert form.program(MBPP, "def double(n): ...") == "def double(n): ..."
