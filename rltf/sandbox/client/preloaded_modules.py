"""What a zygote imports before its first fork, and which programs need how much of it.

A fork copies the page tables of everything that its zygote holds, so a zygote with little in it
forks faster. An import in a child costs milliseconds each time. So there are three kinds of zygote,
and the text of a program decides which one it gets. This is only a matter of speed.
"""

from __future__ import annotations

import re
from typing import Literal

Preload = Literal["slim", "stdlib", "numpy"]

_SLIM = """
    abc bisect builtins collections collections.abc contextlib copy datetime decimal encodings.ascii
    encodings.latin_1 errno fractions functools heapq io itertools json keyword math numbers operator os
    random re string struct sys threading time traceback types warnings weakref
"""
_STDLIB = """
    array ast base64 calendar cmath dataclasses encodings.idna enum hashlib locale pprint queue statistics
    _strptime textwrap typing unicodedata zlib
"""
MODULES: dict[Preload, list[str]] = {
    "slim": _SLIM.split(),
    "stdlib": [*_SLIM.split(), *_STDLIB.split()],
    "numpy": [*_SLIM.split(), *_STDLIB.split(), "numpy"],
}
_MENTIONS = re.compile(rf"\b({'|'.join(_STDLIB.split())}|strptime|idna)\b")


def preload_for(text: str, *, all_modules: bool = False) -> Preload:
    """Return the kind of zygote that a program or test code should be forked from.

    Args:
        text: The code.
        all_modules: Whether its harness imports many modules for it
        (``guest/candidate/harness_imports.py``).
    """
    if "numpy" in text:
        return "numpy"
    return "stdlib" if all_modules or ("import" in text and _MENTIONS.search(text)) else "slim"
