"""Show values, and describe where two values differ.

``assert_rewriting`` copies this file into test code, so it imports only the standard library.
"""

from __future__ import annotations

import reprlib
from typing import Any

_MAX_VALUE = 400
"""Maximum length of a value, in characters."""
_MAX_MESSAGE = 1500
"""Maximum length of an assert's message, in characters."""
_MAX_REASONS = 8

_BUILT_IN_TYPES = (bool, int, float, str, list, tuple, dict, set, frozenset, bytes, type(None))

_repr = reprlib.Repr()
_repr.maxlevel = 8
_repr.maxdict = _repr.maxlist = _repr.maxtuple = _repr.maxset = _repr.maxfrozenset = 40
_repr.maxdeque = _repr.maxarray = 40
_repr.maxstring = _repr.maxother = _repr.maxlong = _MAX_VALUE


def shown(value: Any) -> str:
    """Return a value on one line, shortened in the middle if it is long."""
    try:
        text = _repr.repr(value)
    except Exception as error:  # a program's object whose repr raises, or too long an int
        text = f"<{type(value).__name__} object, whose repr raised {type(error).__name__}>"
    text = text.replace("\n", "\\n")
    if len(text) <= _MAX_VALUE:
        return text
    return f"{text[: _MAX_VALUE // 2]}…{text[-_MAX_VALUE // 2 :]}"


def difference(got: Any, expected: Any) -> str:
    """Describe where two values first differ, or return nothing if that is not helpful."""
    try:
        return _difference(got, expected)
    except Exception:  # a program's object that cannot be compared
        return ""


def _difference(got: Any, expected: Any) -> str:
    expected_type = type(expected)
    if type(got) is not expected_type:
        if expected_type in _BUILT_IN_TYPES:
            return f"a {type(got).__name__}, not a {expected_type.__name__}"
        return ""
    if expected_type in (list, tuple, str, bytes):
        pairs = zip(got, expected, strict=False)
        for index, (item, expected_item) in enumerate(pairs):
            if item is not expected_item and item != expected_item:
                # The values themselves show a difference in the first item.
                return (
                    f"at index {index}: {shown(item)}, not {shown(expected_item)}" if index else ""
                )
        if len(got) != len(expected):
            return f"of length {len(got)}, not {len(expected)}"
    if expected_type is dict:
        differences = [f"no key {shown(key)}" for key in expected if key not in got]
        differences += [f"a key {shown(key)} too many" for key in got if key not in expected]
        differences += [
            f"at key {shown(key)}: {shown(got[key])}, not {shown(value)}"
            for key, value in expected.items()
            if key in got and got[key] != value
        ]
        return differences[0] if differences else ""
    if expected_type in (set, frozenset):
        missing, extra = expected - got, got - expected
        differences = [f"without {shown(missing)}"] if missing else []
        differences += [f"with {shown(extra)} too many"] if extra else []
        return ", ".join(differences)
    return ""


# ---------------------------------------------------------------------- failed asserts

_recorded: dict[int, Any] = {}
"""Values of the parts of asserts, by number."""


def note(number: int, value: Any) -> Any:
    """Record and return the value of a part of an assert."""
    _recorded[number] = value
    return value


def failed(source: str, condition: tuple[Any, ...], *message: Any) -> str:
    """Return the message of a failed assert that ``assert_rewriting`` has rewritten."""
    reasons: list[str] = []
    text = _text(condition, reasons)
    lines = [f"> {source}", f"assert {text}"]
    if condition[0] == "compare" and condition[1] == ("==",):
        sides = [
            _recorded[part[1]]
            for part in condition[2]
            if part[0] != "code" and part[1] in _recorded
        ]
        if len(sides) == 2 and (explanation := difference(*sides)):
            lines.append(f"  {explanation}")
    lines += [f"  where {reason}" for reason in dict.fromkeys(reasons[:_MAX_REASONS])]
    full_message = "\n".join([*map(str, message), *lines])
    if len(full_message) <= _MAX_MESSAGE:
        return full_message
    return f"{full_message[:_MAX_MESSAGE]}…"


def _text(part: Any, reasons: list[str]) -> str:
    """Return a part of an assert with values in place of code; add their sources to ``reasons``."""
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
            has_value = number in _recorded and not callable(_recorded[number])
            return shown(_recorded[number]) if has_value else code
        case ("value", number, str(code)):
            if number not in _recorded:
                return code
            value = shown(_recorded[number])
            reasons.append(f"{value} = {code}")
            return value
        case ("call", number, function, arguments, str(code)):
            if number not in _recorded:
                return code
            value, position = shown(_recorded[number]), len(reasons)
            listed = ", ".join(prefix + _text(argument, reasons) for prefix, argument in arguments)
            reasons.insert(position, f"{value} = {function}({listed})")
            return value
        case ("code", str(code)):
            return code
    return ""
