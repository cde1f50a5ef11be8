"""The rule ``apps`` says what the official comparison says, and takes its time from no program."""

from __future__ import annotations

import collections
import decimal
import fractions
import json
import sys
import time
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rltf import Limits, Problem, TestCase
from rltf.plugins.rules import apps
from rltf.plugins.rules.apps import Apps
from rltf.sandbox import Sandbox
from rltf.sandbox.guest.shared.values import decode, encode

sys.path.insert(0, str(Path(__file__).parent))
from apps_oracle import accepts_text, accepts_value

EXAMPLES = 200
APPS = Path(__file__).parents[4] / "shared" / "data" / "apps"


def takes_text(output: str, expected: str) -> bool:
    return Apps().stdin(TestCase.stdin("", expected), output.encode("utf-8", "surrogatepass"))


def takes_value(value: Any, expected: Any) -> bool:
    return Apps().call(TestCase.call((), expected), encode(value))


# ------------------------------------------------------------------------------------------ text

WORDS = """
    1 2 -1 0 1.0 1.00001 1.0004 1e3 1000 1_000 a b A yes nan inf -inf Infinity 1e400 0.0004 -0.0
    1000009999 1000000000 \u0663
"""
TOKENS = st.sampled_from(WORDS.split())
SPACES = st.sampled_from([" ", "  ", "\t", "\x0b", "\xa0", "\u2003"])
ENDS = st.sampled_from(
    ["\n", "\n", "\n", "\n\n", " \n", "\r\n", "\r", "\x0c", "\x85", "\u2028", ""]
)
LINES = st.lists(
    st.tuples(st.lists(TOKENS | SPACES, max_size=4).map(" ".join) | st.just(""), ENDS), max_size=5
)
TEXTS = LINES.map(lambda lines: "".join(map("".join, lines))) | st.text(max_size=12)


@st.composite
def near(draw: st.DrawFn) -> tuple[str, str]:
    """A text, and one that differs from it as answers of programs do."""
    text = draw(TEXTS)
    lines = draw(st.permutations(text.split("\n")))
    words = [draw(st.permutations(line.split(" "))) for line in lines]
    again = [draw(st.sampled_from([line, line + line, []])) for line in words]
    other = draw(st.sampled_from([" ", "  "])).join
    return draw(ENDS).join(map(other, draw(st.sampled_from([words, again])))), text


@settings(max_examples=EXAMPLES, derandomize=True, deadline=None)
@given(st.tuples(TEXTS, TEXTS) | near())
@example(("", "")).via("nothing at all")
@example(("a b\n", "b a\n \n")).via("white space alone on an expected line is a line")
def test_every_output_is_taken_as_the_official_steps_take_it(pair: tuple[str, str]) -> None:
    assert takes_text(*pair) == accepts_text(*pair)


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("1 2 3\n", "3 2 1\n"),
        ("1 1 2\n", "1 2 2\n"),
        ("b\na\n", "a\na\nb\n"),
        ("1000009999\n", "1000000000\n"),
        ("100000000000000000001\n", "100000000000000000000\n"),
        ("0.0004\n", "0.0001\n"),
        ("-0.0001\n", "0\n"),
        ("a\nb", "a\n\nb"),
    ],
)
def test_known_false_positives_are_kept(output: str, expected: str) -> None:
    assert takes_text(output, expected)
    assert accepts_text(output, expected)


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("YES", "Yes"),
        ("1000010001", "1000000000"),
        ("1\n2", "1 2"),
        ("", "0"),
        ("1 2", "1"),
        ("1\r2", "1\r2"),  # a line break to splitlines, and none to split
    ],
)
def test_what_the_official_steps_refuse_is_refused(output: str, expected: str) -> None:
    assert not takes_text(output, expected)
    assert not accepts_text(output, expected)


# ---------------------------------------------------------------------------------------- values

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-2, 2)
    | st.sampled_from([10**20, 2**53 + 1])
    | st.floats(allow_nan=True)
    | st.sampled_from([0.0, 1.0, 2.0, 1.5])
    | st.sampled_from(["", "a", "ab", "1", "x"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["1", "2", "01", "a"]), inner, max_size=2)
    ),
    max_leaves=6,
)
DRESSES = st.sampled_from(["tuple", "bool", "float", "int64", "float32", "array", "deque", "dict"])


