"""The scorer: verdicts in, diagnoses and reward terms out."""

import json
import sys
import time
import warnings
from dataclasses import replace

import numpy as np
import pytest

import rltf
from rltf import Problem, RewardTerm, Sample, TestCase, manager
from rltf.manager import PluginError
from rltf.scoring.plugin_failures import Failures, LastingFailure
from rltf.scoring.scorer import Scorer
from rltf.scoring.visibility import hidden_verdict, pass_ratio_gap
from rltf.verdict import Verdict

DOUBLE = Problem("double", "…", [TestCase.call([n], 2 * n) for n in (0, 1)], entry_point="f")
VISIBLE = Problem(
    "visible",
    "…",
    [
        TestCase.call([0], 0, visible=True),
        TestCase.call([1], 1),
        TestCase.call([2], 4, visible=True),
        TestCase.call([3], 9),
    ],
    entry_point="f",
)
NO_TESTS = Problem("none", "…", entry_point="f")
UNJUDGED = Verdict("unscored", ())

PLUGIN = """
from rltf import RewardTerm, hookimpl

def failing(judged):
    raise OSError("no disk")

def failing_on_x(judged):
    if judged.sample.program == "x":
        raise OSError("no disk")
    if judged.sample.program == "xx":
        raise ValueError("no value")
    return []

class Scaled:
    replaces = ("test-length",)

    def __init__(self, factor=1.0):
        self.factor = factor

    def __call__(self, judged):
        return [RewardTerm(self.factor)]

@hookimpl
def rltf_register_rewards(register):
    register("test-failing", lambda: failing)
    register("test-nan", lambda: lambda judged: [RewardTerm(float("nan"))])
    register("test-backwards", lambda: lambda judged: [RewardTerm(1.0, 2, 1)])
    register("test-length", lambda: lambda judged: [RewardTerm(len(judged.sample.program))])
    register("test-scaled", Scaled)
    register("test-failing-on-x", lambda: failing_on_x)
"""


@pytest.fixture(scope="module")
def plugin(tmp_path_factory):
    file = tmp_path_factory.mktemp("plugin") / "scoring_plugin.py"
    file.write_text(PLUGIN)
    manager.load_file(file)
    return file


def test_rewards_are_the_papers(sandbox):
    programs = {
        "def f(x):\n    return 2 * x\n": (1.0, 0.0, 1.0),
        "def f(x):\n    return x\n": (-0.3, 0.0, -0.3 + 1.3 / 2),
        "def f(x):\n    return x / 0\n": (-0.6, -0.3, None),
        "def f(x:\n    return x\n": (-1.0, -0.3, None),
    }
    samples = [Sample("double", program) for program in programs]
    scored = rltf.score(samples, [DOUBLE], ["coarse", "fine", "adaptive"], sandbox=sandbox)
    assert [one.sample for one in scored] == samples
    for one, (coarse, fine, adaptive) in zip(scored, programs.values(), strict=True):
        assert one.rewards == pytest.approx({"coarse": coarse, "fine": fine, "adaptive": adaptive})


def test_the_fine_term_is_on_the_line_that_broke(sandbox):
    program = "def f(x):\n    return x / 0\n"
    (scored,) = rltf.score([Sample("double", program)], [DOUBLE], ["fine"], sandbox=sandbox)
    (term,) = scored.terms["fine"]
    assert program[term.start : term.end] == "return x / 0"


def test_a_problem_without_tests_gives_no_reward(sandbox):
    (scored,) = rltf.score([Sample("none", "def f(): pass")], [NO_TESTS], sandbox=sandbox)
    assert scored.verdict.status == "unscored"
    assert scored.rewards == {"coarse": None, "fine": None, "adaptive": None}


@pytest.mark.parametrize(
    ("program", "rewards", "ratio", "gap"),
    [
        ("def f(x): return x * x", (1.0, 0.0, 1.0), 1.0, 0.0),
        ("def f(x): return 2 * x", (-0.3, 0.0, -0.3), 0.5, 1.0),
        ("def f(x): return [x][x // 2] if x < 2 else x / 0", (-0.6, -0.3, None), 0.5, 0.0),
        ("def f(x): return x * x if x % 2 else 1 / 0", (1.0, 0.0, 1.0), 0.5, -1.0),
    ],
)
def test_rewards_are_for_hidden_tests_and_the_verdict_for_all(
    sandbox, program, rewards, ratio, gap
):
    (scored,) = rltf.score([Sample("visible", program)], [VISIBLE], sandbox=sandbox)
    named = zip(["coarse", "fine", "adaptive"], rewards, strict=True)
    assert scored.rewards == pytest.approx(dict(named))
    assert scored.verdict.pass_ratio == ratio
    assert len(scored.verdict.tests) == 4
    assert pass_ratio_gap(VISIBLE, scored.verdict) == gap
    hidden = hidden_verdict(VISIBLE, scored.verdict)
    assert hidden.tests == scored.verdict.tests[1::2]
    assert (hidden.judging, hidden.layers) == (scored.verdict.judging, sandbox.layers)


