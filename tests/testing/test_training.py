"""What the checks of policies and objectives find."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from rltf import manager, testing
from rltf.models.policy import Policy
from rltf.models.writer import Completion
from rltf.plugins.objectives.rltf import RLTFObjective
from rltf.trainer.objective import Estimate


@pytest.fixture(scope="module")
def built() -> tuple[Any, Any]:
    """Model and tokenizer of ``tiny``."""
    torch.manual_seed(0)
    policy: Policy = manager.get("policy", "tiny")
    policy.load()
    return policy.model, policy.tokenizer


def without_gradient(self: Policy, *arguments: Any) -> Any:
    log_probs, present = Policy.log_probs(self, *arguments)
    return log_probs.detach(), present


def other_weights(self: Policy, folder: Path) -> None:
    weight = self.model.transformer.wte.weight
    saved = weight.detach().clone()
    with torch.no_grad():
        weight += torch.randn(weight.shape, generator=torch.Generator().manual_seed(1))
        Policy.save(self, folder)
        weight.copy_(saved)


def drawing(self: Policy, prompts: Any, sampling: Any, *, seed: int, batch_size: int) -> Any:
    seed += torch.seed()
    return Policy.generate(self, prompts, sampling, seed=seed, batch_size=batch_size)


def first_only(self: Policy, prompts: Any, sampling: Any, *, seed: int, batch_size: int) -> Any:
    return Policy.generate(self, prompts[:1], sampling, seed=seed, batch_size=batch_size)


def lossy(self: Policy, program: str, most: int) -> Any:
    return Policy.encode_target(self, program.encode("ascii", "ignore").decode(), most)


POLICIES: dict[str, tuple[dict[str, Any], str]] = {
    "defaults that are no options": (
        {"training_defaults": {"speed": 3}},
        "`training_defaults`: there is no option 'speed'",
    ),
    "an unknown prompt": ({"prompt": "fancy"}, "unknown prompt 'fancy'"),
    "no prompt": ({"prompt": None}, "`prompt` must name a prompt format"),
    "programs lose characters": ({"encode_target": lossy}, "programs lose characters on the way"),
    "no end": (
        {"encode_target": lambda *arguments: Policy.encode_target(*arguments)[:-1]},
        "does not end with the end id",
    ),
    "an end that spells": ({"end_id": 65}, "the end id 65 must be in `token_table`"),
    "no limit of targets": (
        {"encode_target": lambda self, program, most: Policy.encode_target(self, program, 999)},
        "ids where 3 are allowed",
    ),
    "no limit of prompts": (
        {"encode_prompt": lambda self, problem, most: (1,) * 500},
        "96 tokens at most, gives 500",
    ),
    "fails with a prompt": (
        {"encode_prompt": lambda *arguments: 1 / 0},
        "raises ZeroDivisionError",
    ),
    "draws without its seed": ({"generate": drawing}, "writes something else with the same seed"),
    "leaves prompts out": ({"generate": first_only}, "must complete every prompt once"),
    "other ids": (
        {"text": lambda self, ids: "x" + Policy.text(self, ids)},
        "finding the tokens of what it wrote raises ValueError",
    ),
    "no gradient": ({"log_probs": without_gradient}, "log_probs\\(\\) has no gradient"),
    "saves something else": ({"save": other_weights}, "it writes something else"),
    "saves nothing": ({"save": lambda self, folder: None}, "loading what save\\(\\) wrote raises"),
}


@pytest.mark.parametrize("broken", POLICIES)
def test_a_broken_policy_is_found(broken: str, built: tuple[Any, Any]) -> None:
    parts, message = POLICIES[broken]
    values = {name: part for name, part in parts.items() if not callable(part)}
    methods = {name: part for name, part in parts.items() if name not in values}
    if "end_id" in values:
        methods["end_id"] = property(lambda self: values["end_id"])
    policy = type("Broken", (Policy,), methods)("broken", lambda: built, "plain")
    for name in values.keys() - {"end_id"}:
        setattr(policy, name, values[name])
    with pytest.raises(AssertionError, match=message) as caught:
        testing.check_policy(policy)
    assert "\n" not in str(caught.value)


class Writer:
    """Writes the same after every prompt."""

    name, prompt = "parrot", "plain"

    def write(self, requests: Any, sampling: Any, stops: Any) -> Iterator[Any]:
        yield [(index, Completion("x = 1", False)) for index in range(len(requests))]


WRITERS: dict[str, tuple[Any, str]] = {
    "neither": (type("Neither", (), {"prompt": "plain"})(), "neither Policy nor Writer"),
    "no name": (type("Broken", (Writer,), {"name": ""})(), "`name` must be text"),
    "writes once": (
        type(
            "Broken", (Writer,), {"write": lambda *arguments: iter([[(0, Completion("", False))]])}
        )(),
        "a completion for every request",
    ),
    "texts": (
        type("Broken", (Writer,), {"write": lambda *arguments: iter([[(0, "x"), (1, "x")]])})(),
        "which is no Completion",
    ),
    "runs over its stops": (
        type(
            "Broken",
            (Writer,),
            {
                "write": lambda *arguments: iter(
                    [[(i, Completion("a\n\nb", False)) for i in (0, 1)]]
                )
            },
        )(),
        "must cut at the first stop string",
    ),
}


def test_a_good_writer_passes() -> None:
    testing.check_policy(Writer())


@pytest.mark.parametrize("broken", WRITERS)
def test_a_broken_writer_is_found(broken: str) -> None:
    writer, message = WRITERS[broken]
    with pytest.raises(AssertionError, match=message) as caught:
        testing.check_policy(writer)
    assert "\n" not in str(caught.value)


GOOD = RLTFObjective()


def rows(change: Any) -> Any:
    """Advantages with each row changed."""
    return lambda self, group: [
        None if row is None else change(row) for row in GOOD.advantages(group)
    ]


def in_place(self: Any, batch: Any) -> Any:
    loss = GOOD.policy_loss(batch)
    batch.advantages.mul_(2)
    return loss


OBJECTIVES: dict[str, tuple[dict[str, Any], str]] = {
    "no losses": ({"policy_loss": None}, "it has no method policy_loss\\(\\)"),
    "fails without a baseline program": (
        {
            "advantages": lambda self, group: (
                GOOD.advantages(group) and group.baselines.keys() and []
            )
        },
        r"gives 0 rows for \d+ samples",
    ),
    "a number a sample": ({"advantages": rows(lambda row: row.sum())}, "a number a token"),
    "doubles": ({"advantages": rows(lambda row: row.double())}, "must give float32 tensors"),
    "not finite": ({"advantages": rows(lambda row: row / 0)}, "numbers that are not finite"),
    "draws": (
        {"advantages": rows(lambda row: row + torch.rand(1))},
        "gives other rows the second time",
    ),
    "leaves all out": ({"advantages": rows(lambda row: None)}, "leaves out every sample"),
    "changes samples": (
        {"advantages": lambda self, group: [s.terms.clear() for s in group.samples]},
        "changes the samples",
    ),
    "a loss a token": (
        {"policy_loss": lambda self, batch: -batch.log_probs * batch.advantages},
        "policy_loss\\(\\) must give one number",
    ),
    "no gradient": (
        {"supervised_loss": lambda self, batch: -batch.log_probs.detach().sum()},
        "supervised_loss\\(\\) does not depend on log_probs",
    ),
    "gradient of 0": (
        {"supervised_loss": lambda self, batch: -(batch.log_probs * 0).sum()},
        "supervised_loss\\(\\) has no gradient but 0",
    ),
    "not a finite loss": (
        {"policy_loss": lambda self, batch: batch.log_probs.sum() / 0},
        "policy_loss\\(\\) is -inf",
    ),
    "a mean over the micro-batch": (
        {"policy_loss": lambda self, batch: -(batch.log_probs * batch.advantages).mean()},
        "the losses of micro-batches must add up",
    ),
    "changes what it is given": ({"policy_loss": in_place}, "changes the tensors"),
    "fails": ({"policy_loss": lambda self, batch: 1 / 0}, "raises ZeroDivisionError"),
    "no number of samples": ({"fewest_samples": 0}, "fewest_samples must be a number of samples"),
    "a head without values": (
        {"value_head": lambda self, hidden: torch.nn.Linear(hidden, 2)},
        r"value_head\(\) must give a module",
    ),
    "estimates nothing": ({"estimate": lambda self, samples: []}, "gives 0 estimates for"),
    "estimates a number a sample": (
        {"estimate": lambda self, samples: [Estimate(each.rewards.sum()) for each in samples]},
        "a finite number a token as advantages",
    ),
    "forgets its state": (
        {
            "estimate": lambda self, samples: [
                Estimate(
                    each.rewards * self.__dict__.setdefault("count", itertools.count()).__next__()
                )
                for each in samples
            ],
        },
        r"something else after load_state_dict\(\)",
    ),
}


@pytest.mark.parametrize("broken", OBJECTIVES)
def test_a_broken_objective_is_found(broken: str) -> None:
    parts, message = OBJECTIVES[broken]
    objective = type("Broken", (RLTFObjective,), parts)()
    with pytest.raises(AssertionError, match=message) as caught:
        testing.check_objective(objective)
    assert "\n" not in str(caught.value)
