"""OpenRLHF, slime and NeMo-RL do not install without a GPU: their documented calls are replayed."""

from __future__ import annotations

import asyncio
import importlib.util
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from rltf.adapters import nemo_rl, openrlhf, slime
from rltf.errors import DataError, SandboxError

RIGHT, WRONG = "def f(x):\n    return 2 * x\n", "def f(x):\n    return x\n"
TESTS = {"tests": [{"args": [3], "expected": 6}], "entry_point": "f"}
LABEL = json.dumps(TESTS)
NOTHING = json.dumps({"tests": []})


def test_openrlhf_loads_the_file_and_calls_it_from_threads() -> None:
    """As experience_maker and agent.py: a file by its path, batches of one by asyncio.to_thread."""
    path = Path(openrlhf.__file__)
    spec = importlib.util.spec_from_file_location("reward_func", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    def call(response: str) -> dict[str, Any]:
        prompt = "<s>Write f."
        return module.reward_func([prompt + response], [prompt], [LABEL], step=1)

    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(call, [RIGHT, f"Here:\n```python\n{WRONG}```"] * 4))
    for reply, (reward, score) in zip(found, [(1.0, 1.0), (-0.3, 0.0)] * 4, strict=True):
        assert torch.allclose(reply["rewards"], torch.tensor([reward]))
        assert torch.equal(reply["scores"], torch.tensor([score]))
        assert torch.equal(reply["extra_logs"]["passed"], torch.tensor([score]))


def test_openrlhf_is_told_what_is_wrong() -> None:
    with pytest.raises(SandboxError, match="no tests"):
        openrlhf.reward_func(["p" + RIGHT], ["p"], [NOTHING])
    with pytest.raises(DataError, match="label must hold the tests"):
        openrlhf.reward_func(["p" + RIGHT], ["p"], [""])


def sample(response: str, label: object = LABEL) -> Any:
    """As slime.utils.types.Sample has it."""
    return SimpleNamespace(
        prompt="Write f.", response=response, label=label, metadata=None, tokens=[], status=None
    )


def test_slime_awaits_one_sample_or_a_group() -> None:
    """As slime/rollout/rm_hub: ``await rm(args, sample)``, gathered, or with --group-rm at once."""

    async def single() -> list[float]:
        samples = [sample(RIGHT), sample(WRONG)] * 4
        return await asyncio.gather(*(slime.custom_rm(None, each) for each in samples))

    assert asyncio.run(single()) == pytest.approx([1.0, -0.3] * 4)
    group = [sample(RIGHT), sample(WRONG)]
    assert asyncio.run(slime.batched_custom_rm(None, group)) == pytest.approx([1.0, -0.3])
    assert [each.metadata["rltf"]["status"] for each in group] == ["passed", "wrong_answer"]
    with pytest.raises(SandboxError):
        asyncio.run(slime.custom_rm(None, sample(RIGHT, NOTHING)))
    with pytest.raises(DataError, match="label: the row has no tests"):
        asyncio.run(slime.custom_rm(None, sample(RIGHT, "{}")))


def test_nemo_rl_steps_a_batch() -> None:
    """As nemo_rl/experience/rollouts.py: step.remote(message_logs, env_info)."""
    environment = nemo_rl.CodeEnvironment({"rewards": "coarse", "num_workers": 8})
    logs = [
        [{"role": "user", "content": "Write f."}, {"role": "assistant", "content": program}]
        for program in (RIGHT, WRONG)
    ]
    found = environment.step(logs, [TESTS, TESTS])
    observations, metadata, stops, rewards, terminateds, answers = found
    assert torch.allclose(rewards, torch.tensor([1.0, -0.3]))
    assert torch.equal(terminateds, torch.tensor([True, True]))
    assert [each["content"] for each in observations] == ["passed", "wrong_answer"]
    assert (metadata, stops, answers) == ([TESTS, TESTS], [None, None], [RIGHT, WRONG])
    batch = {"total_reward": rewards}
    _, metrics = environment.global_post_process_and_metrics(batch)
    assert metrics["mean_reward"] == pytest.approx(0.35)
    with pytest.raises(SandboxError):
        environment.step(logs[:1], [{"tests": []}])
    with pytest.raises(DataError, match="the row has no tests"):
        environment.step(logs[:1], [{}])
