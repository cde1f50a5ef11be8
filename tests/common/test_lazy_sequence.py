"""Sequences that are read when they are used."""

from rltf import Problem, TestCase
from rltf.common.lazy_sequence import LazySequence


def test_nothing_is_read_before_it_is_used():
    reads = []
    tests = LazySequence(lambda: reads.append(1) or (TestCase.stdin("1", "2"),))
    problem = Problem("t", "", tests)
    assert not reads
    assert len(problem.tests) == 1
    assert problem.tests[0].output == "2"
    assert [test.input for test in problem.tests] == ["1"]
    assert len(reads) == 1


def test_what_has_not_been_used_for_long_is_read_again():
    reads = []
    first = LazySequence(lambda: reads.append(1) or (1, 2))
    assert first[:] == (1, 2)
    for _ in range(1000):
        assert not LazySequence(lambda: ())
    assert list(first) == [1, 2]
    assert len(reads) == 2


def test_it_is_judged_like_any_other_sequence(sandbox):
    problem = Problem("t", "", LazySequence(lambda: (TestCase.stdin("1", "1"),)))
    assert sandbox.judge(problem, "print(input())").passed