@pytest.mark.parametrize("visible", [True, False])
def test_without_both_kinds_of_tests_rewards_are_for_all(sandbox, visible):
    problem = replace(VISIBLE, tests=[replace(test, visible=visible) for test in VISIBLE.tests])
    verdict = sandbox.judge(problem, "def f(x): return x")
    assert hidden_verdict(problem, verdict) is verdict
    assert pass_ratio_gap(problem, verdict) is None


def test_an_unscored_visible_test_gives_no_reward(sandbox):
    broken = TestCase.assertion("import nothing_at_all", visible=True)
    problem = replace(VISIBLE, tests=[broken, *VISIBLE.tests])
    (scored,) = rltf.score(
        [Sample("visible", "def f(x): return x * x")], [problem], sandbox=sandbox
    )
    assert scored.verdict.status == "unscored"
    assert set(scored.rewards.values()) == {None}
    assert pass_ratio_gap(problem, scored.verdict) is None


@pytest.mark.parametrize("stretch", [(1, None), (None, 1), (-1, 1), (2, 1)])
def test_a_term_on_a_stretch_that_no_program_has_is_an_error(stretch):
    with pytest.raises(ValueError, match="a stretch cannot be"):
        RewardTerm(1.0, *stretch)


def test_a_failing_reward_gives_none_and_is_named_with_its_sample(sandbox, plugin):
    names = ["test-failing", "test-nan", "test-backwards", "test-length"]
    with pytest.warns(manager.PluginWarning) as caught:
        (scored,) = rltf.score([Sample("double", "abc")], [DOUBLE], names, sandbox=sandbox)
    assert scored.terms == {
        "test-failing": None,
        "test-nan": None,
        "test-backwards": None,
        "test-length": (RewardTerm(3),),
    }
    messages = [str(warning.message) for warning in caught]
    lines = PLUGIN.splitlines()
    raising, nan, backwards = (
        next(number for number, line in enumerate(lines, 1) if text in line)
        for text in ("no disk", '"nan"', "RewardTerm(1.0, 2, 1)")
    )
    assert messages == [
        "reward 'test-failing': sample 0 of 'double' raises OSError: no disk "
        f"({plugin}, line {raising}); the sample has no value",
        "reward 'test-nan': sample 0 of 'double' gives the value nan "
        f"({plugin}, line {nan}); the sample has no value",
        "reward 'test-backwards': sample 0 of 'double' raises ValueError: a stretch cannot be "
        f"characters 2 to 1 ({plugin}, line {backwards}); the sample has no value",
    ]


def test_an_unknown_reward_is_an_error_before_anything_is_judged():
    with pytest.raises(PluginError, match="did you mean fine"):
        rltf.score([Sample("double", "")], [DOUBLE], ["finne"])


def test_options_in_brackets_reach_the_plugin(sandbox, plugin):
    rewards = ["test-scaled[factor=3]", "test-length"]
    (scored,) = rltf.score([Sample("double", "x = 1")], [DOUBLE], rewards, sandbox=sandbox)
    assert scored.rewards == {"test-scaled": 3.0, "test-length": 5.0}
    with pytest.raises(PluginError, match="reward 'test-length' cannot be made like this"):
        Scorer("test-length[factor=3]")


def test_shared_options_go_to_the_rewards_that_take_them(plugin):
    judged = Scorer("test-scaled,test-length", shared={"factor": 7})
    assert judged(DOUBLE, Sample("double", "x"), UNJUDGED).rewards == {
        "test-scaled": 7.0,
        "test-length": 1.0,
    }
    own = Scorer("test-scaled[factor=2]", shared={"factor": 7})
    assert own(DOUBLE, Sample("double", "x"), UNJUDGED).rewards == {"test-scaled": 2.0}


