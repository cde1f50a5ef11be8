"""The dispatcher, with groups that answer when the test says so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from rltf import Problem, TestCase, Verdict
from rltf.errors import SandboxError
from rltf.sandbox.backend import Job
from rltf.sandbox.groups import group as group_module
from rltf.sandbox.groups import messages
from rltf.sandbox.groups.dispatcher import Dispatcher
from rltf.sandbox.groups.group import Group, Listener

PROBLEM = Problem("t", "", tests=(TestCase.stdin("", ""),))


class Recorder(Group):
    """A group that keeps the messages it is sent."""

    def __init__(self, slot: int, workers: int, listener: Listener) -> None:
        super().__init__(slot, workers)
        self.listener = listener
        self.sent: list[list[messages.Item]] = []
        self.is_closed = False

    def send(self, message: bytes) -> None:
        self.sent.append(messages.decode(message))

    def close(self) -> None:
        self.is_closed = True

    def abandon(self) -> None: ...

    @property
    def jobs(self) -> list[messages.Item]:
        return [item for message in self.sent for item in message if item[0] == messages.JOB]

    def is_up(self) -> None:
        self.listener.received(self, messages.encode([(messages.READY, ("seccomp",))]))

    def answer(self, count: int) -> None:
        """Answer the oldest jobs that were sent."""
        ids = [number for number in self.in_flight if number not in self.outbox][:count]
        verdict = messages.pack(Verdict.unscored("answered"))
        self.listener.received(
            self, messages.encode([(messages.VERDICT, number, verdict) for number in ids])
        )

    def die(self) -> None:
        self.listener.lost(self)


class Groups:
    """A dispatcher, and every group that it has started."""

    def __init__(self, sizes: Sequence[int], gone: Sequence[int] = ()) -> None:
        self.started: list[Recorder] = []
        self.results: list[Any] = []

        def start(slot: int, listener: Listener) -> Group | None:
            if slot in gone:
                return None
            self.started.append(Recorder(slot, sizes[slot], listener))
            return self.started[-1]

        self.dispatcher = Dispatcher(start, len(sizes))

    def submit(self, count: int, problem: Problem = PROBLEM) -> None:
        for _ in range(count):
            self.dispatcher.submit(Job("judge", problem, "", self.results.append))

    def up(self) -> None:
        for group in self.started:
            if not group.is_ready:
                group.is_up()


def test_groups_start_when_there_is_work_for_them() -> None:
    groups = Groups([2, 2, 2, 2])
    groups.submit(1)
    groups.up()
    groups.submit(1)
    assert len(groups.started) == 1
    groups.submit(3)  # one group has two workers, and the next one two more
    assert len(groups.started) == 3
    groups.up()
    groups.submit(8)
    groups.up()
    assert [len(group.in_flight) for group in groups.started] == [4, 3, 3, 3]


def test_the_least_busy_group_gets_the_next_job_and_none_more_than_it_can_hold() -> None:
    groups = Groups([1, 3])
    groups.submit(4)
    groups.up()
    groups.up()
    groups.submit(8)
    assert [len(group.in_flight) for group in groups.started] == [2, 6]
    groups.started[0].answer(2)
    assert [len(group.in_flight) for group in groups.started] == [2, 6]
    assert len(groups.results) == 2


def test_jobs_travel_together_when_the_group_has_enough_to_do() -> None:
    groups = Groups([8])
    groups.submit(1)
    groups.up()
    groups.submit(7)
    group = groups.started[0]
    assert len(group.sent) == 8  # a worker waits for each
    groups.submit(5)
    assert len(group.sent) == 8
    groups.dispatcher.flush()
    assert len(group.sent) == 9
    assert len(group.jobs) == 13
    assert sum(item[0] == messages.PROBLEM for message in group.sent for item in message) == 1


def test_what_a_lost_group_had_is_done_by_another_first() -> None:
    groups = Groups([1, 1])
    groups.submit(3)
    groups.up()
    groups.up()
    lost, other = groups.started[:2]
    groups.submit(3)
    lost.die()
    assert lost.is_closed
    groups.up()
    for _ in range(3):
        for group in [other, *groups.started[2:]]:
            group.answer(2)
    assert len(groups.results) == 6


def test_a_job_whose_group_is_always_lost_is_unscored() -> None:
    groups = Groups([1])
    groups.submit(1)
    for _ in range(3):
        groups.up()
        groups.started[-1].die()
    assert [verdict.reason for verdict in groups.results] == [
        "the workers that judged it were lost 3 times"
    ]


def test_groups_that_never_get_ready_are_given_up() -> None:
    groups = Groups([1])
    groups.submit(1)
    for _ in range(10):
        groups.started[-1].die()
    assert isinstance(groups.results[0], SandboxError)
    with pytest.raises(SandboxError, match="no worker is left"):
        groups.submit(1)


def test_a_slot_that_is_gone_is_left_out() -> None:
    groups = Groups([1, 1, 1], gone=[0, 2])
    groups.submit(3)
    groups.up()
    assert [group.slot for group in groups.started] == [1]


def test_groups_forget_the_problems_that_were_not_used_for_longest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(group_module, "_MOST_PROBLEMS", 2)
    groups = Groups([8])
    groups.submit(1)
    groups.up()
    problems = [Problem(str(i), "", tests=PROBLEM.tests) for i in range(3)]
    for problem in (*problems, problems[0]):
        groups.submit(1, problem)
    items = [item for message in groups.started[0].sent for item in message]
    assert [item[1] for item in items if item[0] == messages.FORGET] == [1, 2, 3]
    assert [item[1] for item in items if item[0] == messages.PROBLEM] == [1, 2, 3, 4, 5]
    alive: set[int] = set()
    for item in items:  # a job names a problem that its group has
        if item[0] == messages.PROBLEM:
            alive.add(item[1])
        elif item[0] == messages.FORGET:
            alive.remove(item[1])
        elif item[0] == messages.JOB:
            assert item[3] in alive


def test_dropped_jobs_are_not_sent() -> None:
    groups = Groups([1])
    job = Job("judge", PROBLEM, "", groups.results.append)
    groups.dispatcher.submit(job)
    job.is_dropped = True
    groups.up()
    groups.submit(1)
    assert len(groups.started[0].jobs) == 1


def test_closing_tells_every_job() -> None:
    groups = Groups([1])
    groups.submit(5)
    groups.up()
    groups.dispatcher.close()
    assert [str(error) for error in groups.results] == ["the sandbox is closed"] * 5
    assert all(group.is_closed for group in groups.started)
