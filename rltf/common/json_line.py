"""Parse a line of JSON that a user wrote, or explain what is wrong with it."""

from __future__ import annotations

import json
from typing import Any

from rltf.common import long_integers


def parse(line: bytes) -> Any:
    """Return the value of a line; raise ``ValueError`` if it is not UTF-8 or not JSON."""
    try:
        return json.loads(
            line.decode("utf-8-sig"), object_pairs_hook=_object, parse_int=long_integers.number
        )
    except UnicodeDecodeError as error:
        raise ValueError(f"not UTF-8 ({error.reason} at byte {error.start + 1})") from None
    except json.JSONDecodeError as error:
        before = error.doc[: error.pos]
        if error.pos == len(error.doc):
            before = before.rstrip("\r\n")
        number = before.count("\n") + 1
        at = f"line {number}, " if number > 1 else ""
        column = len(before) - before.rfind("\n")
        message = error.msg.removesuffix(" at")
        raise ValueError(f"not JSON ({message} at {at}column {column})") from None
    except DuplicateKey:
        raise
    except RecursionError:
        raise ValueError("not JSON (nested too deeply)") from None
    except ValueError as error:
        raise ValueError(f"not JSON ({error})") from None


class DuplicateKey(ValueError):
    """An object has the same key twice, so its value is ambiguous."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise DuplicateKey(f"the key {twice!r:.60} is given twice")
    return value


def task_id(value: object) -> str:
    """Return a task id, which may be written as a number; raise ``ValueError`` for anything else."""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise ValueError(f'"task_id" must be text or a whole number, not {value!r:.60}')
    if value == "":
        raise ValueError('"task_id" must not be empty')
    return str(value)
