"""A part of benchmarks/parity.py: kinds of tests and values, as rltf and as Python itself judge them.

Each case of parity_cases.py is judged by rltf in three ways, and by CPython alone or by pytest.
"""

from __future__ import annotations

import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from parity_cases import Case, cases
from parity_oracle import Word, cpython_says, pytest_says
from parity_samples import spread

from rltf import Limits, Problem, Sandbox, Verdict

MODES = {"test": ("test", False), "program": ("program", False), "guarded": ("test", True)}
"""How rltf judges: the isolation, and whether the tests are guarded."""
COLUMNS = ("kind", "against", "rltf's way", "n", "both pass", "both fail", "nothing", "documented", "differ")  # fmt: skip
_LIMITS = Limits(cpu_s=5, wall_s=20)


@dataclass(frozen=True)
class Judged:
    """A case, and what both said of it."""

    case: Case
    mode: str
    ours: Word
    theirs: Word

    @property
    def outcome(self) -> str:
        """Its column in the table."""
        if self.ours == self.theirs:
            return {"passed": "both pass", "failed": "both fail"}.get(self.ours, self.ours)
        return "documented" if self.ours in self.case.documented else "differ"

    @property
    def note(self) -> str:
        """The difference in a line."""
        said = f"rltf ({self.mode}) {self.ours}, {self.case.by} {self.theirs}"
        return f"{self.case.kind}: {said}: {self.case.name!r}"


def judged(workers: int, most: int) -> list[Judged]:
    """So many cases of each kind at most, judged by all."""
    kinds: dict[str, list[Case]] = defaultdict(list)
    for case in cases():
        kinds[case.kind].append(case)
    chosen = [case for same in kinds.values() for case in spread(same, most)]
    theirs = said(chosen, workers)
    found = []
    for mode in MODES:
        ways = [place for place, case in enumerate(chosen) if mode != "guarded" or not case.is_call]
        ours = rltf_says([chosen[place] for place in ways], mode, workers)
        for place, word in zip(ways, ours, strict=True):
            found.append(Judged(chosen[place], mode, word, theirs[place]))
    return found


def rows(found: Sequence[Judged]) -> list[list[object]]:
    """The lines of the table."""
    counts: dict[tuple[str, str, str], Counter[str]] = defaultdict(Counter)
    for each in found:
        counts[each.case.kind, each.case.by, each.mode][each.outcome] += 1
    return [
        [*key, count.total(), *(count[column] for column in COLUMNS[4:])]
        for key, count in counts.items()
    ]


def notes(found: Sequence[Judged]) -> Iterator[str]:
    """The documented differences by reason, and each other difference by name."""
    reasons: Counter[str] = Counter()
    for each in found:
        if each.outcome == "documented":
            reasons[f"{each.case.kind}: {each.case.documented[each.ours]}"] += 1
    yield from (f"documented, {count} x {reason}" for reason, count in reasons.items())
    differ = [f"DIFFERS {each.note}" for each in found if each.outcome == "differ"]
    yield from differ or ["no other differences"]


def said(chosen: Sequence[Case], workers: int) -> list[Word]:
    """What Python says of the cases."""
    words: dict[int, Word] = {}
    by_cpython = [place for place, case in enumerate(chosen) if case.by == "CPython"]
    pairs = [(chosen[place].program, [chosen[place].test]) for place in by_cpython]
    words.update(zip(by_cpython, cpython_says(pairs), strict=True))
    modules: dict[str, dict[str, str]] = defaultdict(dict)
    for place, case in enumerate(chosen):
        if case.by == "pytest":
            modules[case.program][str(place)] = _module(case.test)
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(workers) as pool:
        where = [Path(folder)] * len(modules)
        for found in pool.map(pytest_says, where, modules, modules.values()):
            words.update((int(place), word) for place, word in found.items())
    return [words[place] for place in range(len(chosen))]


def _module(code: str) -> str:
    """A file for pytest, which knows the names that the program has."""
    future = "from __future__ import annotations\n"
    head, _, rest = code.rpartition(future)
    return f"{head}{future}from solution import *\n{rest}"


def rltf_says(chosen: Sequence[Case], mode: str, workers: int) -> list[Word]:
    """What rltf says of the cases."""
    isolation, guarded = MODES[mode]
    pairs = [
        (
            Problem(str(place), "", [case.as_test(guarded)], limits=_LIMITS, **case.fields),
            case.program,
        )
        for place, case in enumerate(chosen)
    ]
    with Sandbox(workers=workers, isolation=isolation) as sandbox:
        return [_word(verdict) for verdict in sandbox.judge_many(pairs)]


def _word(verdict: Verdict) -> Word:
    return {"passed": "passed", "unscored": "nothing"}.get(verdict.status, "failed")
