import subprocess
import sys

import rltf.sandbox.guest.shared.compact_code as code

SCATTERED = """
import sys
import types
sys.path.insert(0, sys.argv[1])
import guest.shared.compact_code as compact_code

SOURCE = "def f(x):\\n    return sorted(y * {} for y in x)"
functions = []
for number in range(1000):
    names = {}
    exec(compile(SOURCE.format(number), compact_code._OURS + "hot.py", "exec"), names)
    functions.append(names["f"])
hot = functions[::20]  # and between two of them, code that nobody runs
before = [function.__code__ for function in hot]
expected = [function([3, 1]) for function in hot]

if sys.argv[2] == "compact":
    compact_code.compact(lambda: [function([3, 1]) for function in hot], ())
assert [function([3, 1]) for function in hot] == expected
assert [function.__code__ for function in hot] == before  # equal, wherever they are
inner = [next(c for c in f.__code__.co_consts if type(c) is types.CodeType) for f in hot]
codes = [function.__code__ for function in hot] + inner
print(len({id(each) >> 12 for each in codes}))
"""


def pages_of_hot_code(how: str) -> int:
    """Pages that the code of 50 functions and their generator expressions lies in."""
    folder = code.__file__.rpartition("/guest/")[0]
    command = [sys.executable, "-I", "-S", "-c", SCATTERED, folder, how]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def test_code_that_is_called_lies_side_by_side() -> None:
    assert pages_of_hot_code("compact") * 2 < pages_of_hot_code("as it was")
