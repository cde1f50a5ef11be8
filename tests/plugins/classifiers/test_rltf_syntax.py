"""Table 2's syntax errors, as a model makes them.

A row: what it shows, program, granularity, the line at fault as text, where its granularity is
``line``. The samples are of this program's own: they know whether they were cut at the length limit.
"""

import pytest

from rltf import Sample
from rltf.plugins.classifiers.rltf import classify
from rltf.spans import LINE_END

SOLVE = "def solve(xs):\n    total = 0\n    for x in xs:\n        total += x\n    return total\n"

ENDED = [
    (
        "a colon forgotten",
        "def solve(xs):\n    for x in xs\n        print(x)\n    return 6\n",
        "line",
        "for x in xs",
    ),
    (
        "one equals sign too few",
        "def solve(xs):\n    if xs[0] = 1:\n        return 6\n    return 0\n",
        "line",
        "if xs[0] = 1:",
    ),
    (
        "an operator forgotten",
        "def solve(xs):\n    y = 2 xs[0]\n    return y\n",
        "line",
        "y = 2 xs[0]",
    ),
    (
        "a print statement of Python 2",
        "n = int(input())\nprint n * 2\nprint('done')\n",
        "line",
        "print n * 2",
    ),
    (
        "a raise statement of Python 2",
        "def solve(xs):\n    raise ValueError, 'too short'\n    return 6\n",
        "line",
        "raise ValueError, 'too short'",
    ),
    (
        "an octal number of Python 2",
        "n = 0777\nprint(n)\n",
        "line",
        "n = 0777",
    ),
    (
        "an increment of C",
        "def solve(xs):\n    i = 0\n    i++\n    return i\n",
        "line",
        "i++",
    ),
    (
        "a block in braces",
        "def solve(xs) {\n    return sum(xs)\n}\n",
        "line",
        "def solve(xs) {",
    ),
    (
        "an operator of C",
        "def solve(xs):\n    if xs && xs[0]:\n        return 6\n    return 0\n",
        "line",
        "if xs && xs[0]:",
    ),
    (
        "prose before the program",
        "Here is the solution to your problem:\n\n" + SOLVE,
        "line",
        "Here is the solution to your problem:",
    ),
    (
        "a fence left over",
        "```python\n" + SOLVE + "```\n",
        "line",
        "```python",
    ),
    (
        "a character that Python does not know",
        "n = int(input())\nprint(n € 2)\nprint('done')\n",
        "line",
        "print(n € 2)",
    ),
    (
        "quotes from a word processor",
        "n = int(input())\nprint(“done”)\nprint(n)\n",
        "line",
        "print(“done”)",
    ),
    (
        "a string not ended on its line",
        "n = int(input())\nname = 'it\nprint(name, n)\n",
        "line",
        "name = 'it",
    ),
    (
        "an apostrophe in a string",
        "n = int(input())\nprint('it's', n)\nprint(n)\n",
        "line",
        "print('it's', n)",
    ),
    (
        "an f-string not ended on its line",
        "n = int(input())\nprint(f'n is {n})\nprint(n)\n",
        "line",
        "print(f'n is {n})",
    ),
    (
        "an f-string with nothing in its braces",
        "n = int(input())\nprint(f'n is {}')\nprint(n)\n",
        "line",
        "print(f'n is {}')",
    ),
    (
        "an f-string with a brace too many",
        "n = int(input())\nprint(f'n is {n}}')\nprint(n)\n",
        "line",
        "print(f'n is {n}}')",
    ),
    (
        "a bracket not closed, code after it",
        "def solve(xs):\n    total = sum(map(int, xs)\n    return total\n",
        "line",
        "total = sum(map(int, xs)",
    ),
    (
        "the same on the last line of a function",
        "def solve(xs):\n    return (sum(xs)\n\n\ndef other(xs):\n    return 0\n",
        "line",
        "return (sum(xs)",
    ),
    (
        "a bracket closed by another",
        "def solve(xs):\n    pairs = [(x, x) for x in xs)\n    return pairs\n",
        "line",
        "pairs = [(x, x) for x in xs)",
    ),
    (
        "a bracket too many",
        "def solve(xs):\n    total = sum(xs))\n    return total\n",
        "line",
        "total = sum(xs))",
    ),
    (
        "a list with no comma between lines: blamed where the parser stopped or the list begins",
        "TABLE = [\n    1\n    2,\n]\nprint(TABLE)\n",
        "line",
        "1",
    ),
    (
        "a comma forgotten on one line",
        "def solve(xs):\n    d = {'a': 1 'b': 2}\n    return d\n",
        "line",
        "d = {'a': 1 'b': 2}",
    ),
    (
        "an argument by position after one by name",
        "def solve(xs):\n    return sorted(key=len, xs)\n\n\nprint(1)\n",
        "line",
        "return sorted(key=len, xs)",
    ),
    (
        "a parameter with a default before one without",
        "def solve(n=3, xs):\n    return sum(xs)\n\n\nprint(1)\n",
        "line",
        "def solve(n=3, xs):",
    ),
    (
        "a parameter twice",
        "def solve(xs, xs):\n    return sum(xs)\n",
        "line",
        "def solve(xs, xs):",
    ),
    (
        "an assignment to a call",
        "def solve(xs):\n    len(xs) = 3\n    return xs\n",
        "line",
        "len(xs) = 3",
    ),
    (
        "an assignment to a keyword",
        "def solve(xs):\n    None = 3\n    return xs\n",
        "line",
        "None = 3",
    ),
    (
        "a keyword as a name",
        "def solve(xs):\n    lambda = 3\n    return xs\n",
        "line",
        "lambda = 3",
    ),
    (
        "a return outside a function",
        "n = int(input())\nif n < 3:\n    return\nprint(6)\n",
        "line",
        "return",
    ),
    (
        "a yield outside a function",
        "n = int(input())\nyield n\nprint(6)\n",
        "line",
        "yield n",
    ),
    (
        "a break outside a loop",
        "def solve(xs):\n    if xs:\n        break\n    return 6\n",
        "line",
        "break",
    ),
    (
        "a continue outside a loop",
        "n = int(input())\ncontinue\nprint(6)\n",
        "line",
        "continue",
    ),
    (
        "await outside a coroutine",
        "import asyncio\n\n\ndef solve(xs):\n    await asyncio.sleep(0)\n    return 6\n",
        "line",
        "await asyncio.sleep(0)",
    ),
    (
        "a name used before its global statement",
        "total = 0\n\n\ndef solve(xs):\n    total = 1\n    global total\n    return total\n",
        "line",
        "global total",
    ),
    (
        "a nonlocal name that no function has",
        "def solve(xs):\n    def add(x):\n        nonlocal total\n        total += x\n    return 6\n",
        "line",
        "nonlocal total",
    ),
    (
        "a star import in a function",
        "def solve(xs):\n    from math import *\n    return floor(6)\n",
        "line",
        "from math import *",
    ),
    (
        "a future import that comes late",
        "import math\nfrom __future__ import annotations\nprint(6)\n",
        "line",
        "from __future__ import annotations",
    ),
    (
        "else without if",
        "n = int(input())\nelse:\n    print(6)\n",
        "line",
        "else:",
    ),
    (
        "else if",
        "n = int(input())\nif n == 3:\n    print(6)\nelse if n == 4:\n    print(8)\n",
        "line",
        "else if n == 4:",
    ),
    (
        "something after a backslash",
        "n = 1 + \\ 2\nprint(n)\n",
        "line",
        "n = 1 + \\ 2",
    ),
    (
        "two statements on a line",
        "n = int(input()) print(n)\nprint(6)\n",
        "line",
        "n = int(input()) print(n)",
    ),
    (
        "an unpacking with two stars",
        "n, *xs, *ys = input().split()\nprint(6)\n",
        "line",
        "n, *xs, *ys = input().split()",
    ),
    (
        "after text that is longer in bytes",
        "größe = '日本語'\ntext = '日本' größe\nprint(6)\n",
        "line",
        "text = '日本' größe",
    ),
    (
        "an error on the last line of a program that its author ended",
        "def solve(xs):\n    return sum(xs",
        "line",
        "return sum(xs",
    ),
    (
        "the same, of a block without a body's end",
        "n = int(input())\nprint(n) n\n",
        "line",
        "print(n) n",
    ),
    (
        "a comment in triple quotes not ended",
        'def solve(xs):\n    """Adds up.\n    return 6\n',
        "ignore",
        None,
    ),
    ("the same with single quotes", "x = '''a\nb = 1\nprint(b)\n", "ignore", None),
    ("the same of an f-string", 'n = 1\nprint(f"""n is {n}\n)\n', "ignore", None),
    ("the same of raw bytes", "x = rb'''a\\'''\nprint(x)\n", "ignore", None),
    ("a third quote too many", "def f():\n    '''One.'''\n    x = 1\n''''\n", "ignore", None),
    ("no body after a colon", "def solve(xs):\nreturn sum(xs)\n", "ignore", None),
    ("a body of comments", "def solve(xs):\n    # add them\n\nprint(6)\n", "ignore", None),
    ("an indentation too many", "n = int(input())\n    print(n)\n", "ignore", None),
    ("an unindent to no block", "if True:\n        n = 1\n    print(n)\n", "ignore", None),
    ("tabs and blanks mixed", "if True:\n\tn = 1\n        print(n)\n", "ignore", None),
    ("tabs and blanks that disagree", "if True:\n    n = 1\n\tprint(n)\n", "ignore", None),
    (
        "a method that is indented as its class",
        "class A:\ndef f(self):\n    return 1\n",
        "ignore",
        None,
    ),
]

