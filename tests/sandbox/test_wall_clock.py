"""What is charged to a program whose wall limit has passed."""

from __future__ import annotations

from pathlib import Path

import pytest

from rltf.sandbox.client.wall_clock import Overdue, WallCharge

PID = 7
MS = 1_000_000
LIMIT = 1000 * MS


class Clock:
    """The monotonic clock, as far as it has been moved."""

    now_ns = 0

    def __call__(self) -> int:
        return self.now_ns


clock = Clock()


@pytest.fixture
def charge(tmp_path: Path) -> WallCharge:
    return WallCharge(LIMIT, proc=tmp_path, clock=clock)


def delays(proc: Path, state: str = "S", **threads: int) -> None:
    """What the kernel says of the threads: run delay in milliseconds, by thread."""
    for name, delay_ms in threads.items():
        task = proc / str(PID) / "task" / name.removeprefix("t")
        task.mkdir(parents=True, exist_ok=True)
        (task / "schedstat").write_text(f"123456 {delay_ms * MS} 42\n")
        (task / "stat").write_text(f"7 (a) name) {state} 1 7 7 0")


def ask(charge: WallCharge, wall_ms: int, cpu_ms: int = 0) -> float:
    """Milliseconds granted to a test that began at second 5."""
    clock.now_ns = 5000 * MS + wall_ms * MS
    return charge.grant_ns(Overdue(1, PID, 5000 * MS, cpu_ms * MS)) / MS


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


def test_what_it_waited_in_earlier_tests_is_no_credit(charge: WallCharge, tmp_path: Path) -> None:
    delays(tmp_path, t7=99_000)
    assert ask(charge, 1000) == 1000
    assert ask(charge, 2000) == 0


def test_a_wait_that_is_counted_late_is_not_lost(charge: WallCharge, tmp_path: Path) -> None:
    delays(tmp_path, t7=500)
    assert ask(charge, 1000) == 500
    delays(tmp_path, t7=500, state="R")
    assert ask(charge, 1500) == 50  # it waits for a core as we look
    delays(tmp_path, t7=1000)
    assert ask(charge, 1550) == 450


def test_one_that_runs_does_not_wait(charge: WallCharge, tmp_path: Path) -> None:
    delays(tmp_path, t7=0, state="R")
    assert ask(charge, 1000, cpu_ms=990) == 0


def test_one_that_runs_whenever_we_look_does_not_wait(charge: WallCharge, tmp_path: Path) -> None:
    delays(tmp_path, t7=0, state="R")
    assert ask(charge, 1000, cpu_ms=5) == 50
    assert ask(charge, 1050, cpu_ms=10) == 0


def test_one_that_has_no_core_for_long_keeps_waiting(charge: WallCharge, tmp_path: Path) -> None:
    delays(tmp_path, t7=0, state="R")
    for wall_ms in range(1000, 2000, 50):
        assert ask(charge, wall_ms, cpu_ms=5) == 50
    delays(tmp_path, t7=1400)
    assert ask(charge, 2000, cpu_ms=6) == 400


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


def thread(proc: Path, pid: int, delay_ms: int) -> None:
    task = proc / str(pid) / "task" / str(pid)
    task.mkdir(parents=True, exist_ok=True)
    (task / "schedstat").write_text(f"1 {delay_ms * MS} 1\n")
    (task / "stat").write_text(f"{pid} (python) S 1")


def test_a_partners_waiting_is_charged_to_nobody_either(tmp_path: Path) -> None:
    thread(tmp_path, 50, 9000)  # before the test began
    children = tmp_path / "50" / "task" / "50" / "children"
    children.write_text("51 ")
    charge = WallCharge(LIMIT, partner=50, proc=tmp_path, clock=clock)
    delays(tmp_path, t7=100)
    thread(tmp_path, 50, 9050)
    thread(tmp_path, 51, 300)
    assert ask(charge, 1000) == 450
    children.write_text("")
    assert ask(charge, 1450) == 0


@pytest.mark.parametrize("name", [b"\xff\xfe", b"x) R 1 (y", b"two\nlines ) S", b"", b"\x80) R"])
def test_a_threads_name_is_nothing_but_a_name(
    charge: WallCharge, tmp_path: Path, name: bytes
) -> None:
    delays(tmp_path, t7=0, t8=0)
    (tmp_path / str(PID) / "task" / "8" / "stat").write_bytes(b"8 (" + name + b") S 1 7 7 0")
    assert ask(charge, 1000, cpu_ms=150) == 0


def test_a_thread_that_is_gone_hides_no_other(charge: WallCharge, tmp_path: Path) -> None:
    delays(tmp_path, t7=100)
    (tmp_path / str(PID) / "task" / "9").mkdir()
    assert ask(charge, 1000, cpu_ms=900) == 100
    assert ask(charge, 1100, cpu_ms=900) == 0
