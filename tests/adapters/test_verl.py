"""verl's calls, replayed from its source: reward loop, naive and batch manager, plugin."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import entry_points
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from rltf.adapters import verl
from rltf.errors import DataError, SandboxError

RIGHT, WRONG = "def f(x):\n    return 2 * x\n", "def f(x):\n    return x\n"
TRUTH = json.dumps({"tests": [{"args": [3], "expected": 6}], "entry_point": "f"})
ROW: dict[str, Any] = {"data_source": "own", "ground_truth": TRUTH}
UNTESTED = json.dumps({"tests": []})


def test_many_single_calls_are_awaited() -> None:
    """As NaiveRewardManager._compute_score_for_response of verl 0.9 does."""

    async def run() -> list[Any]:
        programs = [RIGHT, WRONG] * 10
        call = {
            "extra_info": {"num_turns": None},
            "reward_router_address": "x",
            "rewards": "adaptive",
        }
        calls = [verl.compute_score(solution_str=each, **ROW, **call) for each in programs]
        return await asyncio.gather(*calls)

    found = asyncio.run(run())
    assert [each["score"] for each in found] == pytest.approx([1.0, -0.3] * 10)
    assert found[1] == {"score": -0.3, "acc": 0.0, "pass_ratio": 0.0, "status": "wrong_answer"}


def test_the_prompt_may_be_continued() -> None:
    row = {**ROW, "extra_info": {"prompt": "def f(x):\n"}}
    assert verl.compute_score_sync(solution_str="    return 2 * x\n", **row)["score"] == 1.0


def test_the_batch_manager_of_old_versions_gets_floats() -> None:
    """As BatchRewardManager.verify, which takes anything but numbers for 0."""
    scores = verl.compute_scores(
        data_sources=["own"] * 2,
        solution_strs=[RIGHT, WRONG],
        ground_truths=[TRUTH] * 2,
        extra_infos=[{}, None],
    )
    assert scores == pytest.approx([1.0, -0.3])
    assert all(type(score) is float for score in scores)


@pytest.mark.parametrize(
    ("solution", "truth", "error", "message"),
    [
        (RIGHT, UNTESTED, SandboxError, "could not be scored: the problem has no tests"),
        (None, TRUTH, SandboxError, "the host gave no completion"),
        (RIGHT, None, DataError, "ground_truth must hold the tests"),
        (RIGHT, '{"answer": "4"}', DataError, "ground_truth: the row has no tests"),
    ],
)
def test_what_cannot_be_scored_is_no_score(
    solution: Any, truth: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        verl.compute_score_sync("own", solution, truth)
    with pytest.raises(error, match=message):
        asyncio.run(verl.compute_score("own", solution, truth))


# ------------------------------------------------------------------ the manager, in verl's registry


class Current:
    """NaiveRewardManager of verl 0.9, without tensors."""

    def __init__(
        self, config: Any, tokenizer: Any, compute_score: Any, reward_router_address: Any = None
    ) -> None:
        self.compute_score = compute_score
        self.is_async_reward_score = asyncio.iscoroutinefunction(compute_score)

    async def run_single(self, response: str) -> dict[str, Any]:
        assert self.is_async_reward_score
        result = await self.compute_score(solution_str=response, extra_info={}, **ROW)
        return {"reward_score": result["score"], "reward_extra_info": result}


class Old:
    """NaiveRewardManager of verl 0.4, without tensors."""

    def __init__(
        self, tokenizer: Any, num_examine: int, compute_score: Any = None, reward_fn_key: str = ""
    ) -> None:
        self.num_examine = num_examine
        self.compute_score = compute_score

    def __call__(self, response: str) -> float:
        score = self.compute_score(solution_str=response, extra_info={}, **ROW)
        return float(score["score"])


def fake_verl(monkeypatch: pytest.MonkeyPatch, name: str, base: type[Any]) -> dict[str, Any]:
    """A verl that has one registry alone, as verl/…/registry.py is."""
    registry: dict[str, Any] = {}

    def register(manager: str) -> Callable[[Any], Any]:
        return lambda cls: registry.setdefault(manager, cls)

    parts = name.split(".")
    for end in range(1, len(parts) + 1):
        module = ModuleType(".".join(parts[:end]))
        module.__path__ = []
        monkeypatch.setitem(sys.modules, module.__name__, module)
    vars(module).update(register=register, NaiveRewardManager=base)
    monkeypatch.delitem(sys.modules, "rltf.adapters.verl_plugin", raising=False)
    return registry


def load_plugin() -> None:
    """As verl/__init__.py does."""
    (found,) = (each for each in entry_points(group="verl.plugins") if each.name == "rltf")
    found.load()


def test_the_current_verl_finds_the_manager(monkeypatch: pytest.MonkeyPatch) -> None:
    registry = fake_verl(monkeypatch, "verl.experimental.reward_loop.reward_manager", Current)
    load_plugin()
    manager = registry["rltf"](
        config=SimpleNamespace(), tokenizer=None, compute_score=print, reward_router_address=None
    )
    scores = [asyncio.run(manager.run_single(each))["reward_score"] for each in (RIGHT, WRONG)]
    assert scores == pytest.approx([1.0, -0.3])


def test_an_old_verl_finds_the_manager(monkeypatch: pytest.MonkeyPatch) -> None:
    registry = fake_verl(monkeypatch, "verl.workers.reward_manager", Old)
    load_plugin()
    manager = registry["rltf"](None, 1, reward_fn_key="data_source")
    assert manager.num_examine == 1
    assert [manager(RIGHT), manager(WRONG)] == pytest.approx([1.0, -0.3])


def test_a_verl_without_managers_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "rltf.adapters.verl_plugin", raising=False)
    with pytest.raises(ImportError, match="this verl has none of"):
        import_module("rltf.adapters.verl_plugin")
