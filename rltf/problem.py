"""A problem: a task with tests. Data only; how tests are run is the sandbox's affair."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from rltf.common.did_you_mean import nearest
from rltf.common.lazy_sequence import LazySequence
from rltf.common.literals import literal_text, literal_value
from rltf.limits import Limits

TestKind = Literal["stdin", "call", "assert"]

_KEYS = ("input", "output", "args", "expected", "assert", "visible", "guarded", "literal")
_FORMS = '{"input", "output"}, {"args", "expected"} or {"assert"}'


@dataclass(frozen=True)
class TestCase:
    """One test. Use :meth:`stdin`, :meth:`call`, :meth:`assertion` or :meth:`from_dict`."""

    __test__ = False  # not a pytest class

    kind: TestKind
    input: str = ""
    """``stdin``: the text on standard input."""
    output: str = ""
    """``stdin``: the expected standard output."""
    args: tuple[Any, ...] = ()
    """``call``: positional arguments of the entry point."""
    expected: Any = None
    """``call``: the value that the entry point must return."""
    code: str = ""
    """``assert``: test code, run apart from the program."""
    from_json: bool = False
    """The expected value came from JSON, where a tuple can only be written as a list."""
    guarded: bool = False
    """``assert``: run in the program's own process, for test code that needs the program's own objects.

    A program can cheat there (docs/security.md): for what cannot be tested otherwise.
    """
    visible: bool = False
    """Shown in the prompt; rewards use the hidden tests where there are any."""

    @classmethod
    def stdin(cls, input: str, output: str, *, visible: bool = False) -> TestCase:
        """Text in on standard input, text out on standard output."""
        return cls("stdin", input=input, output=output, visible=visible)

    @classmethod
    def call(cls, args: Sequence[Any], expected: Any, *, visible: bool = False) -> TestCase:
        """``entry_point(*args)`` must return ``expected``."""
        return cls("call", args=tuple(args), expected=expected, visible=visible)

    @classmethod
    def assertion(cls, code: str, *, guarded: bool = False, visible: bool = False) -> TestCase:
        """Test code with assert statements."""
        return cls("assert", code=code, guarded=guarded, visible=visible)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> TestCase:
        """A test from its JSON form; ``ValueError`` says what is wrong with it."""
        if not isinstance(data, Mapping):
            raise ValueError(f"a test must be an object like {_FORMS}, not {data!r:.60}")
        for key in ("visible", "guarded", "literal"):
            if not isinstance(data.get(key, False), bool):
                raise ValueError(f'a test\'s "{key}" must be true or false, not {data[key]!r:.60}')
        visible = data.get("visible", False)
        match set(data) - {"visible"}:
            case keys if keys == {"input", "output"}:
                for key in ("input", "output"):
                    if not isinstance(data[key], str):
                        raise ValueError(f'a test\'s "{key}" must be text, not {data[key]!r:.60}')
                return cls.stdin(data["input"], data["output"], visible=visible)
            case keys if keys == {"args", "expected", "literal"} and data["literal"]:
                return cls.call(*_literals(data), visible=visible)
            case keys if keys - {"literal"} == {"args", "expected"}:
                if not isinstance(data["args"], (list, tuple)):
                    raise ValueError(f'a test\'s "args" must be a list, not {data["args"]!r:.60}')
                return cls(
                    "call",
                    args=tuple(data["args"]),
                    expected=data["expected"],
                    from_json=True,
                    visible=visible,
                )
            case keys if keys - {"guarded"} == {"assert"}:
                if not isinstance(data["assert"], str):
                    raise ValueError(
                        f'a test\'s "assert" must be code as text, not {data["assert"]!r:.60}'
                    )
                guarded = data.get("guarded", False)
                return cls.assertion(data["assert"], guarded=guarded, visible=visible)
            case keys:
                hints = (
                    nearest(key, _KEYS, repr) for key in sorted(keys.difference(_KEYS), key=str)
                )
                hint = next(filter(None, hints), "")
                raise ValueError(f"a test must be {_FORMS}, not {sorted(keys, key=str)}{hint}")

    def to_dict(self) -> dict[str, Any]:
        """The JSON form, which :meth:`from_dict` reads; ``ValueError`` where there is none.

        Values that JSON does not have, or that must keep the types of their sequences, are written as
        Python literals: ``{"args": "({1: 2},)", "expected": "(1, 2)", "literal": true}``.
        """
        form: dict[str, Any]
        match self.kind:
            case "stdin":
                form = {"input": self.input, "output": self.output}
            case "call" if self._is_json():
                form = {"args": list(self.args), "expected": self.expected}
            case "call":
                form = {
                    "args": literal_text(self.args),
                    "expected": literal_text(self.expected),
                    "literal": True,
                }
            case "assert":
                form = {"assert": self.code} | ({"guarded": True} if self.guarded else {})
        return form | ({"visible": True} if self.visible else {})

    def _is_json(self) -> bool:
        """Whether a ``call`` test means the same when its values are read from JSON again."""
        if not (self.from_json or _has_no_sequence(self.expected)):
            return False
        return _survives_json([*self.args, self.expected])


def _literals(data: Mapping[str, Any]) -> tuple[tuple[Any, ...], Any]:
    """Arguments and expected value of a test that has them as text."""
    for key in ("args", "expected"):
        if not isinstance(data[key], str):
            raise ValueError(f'a literal test\'s "{key}" must be text, not {data[key]!r:.60}')
    args = literal_value(data["args"])
    if not isinstance(args, tuple):
        raise ValueError(f'a literal test\'s "args" must say a tuple, not {data["args"]!r:.60}')
    return args, literal_value(data["expected"])


def _survives_json(value: Any) -> bool:
    """Whether the value is the same when it is read from JSON again."""
    if type(value) is dict:
        return all(type(key) is str and _survives_json(item) for key, item in value.items())
    if type(value) is list:
        return all(map(_survives_json, value))
    return value is None or type(value) in (bool, int, float, str)


def _has_no_sequence(value: Any) -> bool:
    if isinstance(value, dict):
        return all(map(_has_no_sequence, value.values()))
    return not isinstance(value, (list, tuple))


@dataclass(frozen=True)
class Problem:
    """A task with tests."""

    task_id: str
    prompt: str
    """The task in words, as its dataset states it."""
    tests: Sequence[TestCase] = ()
    starter_code: str = ""
    """Code that the program must begin with or complete; may be empty."""
    entry_point: str | None = None
    """The function that ``call`` tests call. ``assert`` tests work without one."""
    limits: Limits | None = None
    """Limits of its own; ``None``: those of the sandbox."""
    solutions: Sequence[str] = ()
    """Reference programs, where the dataset has any."""
    setup_code: str = ""
    """Helpers and imports of the ``assert`` tests; run on the judge's side only."""
    rule: str = "strict"
    """Name of the judging rule that compares outputs (a ``judges`` plugin)."""
    checker: str = ""
    """A program that decides instead of the rule, where several answers are right.

    It defines ``check(input, output, expected) -> bool`` for ``stdin`` tests, all three texts, or
    ``check(args, value, expected) -> bool`` for ``call`` tests. It runs in a process of its own.
    """
    split: str = ""
    """``train``, ``test`` or what the dataset calls its parts."""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    """What the dataset says besides: difficulty, family, source."""

    def __post_init__(self) -> None:
        for name in ("tests", "solutions"):
            items = getattr(self, name)
            if not isinstance(items, LazySequence):
                object.__setattr__(self, name, tuple(items))
