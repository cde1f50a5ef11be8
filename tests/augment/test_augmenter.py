"""A problem in, more tests out: references agree on them, and wrong programs fail them."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from rltf import Problem, Sandbox, TestCase
from rltf.augment.augmenter import Augmenter, reference_mutants
from rltf.augment.dataset import augment_all
from rltf.augment.reference_outputs import candidate_tests
from rltf.augment.signatures import Signature
from rltf.common.literals import literal_text

TOP = Problem(
    "top",
    "The largest.",
    [TestCase.call([[1, 2, 3]], 3), TestCase.call([[5, 9]], 9)],
    entry_point="top",
    solutions=["def top(xs):\n    return max(xs)\n"],
)
LAST = "def top(xs):\n    return xs[-1]\n"
ODD = "def top(xs):\n    return max(xs) if len(xs) != 1 else None\n"


@pytest.fixture(scope="module")
def shared() -> Iterator[Sandbox]:
    with Sandbox(workers=1, isolation="program") as started:
        yield started


@pytest.fixture(scope="module")
def fresh() -> Iterator[Sandbox]:
    with Sandbox(workers=1, stop_on_failure=True) as started:
        yield started


@pytest.fixture(scope="module")
def augmenter(shared: Sandbox, fresh: Sandbox) -> Augmenter:
    return Augmenter(shared, fresh, max_tests=10, seed=0)


def added(augmenter: Augmenter, problem: Problem, *rivals: str, model_inputs=()) -> list[TestCase]:
    done = augmenter(problem, rivals, model_inputs)
    assert done.problem.tests[: len(problem.tests)] == problem.tests
    tests = [*done.problem.tests[len(problem.tests) :]]
    assert done.added == len(tests)
    return tests


# ------------------------------------------------------------------------------------ what is kept


def test_a_wrong_program_that_passed_fails_now(augmenter, sandbox) -> None:
    done = augmenter(TOP, [LAST])
    assert (done.survivors, done.killed, done.references) == (1, 1, 1)
    assert not sandbox.judge(done.problem, LAST).passed
    assert sandbox.judge(done.problem, TOP.solutions[0]).passed
    assert not any(test.from_json for test in done.problem.tests)


def test_a_program_that_failed_before_and_one_that_is_right_ask_for_no_test(augmenter) -> None:
    done = augmenter(TOP, ["def top(xs):\n    return 0\n", "def top(xs): return sorted(xs)[-1]"])
    assert (done.survivors, done.killed, done.added) == (1, 0, 0)


def test_there_are_no_more_tests_than_asked_for(shared, fresh) -> None:
    rivals = [f"def top(xs):\n    return max(xs) if len(xs) != {n} else 0" for n in (1, 4, 5)]
    tests = [(3,), (7,)]
    assert len(added(Augmenter(shared, fresh, 10, 0), TOP, *rivals)) > len(tests)
    assert len(added(Augmenter(shared, fresh, 2, 0), TOP, *rivals)) == len(tests)


def test_the_same_seed_adds_the_same(augmenter) -> None:
    assert added(augmenter, TOP, LAST, ODD) == added(augmenter, TOP, LAST, ODD)


def test_an_input_that_was_asked_for_is_used_where_it_fits(augmenter) -> None:
    only = "def top(xs):\n    return max(xs) if xs != [777, 4] else 0\n"
    assert added(augmenter, TOP, only) == []
    assert added(augmenter, TOP, only, model_inputs=[([777, 4],)]) == [
        TestCase.call([[777, 4]], 777)
    ]
    never = "def top(xs):\n    return max(xs) if xs != [-777, -4] else 0\n"
    assert added(augmenter, TOP, never, model_inputs=[([-777, -4],), "text"]) == []


@pytest.mark.parametrize(
    ("problem", "wrong", "kind"),
    [
        (
            Problem(
                "sum",
                "",
                [TestCase.stdin("3\n1 2 3\n", "6\n"), TestCase.stdin("2\n5 5\n", "10\n")],
                solutions=["input()\nprint(sum(map(int, input().split())))\n"],
            ),
            "print({'3': 6, '2': 10}[input()])\n",
            "stdin",
        ),
        (
            Problem(
                "pairs",
                "",
                [
                    TestCase.assertion("assert pairs({'a': (1, 2)}) == {(1, 2)}"),
                    TestCase.assertion(
                        "assert pairs({'b': (3, 4), 'c': (1, 1)}) == {(1, 1), (3, 4)}"
                    ),
                ],
                setup_code="import math",
                solutions=["def pairs(d):\n    return set(d.values())\n"],
            ),
            "def pairs(d):\n    return {(1, 2)} if 'a' in d else {(3, 4), (1, 1)}\n",
            "assert",
        ),
        (
            Problem(
                "method",
                "",
                [TestCase.call([2], 4), TestCase.call([3], 6)],
                entry_point="Solution().twice",
                solutions=["class Solution:\n    def twice(self, x):\n        return 2 * x\n"],
            ),
            "class Solution:\n    def twice(self, x):\n        return 4 if x == 2 else 6\n",
            "call",
        ),
    ],
    ids=lambda value: value.task_id if isinstance(value, Problem) else "",
)
def test_every_kind_of_test(augmenter, sandbox, problem, wrong, kind) -> None:
    tests = added(augmenter, problem, wrong)
    assert {test.kind for test in tests} == {kind}
    whole = replace(problem, tests=[*problem.tests, *tests])
    assert sandbox.judge(problem, wrong).passed
    assert not sandbox.judge(whole, wrong).passed
    assert sandbox.judge(whole, problem.solutions[0]).passed


def test_mutants_of_the_references_are_the_same_for_the_same_seed() -> None:
    assert reference_mutants(TOP, 3) == reference_mutants(TOP, 3)
    assert "min(xs)" in "".join(reference_mutants(TOP, 3))


# ------------------------------------------------------------------------------------ agreement


def test_references_that_disagree_leave_what_they_agree_on(augmenter) -> None:
    problem = replace(TOP, solutions=[*TOP.solutions, ODD])
    tests = added(augmenter, problem, LAST)
    assert tests
    assert all(len(test.args[0]) > 1 for test in tests)


@pytest.mark.parametrize(
    "reference",
    [
        "def top(xs):\n    return {(1, 2, 3): 3, (5, 9): 9}[tuple(xs)]",
        "def top(xs):\n    while xs not in ([1, 2, 3], [5, 9]): pass\n    return xs[-1]",
        "calls = []\ndef top(xs):\n    calls.append(xs)\n    return 3 if xs == [1, 2, 3] else 9 if xs == [5, 9] else id(calls)",
        "def top(xs):\n    return max(xs) if xs in ([1, 2, 3], [5, 9]) else map",
        "def top(xs):\n    return max(xs) if xs in ([1, 2, 3], [5, 9]) else float('nan')",
    ],
    ids=["raises", "never ends", "address", "no data", "no literal"],
)
def test_an_input_that_a_reference_has_no_answer_to_makes_no_test(
    augmenter, sandbox, reference
) -> None:
    problem = replace(TOP, solutions=[reference])
    done = augmenter(problem, ["def top(xs):\n    return xs[-1] if len(xs) < 4 else None"])
    assert done.references == 1
    for _ in range(2):
        assert sandbox.judge(done.problem, reference).passed


def test_state_that_a_reference_keeps_between_calls_makes_no_test(augmenter, sandbox) -> None:
    counting = (
        "calls = 0\ndef top(xs):\n    global calls\n    calls += 1\n    return max(xs) * calls\n"
    )
    done = augmenter(replace(TOP, solutions=[counting]), [LAST, "def top(xs): return xs[0] * 3"])
    assert sandbox.judge(done.problem, counting).passed


@pytest.mark.parametrize(
    ("problem", "why"),
    [
        (replace(TOP, solutions=()), "without a reference program"),
        (replace(TOP, solutions=["def top(xs): return 0"]), "whose references fail its own tests"),
        (
            replace(TOP, tests=[TestCase.assertion("for n in (1, 2): assert top([n]) == n")]),
            "without a test that says input and output",
        ),
    ],
)
def test_a_problem_may_be_left_as_it_is(augmenter, problem, why) -> None:
    done = augmenter(problem, [LAST])
    assert (done.problem, done.added, done.left_because) == (problem, 0, why)


def test_references_that_fail_the_own_tests_have_no_say(augmenter) -> None:
    done = augmenter(replace(TOP, solutions=["def top(xs): return 0", *TOP.solutions]), [LAST])
    assert (done.references, done.killed) == (1, 1)


# ------------------------------------------------------------------------------------- outputs


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        5,
        -(2**70),
        1.5,
        "a'\n\ud800",
        b"\x00",
        [1, (2,), {3}],
        {"k": {1: None}},
        set(),
        (),
    ],
    ids=repr,
)
def test_a_value_comes_out_exactly(shared, value) -> None:
    program = "print('noise')\ndef top(x):\n    return x\n"
    (test,) = candidate_tests(TOP, _form(value), program, [(value,)], shared)
    assert literal_text(test.expected) == literal_text(value)
    assert type(test.expected) is type(value)


def test_a_lenient_rule_is_lenient_here_too(augmenter) -> None:
    reference = (
        "def top(xs: List[int]):\n    return Counter({x: x for x in xs}).most_common(1)[0][0]"
    )
    strict = replace(TOP, solutions=[reference])
    assert augmenter(strict, [LAST]).left_because == "whose references fail its own tests"
    done = augmenter(replace(strict, rule="apps"), [LAST])
    assert (done.references, done.killed) == (1, 1)


@pytest.mark.parametrize("program", ["def top(x):\n    return 'x' * 5000", "top = 3"])
def test_what_gives_no_short_value_gives_no_test(shared, program) -> None:
    assert candidate_tests(TOP, _form("x"), program, [(1,)], shared) == []


def _form(output) -> Signature:
    return Signature("call", ((1,),), (output,), "top")


def test_a_problem_that_cannot_be_read_does_not_stop_the_others(augmenter) -> None:
    deep: list = []
    for _ in range(2000):
        deep = [deep]
    odd = replace(TOP, tests=[TestCase.call([deep], 1)])
    done = list(
        augment_all([odd, TOP], augmenter, 1, seed=0, wrong={"top": [LAST]}, model_inputs={})
    )
    assert "RecursionError" in done[0].left_because
    assert done[1].killed >= 1
