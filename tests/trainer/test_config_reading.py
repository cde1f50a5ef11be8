"""How the options of a run are read, and which a resume may change."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from rltf.errors import ConfigError
from rltf.trainer import config
from rltf.trainer.config import Config
from rltf.trainer.config_reading import (
    MAY_CHANGE,
    changes,
    from_dict,
    notes,
    parse_setting,
    require_resume,
    resolve,
)


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
    assert resolve({"reward": "coarse"}, {"mode": "official"}).reward == "coarse,fine,adaptive"
    assert resolve({"reward": "coarse"}, {}).reward == "coarse"
    assert resolve({}, {"mode": "official", "baseline": "best"}).baseline == "best"


def test_rewards_and_objectives_share_mode_and_critic() -> None:
    always = {"mode": "paper", "baseline": "best"}
    assert resolve({}, {}).shared == always
    assert resolve({}, {"critic": "here"}).shared == always | {"critic": "here"}


RUN = Path("runs/mine")
STORED = Config(steps=320, final_learning_rate_share=0.1)


def test_a_change_that_leaves_the_past_as_it_is_is_listed_and_explained() -> None:
    wanted = replace(STORED, steps=640, micro_batch_size=1)
    found = changes(RUN, STORED, wanted, 160)
    assert {change.option: change.to_dict() for change in found} == {
        "steps": {"step": 160, "option": "steps", "from": 320, "to": 640},
        "micro_batch_size": {"step": 160, "option": "micro_batch_size", "from": 4, "to": 1},
    }
    assert sorted(notes(found, wanted)) == [
        "micro_batch_size is 1 after step 160, and was 4: from here on, results repeat only up to "
        "rounding",
        "steps is 640 after step 160, and was 320",
        "the learning rate falls until the last step, so that it goes on at 78% of its peak instead "
        "of 55%",
    ]


def test_a_change_of_the_past_is_refused_with_the_reason() -> None:
    with pytest.raises(ConfigError) as refused:
        changes(RUN, STORED, replace(STORED, temperature=0.5), 160)
    assert str(refused.value) == (
        "cannot resume runs/mine with temperature=0.5: what it has done so far was done with "
        f"temperature=1.0; only {', '.join(MAY_CHANGE)} may change, or start another run with --out"
    )
    with pytest.raises(ConfigError, match="with steps=159: it has taken 160 steps already"):
        changes(RUN, STORED, replace(STORED, steps=159), 160)
    assert len(changes(RUN, STORED, replace(STORED, steps=160), 160)) == 1


def test_another_number_of_steps_for_the_same_folder_names_the_command() -> None:
    with pytest.raises(ConfigError, match="--resume runs/mine --set steps=640 continues it"):
        require_resume(RUN, STORED, replace(STORED, steps=640))
    require_resume(RUN, STORED, replace(STORED, steps=640, temperature=0.5))  # refused elsewhere
