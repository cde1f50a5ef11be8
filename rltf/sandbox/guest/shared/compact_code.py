"""The code that each child runs, side by side in memory.

A call writes to the code object that it runs: it counts references. The code of a function lies
where its module was loaded, among the code of functions that no child calls, so that almost each
function costs a child the copy of a page. Copies that are made one after the other share pages.
"""

from __future__ import annotations

import gc
import sys
import types

from . import compact_heap

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from typing import Any

_former: list[types.CodeType] = []
"""The code in the old places, which must not become holes."""


def compact(work: Callable[[], object], modules: Collection[str]) -> None:
    """Move the code of all our functions that ``work`` calls, and of all those of these modules.

    It has to be warmed up again. Python's own functions keep theirs, by which some are recognized.
    """
    codes = _codes_of(work)
    functions = [thing for thing in gc.get_objects() if type(thing) is types.FunctionType]
    codes |= {id(each.__code__): each.__code__ for each in functions if each.__module__ in modules}
    copies: dict[int, types.CodeType] = {}
    compact_heap.fill()
    for code in codes.values():
        _copy(code, copies)
    for function in functions:
        if id(function.__code__) in codes:
            function.__code__ = copies[id(function.__code__)]
    _former.extend(codes.values())


_OURS = compact.__code__.co_filename.rpartition("/shared/")[0] + "/"
"""Where our files are."""


def _codes_of(work: Callable[[], object]) -> dict[int, types.CodeType]:
    """Return the code that a call of ``work`` runs, in the order of the first calls."""
    codes: dict[int, types.CodeType] = {}

    def note(frame: types.FrameType, event: str, _: Any) -> None:
        if event == "call" and frame.f_code.co_filename.startswith(_OURS):
            codes.setdefault(id(frame.f_code), frame.f_code)

    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(None)
    return codes


def _copy(code: types.CodeType, copies: dict[int, types.CodeType]) -> types.CodeType:
    """Return the one copy of a code object. The code of inner functions is copied as well."""
    if id(code) not in copies:
        consts = [
            _copy(each, copies) if type(each) is types.CodeType else each for each in code.co_consts
        ]
        copies[id(code)] = code.replace(co_consts=tuple(consts))
    return copies[id(code)]
