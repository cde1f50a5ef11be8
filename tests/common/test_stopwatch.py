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
        "start": 0.0,
        "warmup": 0.0,
        "generation": 0.0,
        "reward": 0.0,
        "reward_exposed": 0.0,
        "update": 5.0,
        "evaluation": 0.0,
        "other": 1.0,
    }


def test_all_but_what_overlaps_adds_up_to_the_total(clock: Clock) -> None:
    watch = Stopwatch(clock.now, clock)
    clock.now += 7
    watch.end_start()
    with watch.measure("generation"), watch.measure("reward"):
        clock.now += 3
    with watch.apart("evaluation"), watch.measure("generation"):
        clock.now += 2
    clock.now += 1
    seconds = watch.seconds()
    assert (seconds["start"], seconds["evaluation"], seconds["other"]) == (7.0, 2.0, 1.0)
    assert (seconds["generation"], seconds["reward"]) == (3.0, 3.0)
    second = Stopwatch(clock.now, clock)
    second.continue_from(seconds)
    clock.now += 5
    second.end_start()
    assert second.seconds()["start"] == 12.0
    assert sum(value for name, value in second.seconds().items() if name != "reward") == 2 * 18.0


def test_a_run_of_a_version_that_named_fewer_parts_goes_on_counting(clock: Clock) -> None:
    watch = Stopwatch(clock.now, clock)
    watch.continue_from({"total": 10.0, "update": 4.0})
    assert (watch.seconds()["total"], watch.seconds()["other"]) == (10.0, 6.0)


def test_time_is_measured_when_the_work_fails(clock: Clock) -> None:
    def work() -> float:
        clock.now += 2
        return 1 / 0

    watch = Stopwatch(clock.now, clock)
    with pytest.raises(ZeroDivisionError), watch.measure("update"):
        work()
    assert watch.seconds()["update"] == 2.0


def test_evaluation_counts_as_such_alone(clock: Clock) -> None:
    watch = Stopwatch(clock.now, clock)
    with watch.apart("evaluation"), watch.measure("generation"):
        clock.now += 2
    assert watch.seconds()["generation"] == 0.0
    assert watch.seconds()["evaluation"] == 2.0
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
