"""A sample: one program that a policy wrote, and the token ids it was sampled as."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Sample:
    """One program that a policy wrote for a problem.

    The sampled text and the judged program need not be the same string: a program may be cut out of
    prose, or be the problem's prompt with the completion appended. ``shift`` relates the two.
    """

    task_id: str
    program: str
    """The program text that is judged."""
    text: str | None = None
    """The text that was sampled; ``None`` where it is the program itself."""
    shift: int = 0
    """Position in ``program`` of the first character of ``text`` (negative: text starts earlier)."""
    token_ids: tuple[int, ...] = ()
    """(T,) the ids the text was sampled as, the end-of-text id included; empty when not known."""
    prompt_ids: tuple[int, ...] = ()
    """(P,) the ids of the prompt."""
    index: int = 0
    """Number of this sample among those of its problem."""
    policy_step: int = 0
    """Optimizer steps that the policy had taken when it wrote this sample."""
    truncated: bool = False
    """Cut at the length limit: the policy did not end the program itself."""
