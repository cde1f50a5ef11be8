"""A line of JSON that a user wrote: its value, or what is wrong with it in words."""

from __future__ import annotations

import json
from typing import Any

from rltf.digits import number


def parse(line: bytes) -> Any:
    """The value of a line; ``ValueError`` where it is not UTF-8 or not JSON."""
    try:
        return json.loads(line.decode("utf-8-sig"), parse_int=number)
    except UnicodeDecodeError as error:
        raise ValueError(f"not UTF-8 ({error.reason})") from None
    except (ValueError, RecursionError) as error:
        raise ValueError(f"not JSON ({error})") from None


def task_id(value: object) -> str:
    """A task id, which may be written as a number; ``ValueError`` for anything else."""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise ValueError(f'"task_id" must be text or a whole number, not {value!r:.60}')
    return str(value)