def test_the_total_is_the_weighted_sum_of_the_rewards_that_apply(sandbox):
    sample = Sample("double", "def f(x):\n    return x / 0\n")
    (scored,) = rltf.score([sample], [DOUBLE], ["coarse", "fine", "adaptive"], sandbox=sandbox)
    assert scored.total({"coarse": 2.0, "adaptive": 5.0}) == pytest.approx(2 * -0.6 - 0.3)
    (unscored,) = rltf.score([Sample("none", "")], [NO_TESTS], ["coarse"], sandbox=sandbox)
    assert unscored.total({}) is None


def test_a_reward_that_replaces_another_takes_its_weight_away(plugin):
    assert Scorer("test-length:2,test-scaled:3").weights == {"test-length": 0.0, "test-scaled": 3.0}
    assert Scorer("test-length:2").weights == {"test-length": 2.0}


def judge_all(scorer, *programs):
    for index, program in enumerate(programs):
        scorer(DOUBLE, Sample("double", program, index=index), UNJUDGED)


def test_three_failures_in_a_row_of_one_kind_are_lasting(plugin):
    scorer = Scorer("test-failing-on-x")
    with pytest.warns(manager.PluginWarning):
        judge_all(scorer, "x", "x", "y", "x", "x")
    scorer.failures.check()
    with pytest.warns(manager.PluginWarning):
        scorer(DOUBLE, Sample("double", "x", index=5), UNJUDGED)
    with pytest.raises(
        LastingFailure, match="reward 'test-failing-on-x' failed on 3 samples in a row"
    ):
        scorer.failures.check()
    assert scorer.failures.counts == {"reward 'test-failing-on-x'": 5}


def test_failures_of_different_kinds_are_not_lasting(plugin):
    scorer = Scorer("test-failing-on-x")
    with pytest.warns(manager.PluginWarning):
        judge_all(scorer, "x", "x", "xx", "x", "x", "xx")
    scorer.failures.check()


def test_after_ten_failures_a_plugin_is_only_counted(plugin):
    scorer = Scorer("test-failing")
    with pytest.warns(manager.PluginWarning) as caught:
        judge_all(scorer, *["x"] * 12)
    assert len(caught) == 10
    assert "only counted" in str(caught[-1].message)
    assert scorer.failures.counts == {"reward 'test-failing'": 12}


def test_a_slow_reward_is_named_once(plugin, monkeypatch):
    monkeypatch.setattr("rltf.scoring.plugin_failures.SLOW_SECONDS", 0.0)
    scorer = Scorer("test-length")
    with pytest.warns(manager.PluginWarning) as caught:
        judge_all(scorer, "x", "x")
    slow = [str(warning.message) for warning in caught if "reward" in str(warning.message)]
    assert len(slow) == 1
    assert slow[0].startswith(
        "reward 'test-length' took 0.0 s of CPU time for sample 0 of 'double'"
    )


def test_a_reward_that_only_waits_is_not_slow(monkeypatch):
    monkeypatch.setattr("rltf.scoring.plugin_failures.SLOW_SECONDS", 0.1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Failures().guard("reward 'waiting'", None, Sample("double", "x"), lambda: time.sleep(0.15))


@pytest.mark.parametrize(
    ("term", "fault"),
    [
        (RewardTerm(1.0, weights=((0, float("nan")),)), "gives the weight nan at character 0"),
        (RewardTerm(1.0, 0, 2), "gives characters 0 to 2, but the program has 1"),
        (RewardTerm(1e39), "gives the value 1e"),  # not finite in float32
        (RewardTerm("1.5"), "gives a value of type str, not a float"),
    ],
)
def test_a_term_that_no_program_can_have_is_a_failure(term, fault):
    scorer = Scorer("coarse")
    scorer._rewards["coarse"] = lambda judged: [term]
    with pytest.warns(manager.PluginWarning, match=fault):
        scored = scorer(DOUBLE, Sample("double", "x"), UNJUDGED)
    assert scored.rewards == {"coarse": None}


def test_numbers_of_other_libraries_become_floats():
    scorer = Scorer("coarse")
    scorer._rewards["coarse"] = lambda judged: [RewardTerm(np.float32(1.5)), RewardTerm(2)]
    scored = scorer(DOUBLE, Sample("double", "x"), UNJUDGED)
    assert json.dumps(scored.rewards) == '{"coarse": 3.5}'


def test_a_reward_that_exits_is_a_failure():
    scorer = Scorer("coarse")
    scorer._rewards["coarse"] = lambda judged: sys.exit(3)
    with pytest.warns(manager.PluginWarning, match="SystemExit: 3"):
        assert scorer(DOUBLE, Sample("double", "x"), UNJUDGED).rewards == {"coarse": None}