CUT = [
    ("in the arguments of a call", "def solve(xs):\n    return max(xs[0],"),
    ("in a list over lines", "PRIMES = [\n    2,\n    3,\n    5,"),
    ("in a dictionary", "names = {\n    'one': 1,\n    'two'"),
    ("after an operator", "def solve(xs):\n    return xs[0] +"),
    ("in the head of a function", "def solve(xs, start=0"),
    ("before the colon", "def solve(xs)"),
    ("in the head of a class", "class Solution(object"),
    ("in a string", "n = int(input())\nprint('the answer is"),
    ("in an f-string", "n = int(input())\nprint(f'the answer is {n"),
    ("in the format of an f-string", "n = int(input())\nprint(f'{n:"),
    ("after try", "try:\n    n = int(input())\n"),
    ("in the middle of except", "try:\n    n = int(input())\nexc"),
    ("after a backslash", "n = 1 + \\\n"),
    ("in an import", "import math\nfrom collections import"),
    ("in brackets of an import", "from collections import (\n    deque,\n    default"),
    ("after a decorator", "import functools\n\n\n@functools.cache\n"),
    ("in a comprehension", "def solve(xs):\n    return [x * 2 for x in"),
    ("in the word for of a comprehension", "def solve(xs):\n    return [x * 2 fo"),
    ("in a lambda", "key = lambda x:"),
    ("in a condition", "def solve(xs):\n    if xs[0] == 1 and"),
    ("after not", "def solve(xs):\n    while not"),
    ("after a dot", "import sys\nsys."),
    ("in a number", "mask = 0x"),
    ("in an unpacking", "n, m ="),
    ("in blank lines inside a bracket", "xs = [i for i in\n\n\n"),
    ("in a comment inside a bracket", "xs = [\n    1,  # the first\n    # the sec"),
    ("in the middle of a character", "print('caf\ufffd"),
    ("in the head of a loop", "for i in ran"),
    ("in the else of an expression", "def solve(xs):\n    return 1 if xs el"),
    ("in brackets that earlier lines opened", "print(\n    max(\n        1,\n        2\n    )\n"),
]

