"""Encoding a job for a child as bytes.

A job may carry what a program wrote, but only as text or bytes.

``marshal`` builds a value in one call, where ``values`` takes steps in Python for each item, and a
child pays for every page that a step touches. ``marshal`` is safe to read here, since only the
client writes these bytes. It would also write more than data (buffers, code), so anything but plain
data is encoded with ``values``.
"""

from __future__ import annotations

import marshal

from . import values

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from typing import Any, Protocol

    class Data(Protocol):
        """Bytes, or a cffi buffer, whose slices are bytes."""

        def __len__(self) -> int: ...
        def __getitem__(self, part: slice, /) -> bytes: ...


_MARSHAL, _VALUES = b"M", b"V"
_ATOMS = {type(None), bool, int, float, complex, str, bytes}
_GROUPS = {list, tuple, set, frozenset}
_NO_SHARING = 2
"""The last version of marshal's format that does not merge equal parts into one object."""


def pack(job: tuple[Any, ...]) -> bytes:
    """Encode a job. Raise ``UnsupportedValue`` when something in it cannot be encoded."""
    if _is_plain(job, 0):
        return _MARSHAL + marshal.dumps(job, _NO_SHARING)
    return _VALUES + values.encode(job)


def unpack(data: Data) -> Any:
    """Return the job that ``pack`` encoded."""
    content = data[1:]
    return marshal.loads(content) if data[:1] == _MARSHAL else values.decode(content, rich=True)


def _is_plain(value: Any, depth: int) -> bool:
    kind = type(value)
    if kind in _ATOMS:
        return True
    if depth > values.MAX_DEPTH:
        return False
    if kind in _GROUPS:
        return all(_is_plain(item, depth + 1) for item in value)
    return kind is dict and all(
        _is_plain(key, depth + 1) and _is_plain(item, depth + 1) for key, item in value.items()
    )
