"""Harnesses of benchmarks/parity.py, which judge as they do in an evaluation; run by parity_peers.py.

lm-eval judges with the metric functions of its tasks, one program after another. They load HF's metric
``code_eval``, from a clone of github.com/huggingface/evaluate where the hub is out of reach. inspect_ai
evaluates samples with the scorers of inspect_evals in its local sandbox. OpenAI's simple-evals, which is
in no registry, is run from a clone of github.com/openai/simple-evals: its HumanEval, whose sampler gives
the answers. The clones lie in one folder, under the names of their repositories.

An item is what Sample.as_json in parity_samples.py makes. Its ``answer``, if it has one, goes through what
the harness takes the program out with; otherwise its program is judged as it is.
"""

from __future__ import annotations

import importlib
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from peer_checks import PASSED

Item = dict[str, Any]
Check = Callable[[Sequence[Item]], list[str]]
FAILED = "failed"
"""The word of a harness that gives no reason."""

_PROBES: tuple[Item, ...] = (
    {
        "dataset": "HumanEval",
        "prompt": "def f():\n    pass\n",
        "entry_point": "f",
        "program": "def f():\n    return 1\n",
        "setup": "",
        "test": "def check(candidate):\n    assert candidate() == 1\n",
        "tests": [],
    },
    {
        "dataset": "MBPP",
        "prompt": "Return 1.",
        "entry_point": "f",
        "program": "def f():\n    return 1\n",
        "setup": "",
        "test": "",
        "tests": ["assert f() == 1"],
    },
)


class _Kept:
    """HF's metric, and what it said last: the tasks of lm-eval keep only the rate."""

    def __init__(self, metric: Any) -> None:
        self._metric = metric
        self.word = ""

    def compute(self, **given: Any) -> Any:
        rates, results = self._metric.compute(**given)
        self.word = str(results[0][0][1]["result"])
        return rates, results


def lm_eval(workers: int, sources: Path | None) -> Check:
    """Its tasks ``humaneval``, ``mbpp`` and, for answers, ``mbpp_instruct``."""
    os.environ["HF_ALLOW_CODE_EVAL"] = "1"
    if sources is not None:
        os.chdir(sources / "evaluate" / "metrics")  # where evaluate.load("code_eval") looks first
    humaneval = importlib.import_module("lm_eval.tasks.humaneval.utils")
    mbpp = importlib.import_module("lm_eval.tasks.mbpp.utils")
    kept = {"HumanEval": _Kept(humaneval.compute_), "MBPP": _Kept(mbpp.pass_at_k)}
    humaneval.compute_, mbpp.pass_at_k = kept.values()  # type: ignore[attr-defined]

    def judge(item: Item) -> str:
        program = item["program"]
        if item["dataset"] == "HumanEval":
            reference = f"{item['test']}\ncheck({item['entry_point']})"
            rate = humaneval.pass_at_k([reference], [[program]], k=[1])["pass@1"]
        else:
            if item.get("answer"):
                ((program,),) = mbpp.build_predictions([[item["answer"]]], [{}])
            rate = mbpp.pass_at_1(["\n".join(item["tests"])], [[program]])
        return PASSED if rate == 1 else kept[item["dataset"]].word

    return lambda items: [judge(item) for item in items]


def inspect_ai(workers: int, sources: Path | None) -> Check:
    """The scorers of inspect_evals' tasks ``humaneval`` and ``mbpp``."""
    os.environ["PATH"] = f"{Path(sys.executable).parent}:{os.environ['PATH']}"  # it runs `python`
    modules = {
        name: importlib.import_module(f"inspect_evals.{name.lower()}.{name.lower()}")
        for name in ("HumanEval", "MBPP")
    }

    def check(items: Sequence[Item]) -> list[str]:
        words: dict[int, str] = {}
        for name, module in modules.items():
            places = [place for place, item in enumerate(items) if item["dataset"] == name]
            if places:
                said = _inspected([items[place] for place in places], module, workers)
                words |= dict(zip(places, said, strict=True))
        return [words[place] for place in range(len(items))]

    return check


def _inspected(items: Sequence[Item], module: ModuleType, workers: int) -> list[str]:
    """What an evaluation says, with a solver that gives the recorded answers."""
    import inspect_ai as inspect
    from inspect_ai.dataset import MemoryDataset, Sample
    from inspect_ai.model import ModelOutput
    from inspect_ai.solver import solver

    @solver
    def recorded() -> Any:
        async def solve(state: Any, generate: Any) -> Any:
            state.output = ModelOutput.from_content("recorded", state.metadata["completion"])
            return state

        return solve

    samples = []
    for place, item in enumerate(items):
        answer = item.get("answer")
        metadata = {
            "prompt": item["prompt"] if answer else "",
            "test": item["test"],
            "entry_point": item["entry_point"],
            "completion": answer or item["program"],
        }
        target = item["tests"] or "none"
        samples.append(Sample(item["prompt"], target=target, id=place, metadata=metadata))
    task = inspect.Task(
        dataset=MemoryDataset(samples),
        solver=recorded(),
        scorer=module.verify(),
        sandbox="local",
    )
    with tempfile.TemporaryDirectory() as folder:
        (log,) = inspect.eval(
            task,
            model="mockllm/model",
            display="none",
            log_dir=folder,
            max_samples=workers,
            max_sandboxes=workers,
            max_subprocesses=workers,
        )
        if log.status != "success":
            raise RuntimeError(f"inspect_ai: {log.error.message if log.error else log.status}")
        found = {sample.id: sample.scores["verify"] for sample in log.samples}
    return [_word(found[place]) for place in range(len(items))]


def _word(score: Any) -> str:
    lines = [line for line in score.explanation.splitlines() if line.strip("`").strip()]
    return PASSED if score.value == "C" else lines[-1]


class _Recorded:
    """A sampler of simple-evals that gives one answer."""

    def __init__(self, answer: str) -> None:
        self.response_text = answer

    def _pack_message(self, role: str, content: str) -> dict[str, str]:
        return {"role": role, "content": content}

    def __call__(self, messages: Any) -> _Recorded:
        return self


def simple_evals(workers: int, sources: Path | None) -> Check:
    """Its HumanEval; it knows no other programs than those in answers, and no MBPP."""
    os.environ["TQDM_DISABLE"] = "1"  # a bar for each item
    sys.path.insert(0, str(sources))
    module = importlib.import_module("simple-evals.humaneval_eval")
    evaluation = module.HumanEval(num_examples=0, num_samples_per_task=1, ks_passes=[1])

    def judge(item: Item) -> str:
        example = {name: item[name] for name in ("prompt", "test", "entry_point")}
        evaluation.examples = [example | {"task_id": ""}]
        answer = item.get("answer") or f"```python\n{item['program']}```"
        return PASSED if evaluation(_Recorded(answer)).score == 1 else FAILED

    return lambda items: [judge(item) for item in items]


HARNESSES: dict[str, Callable[[int, Path | None], Check]] = {
    "lm-eval": lm_eval,
    "inspect_ai": inspect_ai,
    "simple-evals": simple_evals,
}


def ready(name: str, workers: int, sources: Path | None) -> Check:
    """The check of that harness, tried once on a right program of each of its datasets."""
    check = HARNESSES[name](workers, sources)
    probes = _PROBES[:1] if name == "simple-evals" else _PROBES
    assert check(probes) == [PASSED] * len(probes)
    return check
