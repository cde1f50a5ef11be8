"""PPOCoder's three parts, added up by hand."""

import pytest

from rltf import Diagnosis, Judged, Problem, RewardTerm, Sample, TestOutcome, Verdict, manager
from rltf.manager import PluginError
from rltf.scoring.scorer import Scorer

REFERENCE = "x = a + b"
"""Four sub-trees and one flow: x is computed from a and b."""


def judged(category, program=REFERENCE, solutions=(REFERENCE,)):
    verdict = Verdict.of([TestOutcome("passed")])
    diagnosis = None if category is None else Diagnosis(category)
    return Judged(Problem("t", "…", solutions=solutions), Sample("t", program), verdict, diagnosis)


@pytest.mark.parametrize(
    ("category", "tests", "compiler"),
    [
        ("pass", 1.0, 1.0),
        ("failure", -0.3, 1.0),
        ("error", -0.6, 1.0),
        ("syntax_error", -1.0, -1.0),
    ],
)
def test_the_first_part_is_the_signal_of_the_tests_or_of_the_compiler(category, tests, compiler):
    case = judged(category, solutions=())
    assert manager.get("reward", "ppocoder")(case) == (RewardTerm(tests, baseline=True),)
    of_compiler = manager.get("reward", "ppocoder", signal="compiler")
    assert of_compiler(case) == (RewardTerm(compiler, baseline=True),)


@pytest.mark.parametrize(
    ("program", "trees", "data"),
    [
        ("y = c * d", 4 / 4, 1.0),
        ("print(a + b)", 1 / 4, 0.0),
        ("y = c", 0.0, 0.0),
        ("x = (", 0.0, 0.0),
    ],
)
def test_trees_and_data_flow_of_the_reference_are_added(program, trees, data):
    (term,) = manager.get("reward", "ppocoder")(judged("failure", program))
    assert term == RewardTerm(pytest.approx(-0.3 + trees + data), baseline=True)


def test_of_several_references_the_nearest_counts():
    solutions = ("pass", REFERENCE, "print(1)")
    (term,) = manager.get("reward", "ppocoder")(judged("pass", solutions=solutions))
    assert term.value == 3.0


def test_an_unscored_program_is_not_scored():
    assert manager.get("reward", "ppocoder")(judged(None)) is None


def test_the_distance_to_the_reference_policy_has_the_weight_of_its_reward():
    assert Scorer("coarse,fine").reference_kl == 0.0
    assert Scorer("coarse,ppocoder").reference_kl == 0.1
    assert Scorer("ppocoder[kl=0.4]:0.5").reference_kl == pytest.approx(0.2)
    assert Scorer("ppocoder[kl=0]").reference_kl == 0.0


@pytest.mark.parametrize("option", ["signal=gcc", "kl=-1", "kl=much", "kl=1e999"])
def test_other_options_are_errors(option):
    with pytest.raises(
        PluginError, match=f"the option '{option.partition('=')[0]}' of reward 'ppocoder' must"
    ):
        Scorer(f"ppocoder[{option}]")
