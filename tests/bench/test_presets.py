from __future__ import annotations

import pytest

from rltf import Limits, manager
from rltf.bench.presets import HARNESSES, PRESETS, Preset, resolve
from rltf.dataset import DataError
from rltf.sampling_options import Sampling


@pytest.mark.parametrize(
    ("dataset", "prompt", "temperature", "cpu_s"),
    [("mbpp", "rltf", 1.2, 10.0), ("apps", "apps", 0.6, 4.0)],
)
def test_zero_shot_is_rltfs(dataset: str, prompt: str, temperature: float, cpu_s: float) -> None:
    expected = Preset(prompt, Sampling(temperature, 0.95, 512), Limits(cpu_s=cpu_s), "zero-shot")
    assert resolve(dataset, None, True, {}) == expected


@pytest.mark.parametrize(
    ("like", "dataset", "expected"),
    [
        ("bigcode", "mbpp", Preset("incoder", Sampling(0.1, 0.95, 512), Limits(cpu_s=3.0))),
        ("bigcode", "humaneval", Preset("bigcode", Sampling(0.2, 0.95, 512), Limits(cpu_s=3.0))),
        (
            "evalplus",
            "mbppplus",
            Preset("evalplus", Sampling(0.0, 1.0, 768), Limits(cpu_s=60.0, memory_mb=4096)),
        ),
        (
            "livecodebench",
            "livecodebench",
            Preset("livecodebench", Sampling(0.2, 0.95, 2000), Limits(cpu_s=6.0)),
        ),
        (
            "bigcodebench",
            "bigcodebench:complete",
            Preset("evalplus-chat", Sampling(0.0, 1.0, 1280), Limits(cpu_s=240, memory_mb=30720)),
        ),
        (
            "inspect_ai",
            "humaneval",
            Preset("inspect_ai", Sampling(1.0, 1.0, 2048), Limits(cpu_s=30.0)),
        ),
        (
            "inspect_ai",
            "mbpp:sanitized",
            Preset("inspect_ai-mbpp", Sampling(0.5, 1.0, 2048), Limits(cpu_s=30.0)),
        ),
        (
            "lm-eval-instruct",
            "mbpp",
            Preset("mbpp-instruct", Sampling(0.0, 1.0, 256), Limits(cpu_s=3.0)),
        ),
        (
            "lm-eval-instruct",
            "humaneval",
            Preset("humaneval-instruct", Sampling(0.0, 1.0, 1024), Limits(cpu_s=3.0)),
        ),
        (
            "simple-evals",
            "humaneval",
            Preset("simple-evals", Sampling(0.5, 1.0, 2048), Limits(cpu_s=3.0)),
        ),
        ("lm-eval", "mbpp", Preset("google-3shot", Sampling(0.0, 1.0, 256), Limits(cpu_s=3.0))),
    ],
)
def test_a_preset_sets_everything_together(like: str, dataset: str, expected: Preset) -> None:
    preset = resolve(dataset, like, False, {})
    assert (preset.prompt, preset.sampling, preset.limits) == (
        expected.prompt,
        expected.sampling,
        expected.limits,
    )
    assert preset.name == like
    assert preset.sanitize == (like == "evalplus")
    assert not resolve(dataset, like, False, {"sanitize": False}).sanitize


def test_what_is_asked_for_goes_before_a_preset() -> None:
    overrides = {"prompt": "rltf", "temperature": 0.0, "top_p": None, "cpu_s": 7.5}
    preset = resolve("mbpp", "bigcode", False, overrides)
    assert preset == Preset("rltf", Sampling(0.0, 0.95, 512), Limits(cpu_s=7.5), "bigcode")


def test_without_a_preset_the_policy_has_its_own_prompt() -> None:
    preset = resolve("mini", None, False, {"max_new_tokens": 64})
    assert preset == Preset(None, Sampling(0.6, 0.95, 64), Limits())


@pytest.mark.parametrize(
    ("dataset", "like", "zero_shot", "overrides", "message"),
    [
        ("apps", "bigcode", False, {}, "bigcode does not know dataset 'apps', only humaneval, "),
        ("mini", None, True, {}, "zero-shot does not know dataset 'mini', only apps, mbpp;"),
        (
            "mbpp",
            "bigcod",
            False,
            {},
            "no preset 'bigcod'; there are bigcode, bigcodebench, evalplus, ",
        ),
        ("mbpp", "zero-shot", False, {}, "no preset 'zero-shot'"),
        ("mbpp", "bigcode", True, {}, "two presets"),
        ("mbpp", None, False, {"cpu_s": -1.0}, "cpu_s must be a number above 0"),
        ("mbpp", None, False, {"top_p": 0.0}, "top_p must be a number above 0 and at most 1"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(
    dataset: str, like: str | None, zero_shot: bool, overrides: dict[str, float], message: str
) -> None:
    with pytest.raises(DataError, match=message) as caught:
        resolve(dataset, like, zero_shot, overrides)
    assert "\n" not in str(caught.value)


def test_every_preset_names_a_format_that_there_is() -> None:
    known = {row.name for row in manager.registered() if row.kind == "prompt"}
    assert {preset.prompt for by_name in PRESETS.values() for preset in by_name.values()} <= known
    assert HARNESSES == (
        "bigcode",
        "bigcodebench",
        "evalplus",
        "inspect_ai",
        "livecodebench",
        "lm-eval",
        "lm-eval-instruct",
        "simple-evals",
    )
