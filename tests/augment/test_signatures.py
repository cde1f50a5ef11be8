"""What is read of a problem's tests, and what tests are made of new inputs."""

import dataclasses

import pytest

from rltf import Problem, TestCase
from rltf.augment.signatures import Signature, signature_of


def problem(*tests: TestCase, entry_point: str | None = "f") -> Problem:
    return Problem("t", "", tests, entry_point=entry_point)


def test_asserts_that_say_input_and_output() -> None:
    form = signature_of(
        problem(
            TestCase.assertion("assert f(1, [2]) == {3}"),
            TestCase.assertion("assert f(2, [3]) == {5}, 'why'"),
            TestCase.assertion("assert set(f(1, [])) == {1}"),
            TestCase.assertion("assert f(7, []) == 7", guarded=True),
        )
    )
    assert form is not None
    assert (form.kind, form.function) == ("assert", "f")
    assert form.inputs == ((1, [2]), (2, [3]))
    assert form.test((4, {"a"}), {2, 1}) == TestCase.assertion("assert f(4, {'a'}) == {1, 2}")


def test_the_kind_of_most_tests_counts() -> None:
    form = signature_of(
        problem(
            TestCase.stdin("1\n", "2\n"),
            TestCase.call([1], (2,)),
            TestCase.call([2], (3,)),
        )
    )
    assert form is not None
    assert (form.kind, form.inputs) == ("call", ((1,), (2,)))
    assert form.test((3,), (4,)) == TestCase.call([3], (4,))


@pytest.mark.parametrize(
    "test",
    [
        TestCase.assertion("def check(f):\n    assert f(x) == 2\ncheck(f)"),
        TestCase.call([object()], 2),
    ],
)
def test_there_may_be_nothing_to_read(test: TestCase) -> None:
    assert signature_of(problem(test)) is None


def test_a_value_from_json_stays_one() -> None:
    form = signature_of(problem(TestCase.from_dict({"args": [1], "expected": [1]})))
    assert form is not None
    assert form.test((2,), (2,)) == TestCase.from_dict({"args": [2], "expected": [2]})


@pytest.mark.parametrize(
    ("own", "fits", "does_not"),
    [
        (2, [3, 2.5, True], [None, "2", [2]]),
        ([1], [(), [2, 3]], [None, ["a"], [[1]]]),
        ({"a": [1]}, [{}, {"b": []}], [{1: [1]}]),
        (None, [None], [1]),
    ],
)
def test_an_output_is_of_a_type_that_own_outputs_have(own, fits, does_not) -> None:
    form = signature_of(problem(TestCase.call([1], own)))
    assert form is not None
    assert [value for value in fits if form.test((2,), value) is None] == []
    assert [value for value in does_not if form.test((2,), value) is not None] == []


def test_minus_one_may_say_that_an_input_is_not_valid() -> None:
    signature = Signature("call", (([1, 2],),), (2,), "f")
    assert signature.test(([],), -1) is None
    assert signature.test(([],), 0) is not None
    assert dataclasses.replace(signature, outputs=(2, -3)).test(([],), -1) is not None


@pytest.mark.parametrize("exact", [2.0, 0.5, 10.25, [1.5, {"a": 2.0}], -3.0])
def test_floats_that_rounding_does_not_touch_are_compared(exact) -> None:
    form = signature_of(problem(TestCase.call([1], exact)))
    assert form is not None
    assert form.test((2,), exact) == TestCase.call([2], exact)


def test_a_float_that_rounding_touched_is_near_enough_in_an_assert_and_no_test_elsewhere() -> None:
    calls = signature_of(problem(TestCase.call([1], 2)))
    asserts = signature_of(
        problem(TestCase.assertion("assert f(1) == 2"), TestCase.assertion("assert f(2) == [2]"))
    )
    assert calls is not None
    assert asserts is not None
    assert calls.test((2,), 0.1) is None
    near = asserts.test((2,), 0.1)
    assert near is not None
    assert "math.isclose(f(2), 0.1, rel_tol=1e-06, abs_tol=1e-06)" in near.code
    assert asserts.test((2,), [0.1]) is None
