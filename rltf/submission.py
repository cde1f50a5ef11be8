"""A submission: a program that comes with a dataset, and the verdict that it must get."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rltf.verdict import STATUSES, Status

NOT_PASSED: tuple[Status, ...] = tuple(status for status in STATUSES if status != "passed")
"""The statuses that a program must have that is only known to be wrong."""


@dataclass(frozen=True)
class Submission:
    """A program and its expected verdict, with which a dataset's authors check their tests."""

    name: str
    """Its name in the dataset, such as ``wrong_answer/greedy.py``."""
    program: str
    expected: tuple[Status, ...]
    """The statuses that are right for it."""

    def __post_init__(self) -> None:
        wrong = [status for status in self.expected if status not in STATUSES]
        if wrong or not self.expected:
            known = ", ".join(STATUSES)
            raise ValueError(
                f"a submission must expect some of {known}, not {wrong or self.expected!r}"
            )

    @classmethod
    def from_dict(cls, data: object) -> Submission:
        """Read a submission from its JSON form; raise ``ValueError`` if it is wrong."""
        keys = {"name", "program", "expected"}
        if not isinstance(data, Mapping) or set(data) != keys:
            raise ValueError(
                f'a submission must be {{"name", "program", "expected"}}, not {data!r:.60}'
            )
        for key in ("name", "program"):
            if not isinstance(data[key], str):
                raise ValueError(f'a submission\'s "{key}" must be text, not {data[key]!r:.60}')
        expected = data["expected"]
        if not isinstance(expected, list) or not all(isinstance(each, str) for each in expected):
            raise ValueError(
                f'a submission\'s "expected" must be a list of statuses, not {expected!r:.60}'
            )
        return cls(data["name"], data["program"], tuple(expected))

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form, which :meth:`from_dict` reads."""
        return {"name": self.name, "program": self.program, "expected": list(self.expected)}