CUT_AND_IGNORED = [
    ("in a comment in triple quotes", 'def solve(xs):\n    """Adds up the numb'),
    ("in a triple-quoted f-string", "text = f'''one {1}\ntwo"),
    ("after the colon of a function", "def solve(xs):\n"),
    ("after the colon of a loop", "def solve(xs):\n    for x in xs:"),
]

CUT_AFTER_A_FAULT = [
    (
        "long before the end",
        "def solve(xs):\n    y = 2 xs[0]\n    z = y\n    return max(z,",
        "y = 2 xs[0]",
    ),
    ("a bracket closed by another", "xs = [1, 2)\nys = [1,", "xs = [1, 2)"),
    ("a string not ended", "x = 'abc\nprint(x", "x = 'abc"),
    ("prose before it", "The program:\nn = int(input())\nprint(", "The program:"),
]


@pytest.fixture(scope="module")
def verdicts(diagnose):
    """Program to verdict."""
    programs = [row[1] for rows in (ENDED, CUT, CUT_AND_IGNORED, CUT_AFTER_A_FAULT) for row in rows]
    diagnosed = diagnose([("call", program) for program in programs])
    return dict(zip(programs, (verdict for verdict, _ in diagnosed), strict=True))


def diagnosis(verdicts, program, truncated):
    verdict = verdicts[program]
    assert verdict.status == "syntax_error"
    sample = Sample("call", program, token_ids=(1,), truncated=truncated)
    diagnosed = classify(None, sample, verdict)
    assert diagnosed.category == "syntax_error"
    return diagnosed


def cases(rows):
    return [pytest.param(*row[1:], id=row[0]) for row in rows]


@pytest.mark.parametrize(("program", "granularity", "line"), cases(ENDED))
def test_of_a_program_that_ended_by_itself(verdicts, program, granularity, line):
    diagnosed = diagnosis(verdicts, program, truncated=False)
    assert diagnosed.granularity == granularity
    if line is None:
        assert diagnosed.lines is None
    else:
        number, last = diagnosed.lines
        assert number == last
        assert LINE_END.split(program)[number - 1].strip() == line


@pytest.mark.parametrize("program", cases(CUT))
def test_of_a_program_that_was_cut(verdicts, program):
    assert diagnosis(verdicts, program, truncated=True).granularity == "global"


@pytest.mark.parametrize("program", cases(CUT_AND_IGNORED))
def test_of_a_program_that_was_cut_where_nothing_is_to_blame(verdicts, program):
    assert diagnosis(verdicts, program, truncated=True).granularity == "ignore"


@pytest.mark.parametrize(("program", "line"), cases(CUT_AFTER_A_FAULT))
def test_of_a_program_that_was_wrong_before_it_was_cut(verdicts, program, line):
    diagnosed = diagnosis(verdicts, program, truncated=True)
    assert diagnosed.granularity == "line"
    assert LINE_END.split(program)[diagnosed.lines[0] - 1].strip() == line