@st.composite
def dressed(draw: st.DrawFn, value: Any) -> Any:
    """A value as programs return it: of other types here and there, that may be equal."""
    how = draw(DRESSES) if draw(st.booleans()) else ""
    if isinstance(value, list):
        items = [draw(dressed(item)) for item in value]
        match how:
            case "tuple":
                return tuple(items)
            case "deque":
                return collections.deque(items)
            case "array" if all(type(item) is int and abs(item) < 9 for item in items):
                return np.array(items)
        return items
    if isinstance(value, dict):
        items = {key: draw(dressed(item)) for key, item in value.items()}
        if how == "dict":
            kinds = [dict, collections.OrderedDict, collections.Counter]
            return draw(st.sampled_from(kinds))(items)
        return {int(key) if key.isdigit() else key: item for key, item in items.items()}
    if isinstance(value, int | float) and how in ("bool", "float", "int64", "float32", "array"):
        try:
            of = {"bool": bool, "float": float, "int64": np.int64, "float32": np.float32}
            if how == "array":
                return np.array([value], type(value))
            with np.errstate(over="ignore"):
                return of[how](value)
        except (OverflowError, ValueError):
            return value
    if isinstance(value, int) and how == "deque":
        return draw(st.sampled_from([decimal.Decimal, fractions.Fraction, complex]))(value)
    return value


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Any, Any]:
    expected = draw(JSON)
    meant = draw(st.sampled_from(["it", "other", "head"]))
    value = draw(JSON) if meant == "other" else expected
    if meant == "head" and isinstance(expected, list) and expected:
        value = expected[0]
    return draw(dressed(value)), expected


@settings(max_examples=EXAMPLES, derandomize=True, deadline=None)
@given(pairs())
def test_every_value_is_taken_as_the_official_steps_take_it(pair: tuple[Any, Any]) -> None:
    value, expected = pair
    with np.errstate(all="ignore"):
        # anew: a NaN that is the expected one itself would be equal to it in a list
        assert takes_value(value, expected) == accepts_value(decode(encode(value)), expected)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1, True),
        (True, 1),
        (1.0, 1),
        ((1, 2), [1, 2]),
        (3, [3, 4]),
        ([3], [[3]]),
        ([(1, 2), (3, 4)], [[[1, 2], [3, 4]]]),
        (((1, 2), "ab"), [[[1, 2], ["a", "b"]]]),
        (collections.deque([(1, 2)]), [[[1, 2]]]),
        ({1: "x"}, {"1": "x"}),
        ({1: "x"}, [{"1": "x"}, "dropped"]),
        (collections.Counter("a"), [{"a": 1}]),
        (np.int64(3), 3),
        (np.array([3]), 3),
        ([np.float64(0.5)], [[0.5]]),
        (np.str_("ab"), "ab"),
        (decimal.Decimal(2), [2]),
    ],
)
def test_values_that_the_official_steps_take_for_the_expected_one(
    value: Any, expected: Any
) -> None:
    assert accepts_value(value, expected)
    assert takes_value(value, expected)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1", 1),
        ([(1, 2)], [[1, 2]]),
        ([(1, (2,))], [[[1, [2]]]]),
        ({"1": "x"}, {"1": "x"}),
        (np.array([1, 2]), [1, 2]),
        ({1, 2}, [1, 2]),
        (range(2), [0, 1]),
        (4, [3, 4]),
        (float("nan"), float("nan")),
        (None, []),
    ],
)
def test_values_that_the_official_steps_refuse(value: Any, expected: Any) -> None:
    assert not accepts_value(value, expected)
    assert not takes_value(value, expected)


def test_rows_without_an_order_of_their_own_differ_from_the_official_steps() -> None:
    assert accepts_value([(1,), {2}], [[[1], [2]]])
    assert not takes_value([(1,), {2}], [[[1], [2]]])


def test_what_json_cannot_write_is_compared_by_type() -> None:
    assert accepts_value([{True}], [{1}])
    assert not takes_value([{True}], [{1}])


# ------------------------------------------------------------------------------ hostile programs


def counted(tag: bytes, items: list[bytes]) -> bytes:
    return tag + len(items).to_bytes(4, "little") + b"".join(items)


