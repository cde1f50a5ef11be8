"""The charts of a run: what it learns, what its samples teach, and where the time goes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rltf.report.page_model import Chart, Line, Series, number
from rltf.report.run_evaluations import FIGURES, bounds
from rltf.verdict import STATUSES

Read = Callable[[Line], Any]

ACTIVITIES = {
    "generation_seconds": "writing programs",
    "reward_exposed_seconds": "waiting for tests",
    "update_seconds": "updating the policy",
}
"""What a step spends its time on; the rest of it is everything else."""
REASONS = {
    "duplicate": "same program twice",
    "equal_to_baseline": "as good as the baseline program",
    "guarded": "judged guarded",
    "held_out": "held-out problem",
    "no_baseline": "no baseline program",
    "no_reward": "no reward",
    "not_spelled": "tokens unknown",
    "truncated": "cut off",
    "unscored": "unscored",
}
"""Why a sample teaches nothing."""


def _curve(name: str, lines: Sequence[Line], read: Read) -> Series | None:
    """Return a figure over steps; ``None`` where no line has it."""
    pairs = [(number(line.get("step")), number(read(line))) for line in lines]
    points = [(x, y) for x, y in pairs if x is not None and y is not None]
    return Series(name, [x for x, _ in points], [y for _, y in points]) if points else None


def _chart(id: str, title: str, series: Sequence[Series | None], **more: Any) -> list[Chart]:
    known = [each for each in series if each is not None]
    kind = more.pop("kind", "lines")
    return [Chart(id, title, kind, known, **more)] if known else []


def learning_charts(
    rounds: Sequence[Line], evaluations: Sequence[Line], config: Line
) -> list[Chart]:
    """Return how the policy does, on held-out problems and in rounds."""
    has_candidates = config.get("candidates_per_round")
    note = "Samples are drawn only for problems that the greedy program fails."
    return [
        *_held_out_chart(evaluations),
        *_chart(
            "pass-rate",
            "Programs that pass, by round",
            [
                _curve("greedy programs", rounds, _of_round("greedy_pass_rate")),
                _curve("samples", rounds, _of_round("pass_rate")),
            ],
            unit="percent",
            note=note if has_candidates else "",
        ),
        *_chart("reward", "Mean reward, by round", _reward_curves(rounds)),
    ]


def _reward_curves(rounds: Sequence[Line]) -> list[Series | None]:
    """Return the rewards and their sum, which a single reward of weight 1 needs no curve for."""
    total = _curve("sum", rounds, _of_round("reward"))
    parts = [_curve(name, rounds, _of_round("rewards", name)) for name in _names(rounds, "rewards")]
    is_same = total is not None and [part.y for part in parts if part] == [total.y]
    return parts if is_same else [total, *parts]


def _held_out_chart(evaluations: Sequence[Line]) -> list[Chart]:
    known = [each for each in evaluations if number(each.get("pass_at_1")) is not None]
    if not known:
        return []
    steps = [each["step"] for each in known]
    ends = [bounds(each) for each in known]
    series = [
        Series(
            "pass@1 (greedy)",
            steps,
            [number(each["pass_at_1"]) for each in known],
            [low for low, _ in ends],
            [high for _, high in ends],
        )
    ]
    ks = dict.fromkeys(k for each in known for k in each.get("pass_at_k") or {})
    for k in ks:
        figures = [(each.get("pass_at_k") or {}).get(k) or {} for each in known]
        parts = [[number(figure.get(name)) for figure in figures] for name in FIGURES]
        series.append(Series(f"sampled pass@{k}", steps, *parts))
    note = "Held-out problems; the bands are 95 % intervals over problems."
    return [Chart("held-out", "Held-out pass@k", "lines", series, "percent", note=note)]


def _of_step(name: str) -> Read:
    return lambda line: line.get(name)


def _of_round(name: str, part: str | None = None, *, missing: Any = None) -> Read:
    """Return what reads a figure of a round, or a part of it."""
    if part is None:
        return lambda line: line["round"].get(name, missing)
    return lambda line: _inner(line, name).get(part, missing)


def _share(name: str, part: str) -> Read:
    """Return what reads a part's share of the sum of a figure's parts."""

    def read(line: Line) -> float | None:
        counts = {key: number(value) or 0 for key, value in _inner(line, name).items()}
        total = sum(counts.values())
        return counts.get(part, 0) / total if total else None

    return read


def _inner(line: Line, name: str) -> Mapping[str, Any]:
    value = line["round"].get(name)
    return value if isinstance(value, Mapping) else {}


def _names(rounds: Sequence[Line], field: str) -> list[str]:
    return list(dict.fromkeys(name for line in rounds for name in _inner(line, field)))


def teaching_charts(lines: Sequence[Line], rounds: Sequence[Line]) -> list[Chart]:
    """Return what became of the samples, and what they teach."""
    present = set(_names(rounds, "statuses"))
    known = [each for each in reversed(STATUSES) if each in present]  # passed comes first
    statuses = dict.fromkeys([*known, *sorted(present)])
    return [
        *_chart(
            "errors",
            "What became of the samples, by round",
            [
                _curve(
                    name,
                    rounds,
                    _share("statuses", name),
                )
                for name in statuses
            ],
            kind="areas",
            unit="percent",
            note="The status of every sample, from passed at the bottom.",
        ),
        *_chart(
            "experiences",
            "Samples that taught something, and why others did not",
            [
                _curve("taught something", rounds, _of_round("experiences")),
                *(
                    _curve(
                        REASONS.get(name, name),
                        rounds,
                        _of_round("left_out", name, missing=0),
                    )
                    for name in _names(rounds, "left_out")
                ),
            ],
            kind="bars",
            unit="count",
        ),
    ]


def training_charts(lines: Sequence[Line], rounds: Sequence[Line]) -> list[Chart]:
    """Return the figures of the optimizer steps."""

    def top(name: str, field: str) -> Series | None:
        return _curve(name, lines, _of_step(field))

    losses = dict.fromkeys(name for line in lines for name in line if name.endswith("_loss"))
    return [
        *_chart("loss", "Loss", [top(name.replace("_", " "), name) for name in losses]),
        *_chart(
            "entropy",
            "Entropy of the policy",
            [
                top("of the objective", "entropy"),
                _curve("nats a token", rounds, _of_round("entropy")),
            ],
            note="How undecided the policy is about the next token; a fall to 0 ends exploration. "
            "Estimated from the tokens that it sampled.",
        ),
        *_chart("gradient", "Gradient norm", [top("gradient norm", "gradient_norm")]),
        *_chart(
            "staleness",
            "Age of the samples",
            [top("mean age", "staleness")],
            note="Optimizer steps between the writing of a sample and its use.",
        ),
        *_chart(
            "kl",
            "Distance from the reference policy",
            [_curve("log ratio", rounds, _of_round("kl"))],
        ),
        *_chart(
            "length",
            "Length of the samples",
            [_curve("tokens", rounds, _of_round("tokens_per_sample"))],
        ),
    ]


def time_charts(lines: Sequence[Line]) -> list[Chart]:
    """Return what each step took."""

    def other(line: Line) -> float | None:
        total = number(line.get("total_seconds"))
        spent = sum(number(line.get(name)) or 0 for name in ACTIVITIES)
        return None if total is None else max(0.0, total - spent)

    series = [_curve(text, lines, _of_step(name))
              for name, text in ACTIVITIES.items()]  # fmt: skip
    return [
        *_chart(
            "time", "Seconds a step", [*series, _curve("other", lines, other)],
            kind="bars", unit="seconds",
        ),
        *_chart(
            "memory", "Peak memory, in MiB",
            [_curve("peak memory", lines, _of_step("peak_memory_mb"))],
        ),
    ]  # fmt: skip
