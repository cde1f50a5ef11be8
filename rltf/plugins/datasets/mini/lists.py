"""Lists of integers."""

from rltf.plugins.datasets.mini.operation import Operation

_FEW = (2, 3, 4)
_SMALL = tuple(range(2, 10))

OPERATIONS = (
    Operation("sort", "ints", "ints", "sorted(x)", "sort", "ascend"),
    Operation("sort_down", "ints", "ints", "sorted(x)[::-1]", "sort descending", "rank"),
    Operation("reverse", "ints", "ints", "x[::-1]", "reverse", "flip"),
    Operation("first", "ints", "ints", "x[:{k}]", "first {k} items", "head {k}", _FEW),
    Operation("drop", "ints", "ints", "x[{k}:]", "drop {k} items", "skip {k}", _FEW),
    Operation("every_second", "ints", "ints", "x[::2]", "every second item", "alternate"),
    Operation("add_each", "ints", "ints", "[n + {k} for n in x]", "add {k} to each", "shift {k}", _SMALL),
    Operation("multiply_each", "ints", "ints", "[n * {k} for n in x]", "multiply each by {k}", "stretch {k}", _SMALL),
    Operation("evens", "ints", "ints", "[n for n in x if n % 2 == 0]", "keep even items", "halvable"),
    Operation("over", "ints", "ints", "[n for n in x if n > {k}]", "keep items over {k}", "exceeding {k}", _SMALL),
    Operation("sum", "ints", "int", "sum(x)", "sum", "tally"),
    Operation("largest", "ints", "int", "max(x)", "largest item", "peak"),
    Operation("smallest", "ints", "int", "min(x)", "smallest item", "trough"),
    Operation("count", "ints", "int", "len(x)", "number of items", "size"),
    Operation("front", "ints", "int", "x[0]", "first item", "front"),
    Operation("back", "ints", "int", "x[-1]", "last item", "rear"),
)
