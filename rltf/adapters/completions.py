"""Batches of completions, and the text of one, in the forms that hosts have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rltf.errors import DataError


def batch(**columns: Any) -> list[tuple[Any, ...]]:
    """Return the rows of a batch, whose columns are lists, arrays or tensors.

    Raises :class:`DataError` for a column that is none, or has another length than the first.
    """
    lists = {name: as_list(name, values) for name, values in columns.items()}
    (first, length), *others = ((name, len(values)) for name, values in lists.items())
    for name, other in others:
        if other != length:
            raise DataError(f"{name} has {other} values for {length} {first}")
    return list(zip(*lists.values(), strict=True))


def as_list(name: str, values: Any) -> list[Any]:
    """Return the values of a list, an array or a tensor; raise :class:`DataError` for others."""
    has_order = hasattr(values, "__len__") and hasattr(values, "__getitem__")
    if not has_order or isinstance(values, str | bytes | Mapping):
        raise DataError(f"{name} must be a list, not {values!r:.60}")
    return list(values)


def text_of(completion: object) -> str:
    """Return the text of a completion or of a prompt.

    It is text, a message ``{"role", "content"}``, or a list of messages, whose last one counts. The
    content of a message is text or parts ``{"type": "text", "text"}``; one without any is empty.
    Raises :class:`DataError` for anything else.
    """
    match completion:
        case str():
            return completion
        case Mapping():
            return _content(completion.get("content"))
        case [] | ():
            return ""
        case [*_, Mapping() as message]:
            return _content(message.get("content"))
    raise DataError(
        f"a completion must be text or a list of messages with 'role' and 'content', "
        f"not {completion!r:.60}"
    )


def plain_prompt(prompt: object) -> str:
    """Return a prompt that completions may continue; empty for a conversation."""
    return prompt if isinstance(prompt, str) else ""


def _content(content: object) -> str:
    if content is None or isinstance(content, str):
        return content or ""
    if isinstance(content, (list, tuple)):
        texts = [part.get("text") or "" for part in content if isinstance(part, Mapping)]
        if all(isinstance(text, str) for text in texts):
            return "".join(texts)
    raise DataError(f"the content of a message must be text or parts, not {content!r:.60}")
