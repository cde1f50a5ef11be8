"""A problem: a task with tests. Data only; the sandbox knows how to run tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from rltf.common import fixture_files
from rltf.common.did_you_mean import nearest
from rltf.common.lazy_sequence import LazySequence
from rltf.common.literals import literal_text, literal_value
from rltf.limits import Limits
from rltf.submission import Submission

TestKind = Literal["stdin", "call", "assert"]
Harness = Literal["", "apps", "livecodebench"]

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
    """``assert``: test code, run in another process than the program."""
    from_json: bool = False
    """Whether the expected value came from JSON, which writes tuples as lists."""
    guarded: bool = False
    """``assert``: run in the program's own process, for test code that needs the program's objects.

    A program can cheat there (docs/security.md), so use it only if nothing else works.
    """
    visible: bool = False
    """Whether the prompt shows the test. Rewards use the hidden tests if there are any."""

    @classmethod
    def stdin(cls, input: str, output: str, *, visible: bool = False) -> TestCase:
        """Make a test of standard output for a given standard input."""
        return cls("stdin", input=input, output=output, visible=visible)

    @classmethod
    def call(cls, args: Sequence[Any], expected: Any, *, visible: bool = False) -> TestCase:
        """Make a test that ``entry_point(*args)`` returns ``expected``."""
        return cls("call", args=tuple(args), expected=expected, visible=visible)

    @classmethod
    def assertion(cls, code: str, *, guarded: bool = False, visible: bool = False) -> TestCase:
        """Make a test of test code with assert statements."""
        return cls("assert", code=code, guarded=guarded, visible=visible)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> TestCase:
        """Read a test from its JSON form; raise ``ValueError`` if it is wrong."""
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
        """Return the JSON form, which :meth:`from_dict` reads; raise ``ValueError`` if there is none.

        Values that JSON cannot express, such as tuples and sets, are written as Python literals: ``{"args": "({1: 2},)", "expected": "(1, 2)", "literal": true}``.
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
        """Return whether a ``call`` test survives a round trip through JSON."""
        if not (self.from_json or _has_no_sequence(self.expected)):
            return False
        return _survives_json([*self.args, self.expected])


def _literals(data: Mapping[str, Any]) -> tuple[tuple[Any, ...], Any]:
    """Read the arguments and the expected value of a test that has them as Python literals."""
    for key in ("args", "expected"):
        if not isinstance(data[key], str):
            raise ValueError(f'a literal test\'s "{key}" must be text, not {data[key]!r:.60}')
    args = literal_value(data["args"])
    if not isinstance(args, tuple):
        raise ValueError(f'a literal test\'s "args" must say a tuple, not {data["args"]!r:.60}')
    return args, literal_value(data["expected"])


def _survives_json(value: Any) -> bool:
    """Return whether a value survives a round trip through JSON."""
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
    """Code that the program must start with or complete; may be empty."""
    entry_point: str | None = None
    """The function that ``call`` tests call. ``assert`` tests work without one."""
    limits: Limits | None = None
    """Limits of this problem; ``None``: those of the sandbox."""
    solutions: Sequence[str] = ()
    """Reference programs, if the dataset has any."""
    submissions: Sequence[Submission] = ()
    """Other programs of the dataset, such as wrong ones, each with the verdict that it must get."""
    setup_code: str = ""
    """Helpers and imports of the ``assert`` tests; run beside the test code, never beside the program."""
    rule: str = "strict"
    """Name of the rule that compares outputs (a plugin of kind ``rule``)."""
    checker: str = ""
    """A program that decides instead of the rule, for problems with several right answers.

    It defines ``check(input, output, expected) -> bool`` (three texts) for ``stdin`` tests, or
    ``check(args, value, expected) -> bool`` for ``call`` tests. It runs in its own process.
    """
    literal_answer: bool = False
    """Whether the program may only spell the answer, as in ``def answer(): return [1, 2]``.

    For tasks that ask what code does. A program that is anything else is ``wrong_answer``.
    """
    files: bool = False
    """Whether each test has a folder of its own, which program and test may write to.

    Test code that visibly needs one has it as well.
    """
    fixtures: Mapping[str, str | bytes] = field(default_factory=dict)
    """Files in that folder before the program is loaded: relative paths, and text or bytes."""
    split: str = ""
    """``train``, ``test``, or whatever the dataset calls its splits."""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    """Whatever else the dataset knows: difficulty, family, source."""
    guarded: bool = False
    """Whether all ``assert`` tests are guarded (:attr:`TestCase.guarded`)."""

    def __post_init__(self) -> None:
        for name in ("tests", "solutions", "submissions"):
            items = getattr(self, name)
            if not isinstance(items, LazySequence):
                object.__setattr__(self, name, tuple(items))
        if self.fixtures:
            fixture_files.check(self.fixtures)
            object.__setattr__(self, "files", True)


class Rule(Protocol):
    """What the factory of a rule plugin returns. It sees only data, where the tests are."""

    harness: Harness
    """The official harness that programs run as in, or none. It decides which imports they may
    leave out, whether a ``return`` at the top level ends them, and which form the entry point may
    have (``rltf/sandbox/guest/candidate/harness_imports.py``)."""

    def stdin(self, test: TestCase, output: bytes) -> bool:
        """Return whether ``output`` is what a ``stdin`` test expects."""
        ...

    def call(self, test: TestCase, value: bytes) -> bool:
        """Return whether ``value``, encoded by ``guest.shared.values``, is the expected one."""
        ...


def harness_of(rule: Rule) -> Harness:
    """Return a rule's harness. Rules of earlier versions have ``is_lenient`` for that of APPS."""
    return getattr(rule, "harness", "apps" if getattr(rule, "is_lenient", False) else "")
