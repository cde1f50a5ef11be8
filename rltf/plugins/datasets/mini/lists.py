"""Lists of integers."""

from rltf.plugins.datasets.mini.operations import Operation

_FEW = (2, 3, 4)
_SMALL = tuple(range(2, 10))

OPERATIONS = (
    Operation("sort", "ints", "ints", "sorted(x)", "sort"),
    Operation("sort_down", "ints", "ints", "sorted(x)[::-1]", "sort descending", rare="rank"),
    Operation("reverse", "ints", "ints", "x[::-1]", "reverse"),
    Operation("first", "ints", "ints", "x[:{k}]", "first {k} items", numbers=_FEW),
    Operation("drop", "ints", "ints", "x[{k}:]", "drop {k} items", rare="skip {k}", numbers=_FEW),
    Operation("every_second", "ints", "ints", "x[::2]", "every second item", rare="alternate"),
    Operation(
        "add_each",
        "ints",
        "ints",
        "[n + {k} for n in x]",
        "add {k} to each",
        rare="shift {k}",
        numbers=_SMALL,
    ),
    Operation(
        "multiply_each",
        "ints",
        "ints",
        "[n * {k} for n in x]",
        "multiply each by {k}",
        numbers=_SMALL,
    ),
    Operation(
        "evens", "ints", "ints", "[n for n in x if n % 2 == 0]", "keep even items", rare="halvable"
    ),
    Operation(
        "over", "ints", "ints", "[n for n in x if n > {k}]", "keep items over {k}", numbers=_SMALL
    ),
    Operation("sum", "ints", "int", "sum(x)", "sum", rare="tally"),
    Operation("largest", "ints", "int", "max(x)", "largest item", rare="peak"),
    Operation("smallest", "ints", "int", "min(x)", "smallest item"),
    Operation("back", "ints", "int", "x[-1]", "last item", rare="rear"),
)