MANY = 300_000
COLLIDING = [encode(i * (2**61 - 1)) for i in range(20_000)]
HUGE = b"i" + (2 << 20).to_bytes(4, "little") + b"\x01" * (2 << 20)
EMPTY_TEXTS = b"A" + encode("|S0") + encode((1 << 33,)) + (0).to_bytes(4, "little")
VALUES = {
    "a set of colliding numbers": counted(b"S", COLLIDING),
    "a dict of colliding keys": counted(b"d", [key + b"N" for key in COLLIDING]),
    "a key of colliding numbers": counted(b"d", [counted(b"Z", COLLIDING) + b"N"]),
    "many empty lists": counted(b"l", [counted(b"l", [])] * MANY),
    "many empty tuples": counted(b"l", [counted(b"t", [])] * MANY),
    "a huge number": HUGE,
    "a fraction of huge numbers": b"a" + counted(b"t", [HUGE, HUGE]),
    "a huge array of nothing": EMPTY_TEXTS,
    "nested for ever": b"l\x01\0\0\0" * 100_000,
    "half a value": encode([1, 2])[:-1],
    "more than a value": encode(1) + b"N",
    "nothing": b"",
    "no value": b"?",
}
EXPECTED: list[Any] = [1, 0.5, "a", None, True, [1], [[1, 2], [3, 4]], {"1": 2}, [{"a": 1}]]


@pytest.mark.parametrize("name", VALUES)
def test_a_hostile_value_is_neither_right_nor_work(name: str) -> None:
    value = VALUES[name]
    tracemalloc.start()
    start = time.thread_time()
    assert not any(Apps().call(TestCase.call((), expected), value) for expected in EXPECTED)
    took, peak = time.thread_time() - start, tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert took < 10, "a quadratic step takes minutes"
    assert peak < 4 * len(value) + (1 << 20)


LONG = 1_000_000
OUTPUTS = {
    "lines that are all there": "1 2\n" * (LONG // 4),
    "lines that are all other": "".join(f"{i}\n" for i in range(LONG // 7)),
    "one line of tokens": "1 2 " * (LONG // 4),
    "a number of many digits": "1" * LONG,
    "many empty lines": "\n" * LONG,
    "much more than is read": "2 1\n" * LONG * 4,
    "no text": "\udcff" * (LONG // 3),
}


@pytest.mark.parametrize("name", OUTPUTS)
def test_a_hostile_output_is_no_work(name: str) -> None:
    test = TestCase.stdin("", "2 1\n")
    output = OUTPUTS[name].encode("utf-8", "surrogatepass")
    start = time.thread_time()
    taken = Apps().stdin(test, output)
    assert time.thread_time() - start < 10, "a quadratic step takes minutes"
    assert taken == (name in ("lines that are all there", "one line of tokens"))


def test_a_line_that_is_repeated_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    rounded: list[str] = []
    real = apps._rounded
    monkeypatch.setattr(apps, "_rounded", lambda token: rounded.append(token) or real(token))
    assert not Apps().stdin(TestCase.stdin("", "1\n2\n"), b"1.0\n" * 100_000)
    assert sorted(rounded) == ["1", "1.0", "2"]


# ------------------------------------------------------------------------------ recorded programs


def recorded(task: str) -> list[tuple[str, Any]]:
    if not APPS.is_dir():
        pytest.skip("shared/data/apps is not there")
    programs = []
    for name in ("gen_solutions.json", "baseline_solutions_final.json"):
        found = json.loads((APPS / task / name).read_text())
        programs += [(item["code"], item["result"]) for item in found]
    return programs


def judged(problem: Problem, programs: list[tuple[str, Any]]) -> list[str]:
    limits = Limits(cpu_s=1.0)  # the officials' 4 s give the same here
    with Sandbox(limits=limits) as sandbox:
        verdicts = sandbox.judge_many((problem, program) for program, _ in programs)
        return [verdict.status for verdict in verdicts]


def test_recorded_programs_that_read_stdin_are_judged_as_recorded() -> None:
    programs = recorded("0001")
    data = json.loads((APPS / "0001" / "input_output.json").read_text())
    tests = [TestCase.stdin(*pair) for pair in zip(data["inputs"], data["outputs"], strict=True)]
    statuses = judged(Problem("0001", "", tests, rule="apps"), programs)
    for status, (program, result) in zip(statuses, programs, strict=True):
        assert (status == "passed") == (result is True), program


MEANT = {
    "True": ("passed",),
    "False": ("wrong_answer",),
    "-1": ("runtime_error", "timeout"),
    "-2": ("runtime_error", "syntax_error"),
}


def test_recorded_programs_that_are_called_are_judged_as_recorded() -> None:
    programs = recorded("4184")
    data = json.loads((APPS / "4184" / "input_output.json").read_text())
    tests = [TestCase.call(*pair) for pair in zip(data["inputs"], data["outputs"], strict=True)]
    problem = Problem("4184", "", tests, rule="apps", entry_point=data["fn_name"])
    differ = {
        (str(result), status)
        for status, (_, result) in zip(judged(problem, programs), programs, strict=True)
        if status not in MEANT[str(result)]
    }
    assert differ == set()
