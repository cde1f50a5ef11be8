"""The program inside what a model said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rltf.extract import defines, unwrap


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("x = 1\n", "x = 1\n"),
        ("Sure:\n```python\nx = 1\n```\nDone.", "x = 1\n"),
        ("```py\nx = 1\n```", "x = 1\n"),
        ("```Python3 title\nx = 1\n```", "x = 1\n"),
        ("```\r\nx = 1\r\n```\r\n", "x = 1\r\n"),
        ("```python\nx = 1\n```\nbetter:\n```python\nx = 2\n```", "x = 2\n"),
        ("```python\nx = 1\n```\nprints\n```\n1\n```", "x = 1\n"),
        ("```python\nx = 1\n```\n```bash\npip install x\n```", "x = 1\n"),
        ("````python\nx = '''\n```\n'''\n````\n", "x = '''\n```\n'''\n"),
        # Cut off before the closing fence.
        ("Sure:\n```python\nx = 1\ny", "x = 1\ny"),
        # The prompt ended with the opening fence.
        ("x = 1\n```\n", "x = 1\n"),
        # A fence in a docstring belongs to the program.
        ("def f():\n    '''Use\n```\nf()\n```\n    '''\n", None),
        ("no fence, only `code`", None),
        ("", None),
    ],
)
def test_unwrap_finds_the_program(text, code):
    found, start = unwrap(text)
    assert found == (text if code is None else code)
    assert text[start : start + len(found)] == found


def test_the_block_with_the_entry_point_wins():
    text = "```python\ndef f():\n    return 1\n```\nUse:\n```python\nprint(f())\n```\n"
    assert unwrap(text, "f")[0] == "def f():\n    return 1\n"
    assert unwrap(text, "g")[0] == "print(f())\n"


@given(st.text(alphabet="`'\"\n ap", max_size=60))
def test_unwrap_returns_a_piece_of_the_text(text):
    code, start = unwrap(text)
    assert text[start : start + len(code)] == code


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
    ],
)
def test_defines_looks_at_the_top_level(program, is_defined):
    assert defines(program, "f") is is_defined
