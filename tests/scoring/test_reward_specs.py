"""The list of rewards that a user asks for."""

import pytest

from rltf.manager import PluginError
from rltf.scoring.scorer import RewardSpec, parse_rewards


def test_rewards_are_named_with_weights():
    assert parse_rewards("fine") == {"fine": RewardSpec("fine")}
    specs = parse_rewards("fine, adaptive:0.5,static:-2")
    assert {name: spec.weight for name, spec in specs.items()} == {
        "fine": 1.0,
        "adaptive": 0.5,
        "static": -2.0,
    }


def test_options_are_in_brackets_and_read_as_literals():
    specs = parse_rewards("fine[mode=official], static[rules=F821 E9, weight=2, all=True]:0.5")
    assert specs["fine"] == RewardSpec("fine", 1.0, {"mode": "official"})
    assert specs["static"] == RewardSpec(
        "static", 0.5, {"rules": "F821 E9", "weight": 2, "all": True}
    )


def test_the_weight_may_stand_before_the_options():
    assert parse_rewards("a:2[b=1]") == parse_rewards("a[b=1]:2")


def test_rewards_may_come_one_by_one():
    assert parse_rewards(["fine", "static[a=1,b=2]"]) == parse_rewards("fine,static[a=1,b=2]")


@pytest.mark.parametrize(
    ("spec", "fault"),
    [
        ("", "missing"),
        ([], "no reward"),
        ("fine,", "missing"),
        (":2", "missing"),
        ("fine,fine:2", "twice"),
        ("fine:", "must be a number"),
        ("fine:x", "must be a number, not 'x'"),
        ("fine:nan", "must be a number"),
        ("fine:inf", "must be a number"),
        ("fine[x]", "must be name=value"),
        ("fine[a=1,a=2]", "twice"),
        ("fine[a=1", "must be a reward like"),
        ("fine[a=1]]", "must be a reward like"),
        ("fine[a=1]2", "must be a reward like"),
    ],
)
def test_a_bad_list_of_rewards_is_an_error(spec, fault):
    with pytest.raises(PluginError, match=fault):
        parse_rewards(spec)
