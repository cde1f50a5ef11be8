"""What the client tells a child, as bytes: of what a program said, a text or bytes, and nothing built of it.

``marshal`` builds a value in one call where ``values`` takes a step of Python for each item, and a child
pays for every page that a step touches. It may read these bytes, since the client alone writes them; it
would write more than data (buffers, code), so that what is no plain data travels as ``values``.
"""

from __future__ import annotations

import marshal

from . import values

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from typing import Any, Protocol

    class Data(Protocol):
        """Bytes, or a buffer of cffi's, of which a part is bytes."""

        def __len__(self) -> int: ...
        def __getitem__(self, part: slice, /) -> bytes: ...


_MARSHAL, _VALUES = b"M", b"V"
_ATOMS = {type(None), bool, int, float, complex, str, bytes}
_GROUPS = {list, tuple, set, frozenset}
_NO_SHARING = 2
"""The last version of marshal's format in which equal parts do not become one object."""


def pack(order: tuple[Any, ...]) -> bytes:
    """The bytes of ``order``; ``UnsupportedValue`` when something in it does not cross."""
    if _is_plain(order, 0):
        return _MARSHAL + marshal.dumps(order, _NO_SHARING)
    return _VALUES + values.encode(order)


def unpack(data: Data) -> Any:
    """What ``pack`` was given."""
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
