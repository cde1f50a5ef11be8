"""CPU time against the references', once with real programs and else with times set by hand."""

import pytest

from rltf import Judged, Problem, RewardTerm, Sample, TestCase, TestOutcome, Verdict, manager

SPIN = """import time
def f(x):
    while time.process_time() < {seconds}:
        pass
    return x
"""
TESTS = (TestCase.call([1], 1), TestCase.call([2], 2))


def judged(*seconds, status="passed", solutions=("def f(x): return x",), tests=TESTS):
    problem = Problem("t", "…", tests=tests, entry_point="f", solutions=solutions)
    verdict = Verdict.of([TestOutcome(status, cpu_s=each) for each in seconds])
    return Judged(problem, Sample("t", "…"), verdict, None)


class Timed(manager.get("reward", "efficiency").__class__):
    """With references whose median is set."""

    def __init__(self, median):
        super().__init__()
        self._medians["t"] = median


@pytest.mark.parametrize(
    ("median", "seconds", "value"),
    [
        (0.1, (0.05, 0.05), 0.0),
        (0.1, (0.1, 0.1), -0.1),
        (0.1, (3.0, 3.0), -0.1),
        (0.1, (0.02, 0.03), 0.1),
        (0.1, (0.0, 0.0), 0.1),
        (0.1 * 2**0.5, (0.05, 0.05), 0.05),
    ],
)
def test_half_the_time_and_twice_the_time_are_the_ends(median, seconds, value):
    assert Timed(median)(judged(*seconds)) == (RewardTerm(pytest.approx(value)),)


def test_times_below_the_floor_are_all_the_same():
    assert Timed(0.01)(judged(0.001, 0.002)) == (RewardTerm(0.0),)
    assert Timed(0.01)(judged(0.0001, 0.005)) == (RewardTerm(0.0),)


def test_the_references_are_run_and_the_median_of_those_that_pass_counts():
    spins = [SPIN.format(seconds=seconds) for seconds in (0.04, 0.4, 0.0)]
    broken = ["def f(x): return -x\n", "def f(x):"]
    efficiency = manager.get("reward", "efficiency")
    (fast,) = efficiency(judged(0.001, 0.001, solutions=[*spins, *broken]))
    assert fast == RewardTerm(0.1)
    # The median is at least 80 ms: at each of two tests 40 ms of CPU time were waited for.
    (slow,) = efficiency(judged(10.0, 10.0, solutions=[*spins, *broken]))
    assert slow == RewardTerm(-0.1)
    (middle,) = efficiency(judged(0.04, 0.04, solutions=[*spins, *broken]))
    assert middle.value >= 0.0


def test_only_the_tests_that_rewards_look_at_are_timed():
    seen = TestCase.call([1], 1, visible=True)
    slow_when_seen = "import time\ndef f(x):\n    while x == 1 and time.process_time() < 0.3: pass\n    return x\n"
    efficiency = manager.get("reward", "efficiency")
    case = judged(0.02, solutions=[slow_when_seen], tests=(seen, TESTS[1]))
    assert efficiency(case) == (RewardTerm(-0.1),)


def test_references_that_all_fail_say_nothing():
    assert manager.get("reward", "efficiency")(judged(0.1, 0.1, solutions=["x ="])) is None


@pytest.mark.parametrize("status", ["wrong_answer", "timeout", "syntax_error"])
def test_nothing_is_said_of_programs_that_fail(status):
    assert manager.get("reward", "efficiency")(judged(0.01, 0.01, status=status)) == ()


def test_without_a_reference_or_a_verdict_it_does_not_apply():
    efficiency = manager.get("reward", "efficiency")
    assert efficiency(judged(0.01, 0.01, solutions=())) is None
    assert efficiency(judged(0.01, 0.01, status="unscored")) is None
