"""Which tests to keep: those that kill programs which no kept test kills."""

from __future__ import annotations

from collections.abc import Collection, Sequence


def cover(kills: Sequence[Collection[int]], most: int) -> list[int]:
    """At most ``most`` tests, by number, that kill as many programs as a greedy choice can.

    Args:
        kills: for every test, the programs that fail it. Of tests that kill as many new ones, the
            first is taken; tests that kill no new one are left.
    """
    chosen: list[int] = []
    alive = {program for killed in kills for program in killed}
    while alive and len(chosen) < most:
        best = max(range(len(kills)), key=lambda test: len(alive.intersection(kills[test])))
        chosen.append(best)
        alive.difference_update(kills[best])
    return sorted(chosen)
