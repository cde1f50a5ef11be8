"""Find the parts of a text that are the model's answer: no reasoning, and no other turns."""

from __future__ import annotations

import re

_NAMES = "think|thinking|thought|thoughts|reasoning|reason|reflection|scratchpad|analysis"
_TAG = re.compile(
    rf"(?P<open><(?:{_NAMES})>|\[THINK\]|<\|begin_of_thought\|>|<\|channel\|>(?:analysis|commentary)|\u25c1think\u25b7)"
    rf"|(?P<close></(?:{_NAMES})>|\[/THINK\]|<\|end_of_thought\|>|<\|channel\|>final|\u25c1/think\u25b7)",
    re.I,
)
_TURN_ENDS = re.compile(
    r"<\|(?:im_end|endoftext|end_of_text|eot_id|eot|end|return|end_of_solution|endofresponse)\|>"
    r"|</s>|<(?:end_of_turn|eos|EOT)>|<\uff5cend\u2581of\u2581sentence\uff5c>",
    re.I,
)
_TURN_BEGINS = re.compile(
    r"\s*(?:\ufeff|<s>|<bos>|<\|begin_of_text\|>|\[/INST\]|<start_of_turn>(?:model)?|<\|assistant\|>"
    r"|<\|(?:im_start|start)\|>(?:assistant)?|<\|start_header_id\|>assistant<\|end_header_id\|>"
    r"|<\|begin_of_solution\|>|<\|message\|>|<\|constrain\|>\w*|<\|python_tag\|>)"
)
_MOST_STRETCHES = 8


def answers(text: str) -> list[tuple[int, int]]:
    """Return the last stretches of the text outside reasoning, in order, without blank ones.

    Reasoning that has no start began in the prompt; reasoning that has no end was cut off.
    """
    stretches: list[tuple[int, int]] = []
    start: int | None = 0
    for tag in _TAG.finditer(text):
        if _is_quoted(text, tag):
            continue
        if tag["close"]:
            if start is not None:
                stretches.clear()
            start = tag.end()
        elif start is not None:
            stretches.append((start, tag.start()))
            start = None
    if start is not None:
        stretches.append((start, len(text)))
    turns = (_turn(text, *stretch) for stretch in stretches[-_MOST_STRETCHES:])
    return [(start, end) for start, end in turns if text[start:end].strip()]


def _is_quoted(text: str, tag: re.Match[str]) -> bool:
    before, after = text[tag.start() - 1 : tag.start()], text[tag.end() : tag.end() + 1]
    is_fence = text[tag.start() - 3 : tag.start()] == "```"
    return before == after and before in ("'", '"', "`") and not is_fence


def _turn(text: str, start: int, end: int) -> tuple[int, int]:
    """Return a stretch without the marks of a chat format and without text after the turn's end."""
    while begin := _TURN_BEGINS.match(text, start, end):
        start = begin.end()
    for mark in _TURN_ENDS.finditer(text, start, end):
        if not _is_quoted(text, mark) and text[start : mark.start()].strip():
            return start, mark.start()
    return start, end
