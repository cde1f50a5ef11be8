"""What is charged to a program whose wall limit has passed."""

from __future__ import annotations

from pathlib import Path

import pytest

from rltf.sandbox.overdue import Overdue, WallCharge

PID = 7
MS = 1_000_000
LIMIT = 1000 * MS


@pytest.fixture
def charge(tmp_path: Path) -> WallCharge:
    return WallCharge(LIMIT, tmp_path)


def delays(proc: Path, **threads: int) -> None:
    """What the kernel says of the threads: run delay in milliseconds, by thread."""
    for name, delay_ms in threads.items():
        task = proc / str(PID) / "task" / name.removeprefix("t")
        task.mkdir(parents=True, exist_ok=True)
        (task / "schedstat").write_text(f"123456 {delay_ms * MS} 42\n")


def ask(charge: WallCharge, wall_ms: int, cpu_ms: int = 0) -> float:
    """Milliseconds granted."""
    return charge.grant_ns(Overdue(1, PID, wall_ms * MS, cpu_ms * MS)) / MS


def test_a_sleeper_gets_no_more(charge: WallCharge, tmp_path: Path) -> None:
    delays(tmp_path, t7=0)
    assert ask(charge, 1000) == 0


def test_time_without_a_core_is_given_back(charge: WallCharge, tmp_path: Path) -> None:
    delays(tmp_path, t7=400)
    assert ask(charge, 1000) == 400
    delays(tmp_path, t7=600)  # 200 of the 400 ms since
    assert ask(charge, 1400) == 200
    assert ask(charge, 1600) == 0


def test_what_was_given_back_once_is_not_given_back_again(
    charge: WallCharge, tmp_path: Path
) -> None:
    delays(tmp_path, t7=400)
    assert ask(charge, 1000) == 400
    assert ask(charge, 1400) == 0


def test_the_thread_that_waited_longest_counts(charge: WallCharge, tmp_path: Path) -> None:
    delays(tmp_path, t7=100, t8=300, t9=200)
    assert ask(charge, 1000) == 300
    delays(tmp_path, t7=100, t8=300, t9=250)
    assert ask(charge, 1300) == 50


def test_threads_cannot_wait_longer_than_time_went_by(charge: WallCharge, tmp_path: Path) -> None:
    delays(tmp_path, t7=99_000)
    assert ask(charge, 1000) == 1000


def test_a_rest_of_a_few_milliseconds_is_none(charge: WallCharge, tmp_path: Path) -> None:
    delays(tmp_path, t7=9)
    assert ask(charge, 1000) == 0


def test_where_the_kernel_does_not_say_progress_is_a_sign_of_waiting(charge: WallCharge) -> None:
    assert ask(charge, 1000, cpu_ms=150) == 1000
    assert ask(charge, 2000, cpu_ms=240) == 0  # less than a tenth since


def test_where_the_kernel_does_not_say_there_is_an_end(charge: WallCharge) -> None:
    grants = [ask(charge, 1000 * n, cpu_ms=500 * n) for n in range(1, 30)]
    assert grants[:20] == [1000] * 20
    assert grants[20] == 0
