from __future__ import annotations

import time

import pytest

from rltf.common.stopwatch import Stopwatch


def test_measured_time_adds_up_and_is_part_of_the_total() -> None:
    watch = Stopwatch(time.perf_counter())
    for _ in range(2):
        with watch.measure("update"):
            time.sleep(0.01)
    seconds = watch.seconds()
    assert 0.02 <= seconds["update"] <= seconds["total"]
    assert seconds["generation"] == 0.0


def test_time_is_measured_when_the_work_fails() -> None:
    watch = Stopwatch(time.perf_counter())
    with pytest.raises(ZeroDivisionError), watch.measure("update"):
        _sleep_and_fail()
    assert watch.seconds()["update"] >= 0.01


def test_evaluation_counts_in_the_total_alone() -> None:
    watch = Stopwatch(time.perf_counter())
    with watch.apart(), watch.measure("generation"):
        time.sleep(0.01)
    assert watch.seconds()["generation"] == 0.0
    assert watch.seconds()["total"] >= 0.01


def test_a_continued_run_goes_on_counting() -> None:
    first, second = Stopwatch(time.perf_counter()), Stopwatch(time.perf_counter())
    with first.measure("warmup"):
        time.sleep(0.01)
    earlier = first.seconds()
    second.continue_from(earlier)
    assert second.seconds()["warmup"] == earlier["warmup"]
    assert second.seconds()["total"] >= earlier["total"]


def _sleep_and_fail() -> float:
    time.sleep(0.01)
    return 1 / 0
