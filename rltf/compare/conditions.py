"""Conditions that differ between two results, so that their difference may not be the models'."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rltf.compare.reading import Measured

_UNKNOWN = "not recorded"
_FIELDS = ("dataset", "split", "prompt", "preset", "isolation", "judging", "n")
_SAMPLING = ("temperature", "top_p", "max_new_tokens")


def differences(first: Measured, second: Measured) -> list[str]:
    """Return a line for each condition that differs, or that only one result tells."""
    return [*_differing(first, second), *_incomplete(first), *_incomplete(second)]


def _differing(first: Measured, second: Measured) -> Iterator[str]:
    if not (first.about and second.about):
        return
    conditions = [_conditions(each.about) for each in (first, second)]
    for name in dict.fromkeys([*conditions[0], *conditions[1]]):
        here, there = (each[name] for each in conditions)
        if here != there:
            here, there = _distinct(here, there)
            yield f"{name}: {here} ({first.name}), {there} ({second.name})"
    asked = [each.about.get("asked") for each in (first, second)]
    if all(asked) and asked[0] != asked[1] and conditions[0]["prompt"] == conditions[1]["prompt"]:
        yield "the texts of the prompts differ (chat templates, problems, or versions of rltf)"


def _distinct(here: str, there: str) -> tuple[str, str]:
    """Return two lists without the items that both have."""
    items = [each.split(", ") for each in (here, there)]
    own = [
        ", ".join(item for item in each if item not in other)
        for each, other in (items, items[::-1])
    ]
    return own[0] or here, own[1] or there


def _conditions(about: Mapping[str, Any]) -> dict[str, str]:
    """Return what must be equal for a fair comparison, by name."""
    found = {name: _UNKNOWN if about.get(name) is None else str(about[name]) for name in _FIELDS}
    if about.get("preset") is None:
        found["preset"] = "none"
    found["sanitize"] = str(about.get("sanitize", False)).lower()
    data = about.get("data")
    digest = data.get("digest") if isinstance(data, Mapping) else data
    found["data digest"] = str(digest or _UNKNOWN)
    for group, names in (("sampling", _SAMPLING), ("limits", tuple(about.get("limits") or ()))):
        values = about.get(group)
        known = {} if values is None else {name: values.get(name) for name in names}
        found[group] = ", ".join(f"{name} {value}" for name, value in known.items()) or _UNKNOWN
    return found


def _incomplete(result: Measured) -> Iterator[str]:
    if not result.about:
        yield f"{result.name}: no results.json, so its conditions are not known"
    if result.unfinished:
        yield f"{result.name} is not finished: the same rltf bench command continues it"
    if result.about.get("partial"):
        yield f"{result.name} is incomplete: problems lack samples"
    if result.missing:
        yield f"{result.name}: {result.missing} verdicts that its results.json counts are missing"
    if result.repeated:
        yield f"{result.name}: {result.repeated} verdicts are of a sample that has one already"
    unscored = sum(statuses["unscored"] for statuses in result.tasks.values())
    if unscored:
        yield f"{result.name}: {unscored} samples are unscored and left out"
    guarded = (result.about.get("modes") or {}).get("samples", {}).get("guarded", 0)
    if guarded:
        yield f"{result.name}: {guarded} samples were judged guarded, where a program may cheat"
