import subprocess
import sys

import rltf.sandbox.guest.shared.compact_heap as heap

SCATTERED = """
import sys
sys.path.insert(0, sys.argv[1])
import compact_heap

kept = [[bytes(size - 33) for _ in range(2000)] for size in range(48, 513, 16)]
for blocks in kept:
    del blocks[::50]  # holes, far from each other

if sys.argv[2] == "filled":
    compact_heap.fill()
pages = []
for size in range(48, 513, 16):
    blocks = [bytes(size - 33) for _ in range(5)]
    pages.append(len({id(block) >> 12 for block in blocks}))
print(sum(pages) / len(pages))
"""


def pages_of_new_objects(how: str) -> float:
    """Pages that five new objects of a size lie in: the mean over all sizes."""
    folder = heap.__file__.rpartition("/")[0]
    command = [sys.executable, "-I", "-S", "-c", SCATTERED, folder, how]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def test_new_objects_lie_side_by_side_once_the_heap_is_filled() -> None:
    assert pages_of_new_objects("as it was") > 4
    assert pages_of_new_objects("filled") < 1.5
