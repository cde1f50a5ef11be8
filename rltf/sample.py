"""A sample: one program that a policy wrote, and its sampled token ids."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Sample:
    """One program that a policy wrote for a problem.

    The sampled text and the judged program may differ: a program may be cut out of prose, or consist
    of the problem's prompt and the completion. ``shift`` relates the two.
    """

    task_id: str
    program: str
    """The text of the program that is judged."""
    text: str | None = None
    """The sampled text; ``None`` if it is the program itself."""
    shift: int = 0
    """Position in ``program`` of the first character of ``text`` (negative: text starts earlier)."""
    token_ids: tuple[int, ...] = ()
    """(T,) the sampled ids, including the end-of-text id; empty if unknown."""
    prompt_ids: tuple[int, ...] = ()
    """(P,) the ids of the prompt."""
    index: int = 0
    """Number of this sample among the samples of its problem."""
    policy_step: int = 0
    """Optimizer steps that the policy had taken when it wrote this sample."""
    truncated: bool = False
    """Whether the length limit cut the text before the policy ended it."""
    log_probs: tuple[float, ...] = field(default=(), compare=False, repr=False)
    """(T,) log-probability of each sampled id by the weights that wrote it, at temperature 1 and
    over all ids; empty if unknown. It is not written to files."""
