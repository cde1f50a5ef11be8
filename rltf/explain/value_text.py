"""Show values, and say where two of them differ.

This file travels with test code (``assert_rewriting``), so it imports the standard library alone.
"""

from __future__ import annotations

import reprlib
from typing import Any

_MOST = 400
"""Characters of a value."""
_MOST_SAID = 1500
"""Characters of an explanation."""
_MOST_REASONS = 8

_repr = reprlib.Repr()
_repr.maxlevel = 8
_repr.maxdict = _repr.maxlist = _repr.maxtuple = _repr.maxset = _repr.maxfrozenset = 40
_repr.maxdeque = _repr.maxarray = 40
_repr.maxstring = _repr.maxother = _repr.maxlong = _MOST


def shown(value: Any) -> str:
    """Return a value on one line, cut in the middle where it is long."""
    try:
        text = _repr.repr(value)
    except Exception as error:  # an object of the program's whose repr raises, or an endless int
        text = f"<{type(value).__name__} object, whose repr raised {type(error).__name__}>"
    text = text.replace("\n", "\\n")
    return text if len(text) <= _MOST else f"{text[: _MOST // 2]}…{text[-_MOST // 2 :]}"


def difference(got: Any, expected: Any) -> str:
    """Say where two values of one type begin to differ; nothing where that adds nothing."""
    try:
        return _difference(got, expected)
    except Exception:  # an object of the program's that cannot be compared
        return ""


def _difference(got: Any, expected: Any) -> str:
    kind = type(expected)
    if type(got) is not kind:
        if kind in (bool, int, float, str, list, tuple, dict, set, frozenset, bytes, type(None)):
            return f"a {type(got).__name__}, not a {kind.__name__}"
        return ""
    if kind in (list, tuple, str, bytes):
        pairs = zip(got, expected, strict=False)
        for place, (one, other) in enumerate(pairs):
            if one is not other and one != other:
                return f"at index {place}: {shown(one)}, not {shown(other)}" if place else ""
        if len(got) != len(expected):
            return f"of length {len(got)}, not {len(expected)}"
    if kind is dict:
        said = [f"no key {shown(key)}" for key in expected if key not in got]
        said += [f"a key {shown(key)} too many" for key in got if key not in expected]
        said += [
            f"at key {shown(key)}: {shown(got[key])}, not {shown(other)}"
            for key, other in expected.items()
            if key in got and got[key] != other
        ]
        return said[0] if said else ""
    if kind in (set, frozenset):
        missing, more = expected - got, got - expected
        said = [f"without {shown(missing)}"] if missing else []
        said += [f"with {shown(more)} too many"] if more else []
        return ", ".join(said)
    return ""


# ---------------------------------------------------------------------- of a failed assert

_noted: dict[int, Any] = {}


def note(number: int, value: Any) -> Any:
    """Remember a part of an assert."""
    _noted[number] = value
    return value


def failed(source: str, condition: tuple[Any, ...], *message: Any) -> str:
    """Return the message of a failed assert, which ``assert_rewriting`` has rewritten."""
    reasons: list[str] = []
    text = _text(condition, reasons)
    lines = [f"> {source}", f"assert {text}"]
    if condition[0] == "compare" and condition[1] == ("==",):
        sides = [
            _noted[part[1]] for part in condition[2] if part[0] != "code" and part[1] in _noted
        ]
        if len(sides) == 2 and (said := difference(*sides)):
            lines.append(f"  {said}")
    lines += [f"  where {reason}" for reason in dict.fromkeys(reasons[:_MOST_REASONS])]
    said = "\n".join([*map(str, message), *lines])
    return said if len(said) <= _MOST_SAID else f"{said[:_MOST_SAID]}…"


def _text(part: Any, reasons: list[str]) -> str:
    """A part of an assert with values in the place of code; where they come from goes to ``reasons``."""
    match part:
        case ("compare", operators, operands):
            texts = [_text(operand, reasons) for operand in operands]
            return texts[0] + "".join(
                f" {operator} {text}" for operator, text in zip(operators, texts[1:], strict=True)
            )
        case ("bool", operator, operands):
            return f" {operator} ".join(_text(operand, reasons) for operand in operands)
        case ("not", operand):
            return f"not {_text(operand, reasons)}"
        case ("name", number, str(code)):
            known = number in _noted and not callable(_noted[number])
            return shown(_noted[number]) if known else code
        case ("value", number, str(code)):
            if number not in _noted:
                return code
            value = shown(_noted[number])
            reasons.append(f"{value} = {code}")
            return value
        case ("call", number, function, arguments, str(code)):
            if number not in _noted:
                return code
            value, place = shown(_noted[number]), len(reasons)
            given = ", ".join(before + _text(argument, reasons) for before, argument in arguments)
            reasons.insert(place, f"{value} = {function}({given})")
            return value
        case ("code", str(code)):
            return code
    return ""
