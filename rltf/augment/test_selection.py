"""Choose the tests to keep: together they kill as many programs as they can."""

from __future__ import annotations

from collections.abc import Collection, Sequence


def cover(kills: Sequence[Collection[int]], max_tests: int) -> list[int]:
    """Return the numbers of at most ``max_tests`` tests, chosen greedily by the programs they kill.

    The first of equally good tests wins. A test that kills no further program is not chosen.

    Args:
        kills: for every test, the programs that fail it.
    """
    chosen: list[int] = []
    alive = {program for killed in kills for program in killed}
    while alive and len(chosen) < max_tests:
        best = max(range(len(kills)), key=lambda test: len(alive.intersection(kills[test])))
        chosen.append(best)
        alive.difference_update(kills[best])
    return sorted(chosen)
