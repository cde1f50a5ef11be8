"""What EvalPlus keeps of an answer; the expected texts are those of EvalPlus 0.3.1 itself."""

from __future__ import annotations

import pytest

from rltf.extract import sanitize as module
from rltf.extract.sanitize import sanitize

# name, answer, entry points, what evalplus.sanitize.sanitize returns
CASES = [
    (
        "prose before and after",
        "Sure:\n\n```python\nimport os\ndef f(x):\n    return g(x)\n\ndef g(x):\n    return os.sep * x\n```\nIt works.",
        ["f"],
        "import os\ndef f(x):\n    return g(x)\ndef g(x):\n    return os.sep * x",
    ),
    (
        "the longest run wins",
        "```python\ndef f():\n    return 1\n```\nor\n```python\ndef f():\n    x = 2\n\n    return x\n```",
        ["f"],
        "def f():\n    x = 2\n\n    return x",
    ),
    ("the first of equal runs", "a = 1\nb = 2\nNo code here\nc = 3\nd = 4", [], "a = 1\nb = 2"),
    (
        "only what is reached",
        "K = 3\nJ = 4\nclass A:\n    k = K\ndef h():\n    return 5\ndef f(a: A):\n    return a\nprint(f(1))",
        ["f"],
        "K = 3\nclass A:\n    k = K\ndef f(a: A):\n    return a",
    ),
    (
        "functions must return",
        "def f(x):\n    print(x)\ndef g(x):\n    return x",
        [],
        "def g(x):\n    return x",
    ),
    ("decorated definitions go", "@cache\ndef f(x):\n    return x\ny = f", [], "y = f"),
    (
        "the first definition stays",
        "def f(x):\n    return 1\ndef f(x):\n    return 2\nf = 3",
        ["f"],
        "def f(x):\n    return 1",
    ),
    (
        "imports come first",
        "x = 1\nfrom __future__ import annotations\nimport a.b as c, d\nfrom e import *\n",
        [],
        "import a.b as c, d\nfrom e import *\nx = 1",
    ),
    (
        "a name behind another target",
        "t[0] = x\na.b = y\np, q = 1, 2\nx = y = 3\nz: int = 4\nz += 1",
        [],
        "t[0] = x\na.b = y\np, q = 1, 2\nz: int = 4",
    ),
    ("statements on a line", "a = 1; import b; c = a  # d", ["c"], "import b\na = 1\nc = a"),
    (
        "what is nested goes",
        "if True:\n    def f():\n        return 1\ntry:\n    import b\nexcept E: pass\nasync def g():\n    return f",
        [],
        "async def g():\n    return f",
    ),
    (
        "characters of several bytes",
        "é = 'ü'; w = é\ndef f():\n    return f'{w!r:>{é}}'",
        ["f"],
        "é = 'ü'\nw = é\ndef f():\n    return f'{w!r:>{é}}'",
    ),
    (
        "attributes and keywords reach",
        "def a():\n    return 1\ndef b():\n    return 2\ndef f(o):\n    return o.a(b=3)",
        ["f"],
        "def a():\n    return 1\ndef b():\n    return 2\ndef f(o):\n    return o.a(b=3)",
    ),
    ("an open string", 'def f():\n    return 1\n"""unfinished\n', ["f"], "def f():\n    return 1"),
    ("a backslash at the end", "x = 'a\\\nb'\ny = 1", [], "x = 'a\\\nb'\ny = 1"),
    ("nothing is code", "I cannot do this.\nSorry for that.", ["f"], "I cannot do this."),
    ("an entry point that is missing", "import a\ndef g():\n    return 1", ["f"], "import a"),
    ("one line", "def f(): return 1", ["f"], "def f(): return 1"),
    (
        "windows lines",
        "import a\r\ndef f():\r\n    return a\r\n",
        ["f"],
        "import a\ndef f():\r\n    return a",
    ),
    ("nothing", "", ["f"], ""),
    ("only a call", "print(1)\nprint(2)\n", ["f"], "print(1)\nprint(2)"),
]


@pytest.mark.parametrize(
    ("answer", "entry_points", "expected"), [case[1:] for case in CASES], ids=[c[0] for c in CASES]
)
def test_the_program_is_evalplus_own(answer: str, entry_points: list[str], expected: str) -> None:
    assert sanitize(answer, *entry_points) == expected


def test_several_entry_points_are_kept() -> None:
    code = "def f():\n    return 1\ndef g():\n    return 2\ndef h():\n    return 3"
    assert sanitize(code, "f", "h") == "def f():\n    return 1\ndef h():\n    return 3"


@pytest.mark.parametrize("line", ["(", '"""', "x = [", "Prose without end,", "\\", "if x:", "\0"])
def test_no_answer_takes_forever(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """EvalPlus parses each of two million runs."""
    parsed: list[int] = []
    monkeypatch.setattr(
        module, "parse", lambda code, flags=0: parsed.append(len(code)) or real(code, flags)
    )
    monkeypatch.setattr(module, "_MOST_PARSED", 200_000)
    sanitize(f"{line}\n" * 2000 + "x = 1\ny = 2")
    assert sum(parsed) <= 300_000


real = module.parse
