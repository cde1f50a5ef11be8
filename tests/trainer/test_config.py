from __future__ import annotations

import pytest

from rltf.trainer import config
from rltf.trainer.config import Config, ConfigError
from rltf.trainer.config_reading import from_dict, parse_setting, resolve


def test_the_user_overrides_the_policy_and_the_policy_the_paper() -> None:
    config = resolve({"learning_rate": 1e-3, "steps": 7}, {"steps": 9})
    assert (config.learning_rate, config.steps, config.buffer_size) == (1e-3, 9, 6400)


def test_what_reads_a_config_is_found_where_it_was() -> None:
    assert config.resolve is resolve
    with pytest.raises(AttributeError, match="nothing"):
        config.nothing  # noqa: B018


def test_a_config_survives_its_json_form() -> None:
    config = Config(policy="hf:x", seed=3, weight_decay=0)
    assert from_dict(config.to_dict(), "config.json") == config


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("steps=12", ("steps", 12)),
        ("learning_rate=1e-5", ("learning_rate", 1e-5)),
        ("reward=coarse,fine:0.5", ("reward", "coarse,fine:0.5")),
        ("held_out_limit=8", ("held_out_limit", 8)),
        ("held_out_limit=none", ("held_out_limit", None)),
        ("data=a=b", ("data", "a=b")),
        ("train_on_guarded=true", ("train_on_guarded", True)),
        ("train_on_guarded=false", ("train_on_guarded", False)),
    ],
)
def test_a_setting_is_read_as_what_its_option_is(text: str, expected: object) -> None:
    assert parse_setting(text) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("learning_rat=1", "did you mean learning_rate"),
        ("steps=many", "steps must be a whole number of at least 0, not 'many'"),
        ("learning_rate=fast", "learning_rate must be a number"),
        ("steps", "must be NAME=VALUE"),
        ("train_on_guarded=yes", "train_on_guarded must be true or false, not 'yes'"),
    ],
)
def test_a_wrong_setting_is_named(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        parse_setting(text)


@pytest.mark.parametrize(
    "values",
    [
        {"batch_size": 0},
        {"learning_rate": 0.0},
        {"learning_rate": float("nan")},
        {"top_p": 1.5},
        {"learning_rate": float("inf")},
        {"temperature": 0.0},
        {"prompt_noise": 1.1},
        {"warmup_steps": -1},
        {"held_out_limit": 0},
        {"isolation": "none"},
    ],
)
def test_a_value_that_cannot_be_is_named(values: dict[str, float | str]) -> None:
    (name,) = values
    with pytest.raises(ConfigError, match=name):
        resolve({}, values)


def test_a_config_of_another_version_is_refused() -> None:
    values = Config().to_dict()
    del values["top_p"]
    with pytest.raises(ConfigError, match=r"runs/x/config\.json.*top_p"):
        from_dict(values, "runs/x/config.json")


@pytest.mark.parametrize("wrong", [{"steps": "7"}, {"steps": True}, {"reward": None}])
def test_a_value_of_a_wrong_type_in_a_config_is_named(wrong: dict[str, object]) -> None:
    (name,) = wrong
    with pytest.raises(ConfigError, match=rf"config\.json: {name} must be"):
        from_dict(Config().to_dict() | wrong, "config.json")


def test_mode_official_brings_its_baseline_and_its_classifier() -> None:
    paper, official = resolve({}, {}), resolve({}, {"mode": "official"})
    assert (paper.baseline, paper.classifier) == ("best", "rltf")
    assert (official.baseline, official.classifier) == ("greedy", "rltf-official")
    assert resolve({}, {"mode": "official", "baseline": "best"}).baseline == "best"


def test_rewards_and_objectives_share_mode_and_critic() -> None:
    assert resolve({}, {}).shared == {"mode": "paper"}
    assert resolve({}, {"critic": "here"}).shared == {"mode": "paper", "critic": "here"}
