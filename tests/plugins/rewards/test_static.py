"""static and style: penalties on exactly the code that ruff flags."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rltf import Judged, Problem, Sample, TestCase, TestOutcome, Verdict, manager
from rltf.manager import PluginError
from rltf.plugins.rewards.rltf import VALUES

pytest.importorskip("ruff")


TASK = Problem("t", "…")


def judged(program, *statuses, problem=TASK):
    outcomes = [TestOutcome(status) for status in statuses or ("passed",)]
    return Judged(problem, Sample("t", program), Verdict.of(outcomes), None)


@pytest.fixture(scope="module")
def static():
    return manager.get("reward", "static")


def flagged(reward, program, *statuses, problem=TASK):
    terms = reward(judged(program, *statuses, problem=problem))
    return [(program[term.start : term.end], pytest.approx(term.value)) for term in terms]


def test_a_penalty_is_on_the_very_name(static):
    assert flagged(static, "def f(x):\n    return x + yy\n") == [("yy", -0.05)]


def test_a_rule_weighs_what_it_is_given(static):
    assert flagged(static, "def f(x):\n    a = 1\n    return yy\n") == [("a", -0.01), ("yy", -0.05)]
    weighted = manager.get("reward", "static", rules="F821:0.5 F8:0.1")
    assert flagged(weighted, "def f(x):\n    a = 1\n    return yy\n") == [
        ("a", -0.005),
        ("yy", -0.025),
    ]


def test_many_findings_add_up_to_the_cap(static):
    assert flagged(static, "aa\nbb\ncc\ndd\n") == [(n, -0.025) for n in ("aa", "bb", "cc", "dd")]


def test_many_tests_leave_less_to_say(static):
    # 0.2 x 1.3 / 13 = 0.02
    assert flagged(static, "aa\nbb\n", *["passed"] * 13) == [("aa", -0.01), ("bb", -0.01)]


def test_a_program_without_fault_has_no_terms(static):
    assert static(judged("def f(x):\n    return x\n")) == ()


def test_a_program_that_does_not_parse_is_flagged_where_it_breaks(static):
    assert flagged(static, "def f(:\n", "syntax_error")[0][0] == ":"


def test_an_unscored_verdict_has_no_value(static):
    assert static(judged("aa", "unscored")) is None


PROGRAMS = st.lists(
    st.sampled_from(
        ["aa\n", "return 1\n", "def f(:\n", "x = 1\n", "'%d %d' % (1,)\n", "b is 'c'\n"]
    ),
    max_size=12,
).map("".join)
WORSE = {"failure": "wrong_answer", "error": "runtime_error", "syntax_error": "syntax_error"}


@settings(max_examples=60, deadline=None)
@given(PROGRAMS, PROGRAMS, st.integers(1, 40), st.data())
def test_the_tests_have_the_last_word(static, one, other, tests, data):
    """Whatever is flagged, static never reorders what coarse or adaptive tells apart."""
    passing = sorted(data.draw(st.lists(st.integers(0, tests), min_size=2, max_size=2)))

    def small(program, status, passed):
        outcomes = ["passed"] * passed + [status] * (tests - passed)
        return sum(term.value for term in static(judged(program, *outcomes)))

    worse, better = (
        small(p, "wrong_answer", n) for p, n in zip((one, other), passing, strict=True)
    )
    if passing[0] < passing[1]:
        steps = 1.3 * (passing[1] - passing[0]) / tests
        assert better + steps > worse
    kinds = list(WORSE)
    for upper, lower in pairwise(kinds):
        high = VALUES[upper] + small(one, WORSE[upper], 0)
        assert high > VALUES[lower] + small(other, WORSE[lower], 0)


def test_style_flags_names_and_long_lines():
    style = manager.get("reward", "style", line_length=20)
    program = "def Ff(x):\n    return x\ny = '0123456789 0123456789'\n"
    assert flagged(style, program) == [("Ff", -0.005), ("456789'", -0.005)]


STDIN, CALL = TestCase.stdin("1", "1"), TestCase.call([1], 1)
LENT = "print(math.gcd(4, 6), stdin, yy)\nreturn"


@pytest.mark.parametrize(
    ("rule", "test", "left"),
    [
        ("strict", STDIN, ["math", "stdin", "yy", "return"]),
        ("apps", CALL, ["stdin", "yy", "return"]),
        ("apps", STDIN, ["yy"]),
    ],
)
def test_what_the_rule_lends_is_no_fault(static, rule, test, left):
    problem = Problem("t", "…", (test,), rule=rule)
    assert [code for code, _ in flagged(static, LENT, problem=problem)] == left


@pytest.mark.parametrize(
    ("given", "left"),
    [
        ({}, ["isEven", "N"]),
        ({"entry_point": "isEven"}, ["N"]),
        ({"entry_point": "Solution().isEven"}, ["N"]),
        ({"starter_code": "def isEven(N):\n"}, []),
    ],
)
def test_names_that_the_task_gives_are_no_fault_of_style(given, left):
    style = manager.get("reward", "style")
    program = "def isEven(N):\n    return N % 2 == 0\n"
    found = flagged(style, program, problem=Problem("t", "…", **given))
    assert [code for code, _ in found] == left


def test_a_program_without_a_line_end_at_its_end_has_style():
    assert flagged(manager.get("reward", "style"), "x = 1") == []


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("static", {"rules": "F82:x"}, "weight of rule F82"),
        ("static", {"rules": "F821 Q987"}, "does not take the rules"),
        ("static", {"rules": "--fix"}, "no code"),
        ("static", {"rules": "ALL"}, "no code"),
        ("static", {"rules": "PGH001"}, "remapped to `S307`"),
        ("style", {"rules": "E3"}, "has no effect"),
        ("static", {"rules": 7}, "must be rules"),
        ("static", {"cap": 0.3}, "must be a number above 0 and below 0.3"),
        ("style", {"line_length": 0}, "whole number"),
    ],
)
def test_options_that_make_no_sense_are_told(name, options, message):
    with pytest.raises(PluginError, match=message):
        manager.get("reward", name, **options)
