"""The results of a benchmark as a table for a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tabulate import tabulate

from rltf.common.progress import bar
from rltf.samples.sample_file import lacking

_MAX_REASONS = 10


def table(results: Mapping[str, Any]) -> str:
    """Return the table of a benchmark, and the lines below it."""
    difficulties: Mapping[str, Any] = results["by_difficulty"]
    groups = {**difficulties, "all": results}
    ks = list(results["pass_at_k"])
    headers = ["", "problems", *(f"pass@{k}" for k in ks), "tests passed"]
    rows = [
        [
            name,
            group["problems"],
            *(_with_interval(group["pass_at_k"][k]) for k in ks),
            _percent(group["test_case_average"]),
        ]
        for name, group in groups.items()
    ]
    align = ["left", *(["right"] * (len(headers) - 1))]
    lines = [tabulate(rows, headers=headers, colalign=align, disable_numparse=True), ""]
    statuses = ", ".join(f"{count} {status}" for status, count in results["statuses"].items())
    partial = results.get("partial")
    n = results["n"] if partial is None else "{} to {}".format(*partial["samples"])
    lines += _partial(results, partial)
    lines.append(f"{n} samples a problem: {statuses}")
    lines += _modes(results.get("modes"))
    if results["truncated"]:
        sampling = results["sampling"]
        limit = f"limit of {sampling['max_new_tokens']} tokens" if sampling else "length limit"
        lines.append(f"{results['truncated']} met the {limit}")
    if without := results["problems_without_scores"]:
        lines.append(f"{len(without)} problems have no scored sample: {_some(without)}")
    if left_out := results["without_tests"]:
        were = "problem without tests was" if len(left_out) == 1 else "problems without tests were"
        lines.append(f"{len(left_out)} {were} left out: {_some(left_out)}")
    if sampling := results.get("critic_sampling"):
        lines += _critic_sampling(sampling)
    if attempts := results["attempts"]:
        text = ", ".join(f"{count} {kind}" for kind, count in attempts.items())
        lines.append(f"attempts to cheat: {text}")
    slowest = [f"{row['task_id']} {row['seconds']:.1f}" for row in results["slowest"][:3]]
    lines.append(f"slowest problems, in seconds: {', '.join(slowest)}")
    seconds = results["seconds"]
    parts = [f"{name} {seconds[name]:.1f}" for name in seconds if name not in ("total", "judging")]
    spent = f"{', '.join(parts)}; " if parts else ""
    judging = f"judging {seconds['judging']:.1f}, over all workers"
    lines.append(f"{seconds['total']:.1f} seconds: {spent}{judging}")
    return "\n".join(lines)


def status_bars(results: Mapping[str, Any], encoding: str) -> list[str]:
    """Return a line with a bar for each status, the most frequent first.

    Args:
        encoding: That of the output, which may lack the characters of a bar.
    """
    counts: Mapping[str, int] = results["statuses"]
    total, width = sum(counts.values()), max(map(len, counts), default=0)
    return [
        f"{status:{width}}  {bar(count / total, 30, encoding)}  {count / total:6.1%}"
        for status, count in sorted(counts.items(), key=lambda item: -item[1])
    ]


def _partial(results: Mapping[str, Any], partial: Mapping[str, Any] | None) -> list[str]:
    """Return lines that say what an incomplete set lacks, and which problems a figure is of."""
    lines = []
    if partial is not None:
        fault = lacking(results["problems"], partial["without_samples"], *partial["samples"])
        lines.append(f"{results['samples']['file']} is incomplete: {fault}")
    figures: Mapping[str, Any] = results["pass_at_k"]
    for k, figure in figures.items():
        if figure["problems"] < results["problems"]:
            lines.append(f"pass@{k} is of {figure['problems']} of {results['problems']} problems")
    return lines


def _modes(modes: Mapping[str, Any] | None) -> list[str]:
    """Return lines about samples that were judged guarded; results of older versions have none."""
    if modes is None or not modes["samples"]["guarded"]:
        return []
    counts = ", ".join(f"{count} {mode}" for mode, count in modes["samples"].items() if count)
    reasons = modes["guarded_because"]
    lines = [f"{count} guarded: {reason}" for reason, count in list(reasons.items())[:_MAX_REASONS]]
    if (more := len(reasons) - _MAX_REASONS) > 0:
        lines.append(f"guarded for {more} more reason{'s' * (more > 1)}")
    return [f"judged: {counts} (a guarded program may cheat)", *(f"  {line}" for line in lines)]


def _critic_sampling(sampling: Mapping[str, Any]) -> list[str]:
    """Return lines about critic sampling, and the figures of its first samples."""
    counts, first = sampling["problems"], sampling["first"]["pass_at_k"]
    rates = ", ".join(f"pass@{k} {_with_interval(figure)}" for k, figure in first.items())
    return [
        f"critic sampling: {counts['refined']} problems refined, {counts['repaired']} of "
        f"{counts['repair_tried']} repaired before; left as they were: "
        f"{counts['left_without_visible_tests']} without visible tests, "
        f"{counts['left_since_none_passed']} of which no sample passed those",
        f"the first samples alone: {rates}",
    ]


def _with_interval(figure: Mapping[str, float | None]) -> str:
    value, low, high = figure["value"], figure["low"], figure["high"]
    if value is None or low is None or high is None:
        return "-"
    return f"{100 * value:.2f} [{100 * low:.2f}, {100 * high:.2f}]"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.2f}"


def _some(names: list[str]) -> str:
    return ", ".join(names[:5]) + (", …" if len(names) > 5 else "")
