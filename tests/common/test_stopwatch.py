from __future__ import annotations

import pytest

from rltf.common.stopwatch import Stopwatch


class Clock:
    """A clock that stands still until the test moves it."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_measured_time_adds_up_and_is_part_of_the_total(clock: Clock) -> None:
    watch = Stopwatch(99.0, clock)
    for seconds in (2.0, 3.0):
        with watch.measure("update"):
            clock.now += seconds
    assert watch.seconds() == {
        "total": 6.0,
        "warmup": 0.0,
        "generation": 0.0,
        "reward": 0.0,
        "reward_exposed": 0.0,
        "update": 5.0,
    }


def test_time_is_measured_when_the_work_fails(clock: Clock) -> None:
    def work() -> float:
        clock.now += 2
        return 1 / 0

    watch = Stopwatch(clock.now, clock)
    with pytest.raises(ZeroDivisionError), watch.measure("update"):
        work()
    assert watch.seconds()["update"] == 2.0


def test_evaluation_counts_in_the_total_alone(clock: Clock) -> None:
    watch = Stopwatch(clock.now, clock)
    with watch.apart(), watch.measure("generation"):
        clock.now += 2
    assert watch.seconds()["generation"] == 0.0
    assert watch.seconds()["total"] == 2.0


def test_a_continued_run_goes_on_counting(clock: Clock) -> None:
    first = Stopwatch(clock.now, clock)
    with first.measure("warmup"):
        clock.now += 2
    second = Stopwatch(clock.now, clock)
    second.continue_from(first.seconds())
    with second.measure("warmup"):
        clock.now += 1
    assert second.seconds()["warmup"] == 3.0
    assert second.seconds()["total"] == 3.0


def test_the_clock_goes_by_itself() -> None:
    watch = Stopwatch(0.0)
    assert 0 < watch.seconds()["total"] <= watch.seconds()["total"]
