"""The program inside what a model said."""

import sys
import time
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rltf.extract import defines, unwrap
from rltf.spans import LINE_END, TokenMap

sys.path.insert(0, str(Path(__file__).parent))
from extract_answers import ANSWERS


@pytest.mark.parametrize("name", ANSWERS)
def test_the_program_in_an_answer(name):
    text, program, entry_point = ANSWERS[name]
    unwrapped, _ = unwrap(text, entry_point)
    assert unwrapped == (text if program is None else program)
    assert unwrapped or not text


@pytest.mark.parametrize("name", ANSWERS)
def test_every_line_of_the_program_is_found_in_the_answer(name):
    text, _, entry_point = ANSWERS[name]
    program, start = unwrap(text, entry_point)
    letters = [character.encode() for character in text]  # a token each
    tokens = TokenMap(letters, program, -start)
    ends = [match.end() for match in LINE_END.finditer(program)]
    for first, last in pairwise([0, *ends]):
        begin, end = tokens.tokens(first, last - 1)
        assert text[begin:end] == program[first : last - 1]
    assert tokens.characters()[start] == 0


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("x = 1\n", "x = 1\n"),
        ("Sure:\n```python\nx = 1\n```\nDone.", "x = 1\n"),
        ("```python\nx = 1\n```\nbetter:\n```python\nx = 2\n```", "x = 2\n"),
        ("```python\nx = 1\n```\nprints\n```\n1\n```", "x = 1\n"),
        ("```python\nx = 1\n```\n```bash\npip install x\n```", "x = 1\n"),
        ("````python\nx = '''\n```\n'''\n````\n", "x = '''\n```\n'''\n"),
        ("Sure:\n```python\nx = 1\ny", "x = 1\ny"),
        ("x = 1\n```\n", "x = 1\n"),
        ("def f():\n    '''Use\n```\nf()\n```\n    '''\n", None),
        ("no fence, only `code`", None),
    ],
)
def test_a_program_without_an_entry_point(text, code):
    unwrapped, start = unwrap(text)
    assert unwrapped == (text if code is None else code)
    assert text[start : start + len(unwrapped)] == unwrapped


def test_the_block_with_the_entry_point_wins():
    text = "```python\ndef f():\n    return 1\n```\nUse:\n```python\nprint(f())\n```\n"
    assert unwrap(text, "f")[0] == "def f():\n    return 1\n"
    assert unwrap(text, "g")[0] == "print(f())\n"


PIECES = [
    *("```", "`", "~~~", "python", "\n", "\n", " ", "    ", "> ", ">>> ", "- ", "'''", '"""', "'"),
    *(
        "def f(x):\n",
        "return x\n",
        "x = 1",
        "Some prose here.",
        "<think>",
        "</think>",
        "<code>",
        "#",
    ),
    *("<|im_end|>", "\r\n", "\t", "\x0c", "\u2028", "\x00", "\ud800", "(", "[PYTHON]", "Done\n"),
]


@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join), st.sampled_from([None, "f"]))
def test_whatever_is_said_the_program_is_lines_of_it(text, entry_point):
    program, start = unwrap(text, entry_point)
    rest = text[start:]
    for line in filter(None, LINE_END.split(program)):
        assert line in rest
        rest = rest[rest.index(line) + len(line) :]


@pytest.mark.parametrize(
    "piece",
    ["```\n", "```python\nx = (\n", "   ```py\n   x = (\n", "> ```\n", "<code>x</code>", "`f(x)` ",
     "<think>a</think>b", '"<|im_end|>"', "Some prose\nx = (\n", '"""\n```\n', " ", "(", "-"],
)  # fmt: skip
def test_a_long_answer_takes_no_longer_than_its_length(piece):
    def seconds(length):
        text = piece * (length // len(piece))
        start = time.process_time()
        unwrap(text, "f")
        return time.process_time() - start

    assert seconds(200_000) < 10 * max(seconds(50_000), 0.2)


@pytest.mark.parametrize(
    ("program", "is_defined"),
    [
        ("x = 1\ndef f(a):\n    pass", True),
        ("async def f(a):\n    pass", True),
        ("class f:\n    pass", True),
        ("f = max", True),
        ("f: object = max", True),
        ("f == max", False),
        ("def ff(a):\n    pass", False),
        ("    return f(1)", False),
        ("class A:\n    def f(self):\n        pass", False),
        ("class Solution:\n    x = 1\n\n    def f(self):\n        pass", True),
        (
            "class Solution:\n    def g(self):\n        pass\ndef h():\n    def f():\n        pass",
            False,
        ),
    ],
)
def test_defines_looks_at_the_top_level(program, is_defined):
    assert defines(program, "f") is is_defined


@pytest.mark.parametrize("program", ["class Solution:\n    pass", "def f(x):\n    return x"])
def test_a_method_may_be_a_function(program):
    assert defines(program, "Solution().f")
    assert not defines(program, "Answer().f")
