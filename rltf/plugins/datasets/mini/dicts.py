"""Dictionaries from a short key to an integer."""

from rltf.plugins.datasets.mini.operations import Operation

_SMALL = tuple(range(2, 10))

OPERATIONS = (
    Operation("sum_values", "dict", "int", "sum(x.values())", "sum of values"),
    Operation("largest_value", "dict", "int", "max(x.values())", "largest value", rare="summit"),
    Operation("values", "dict", "ints", "list(x.values())", "values", rare="contents"),
    Operation("sorted_keys", "dict", "text", '" ".join(sorted(x))', "join sorted keys"),
    Operation(
        "add_values",
        "dict",
        "dict",
        "{w: n + {k} for w, n in x.items()}",
        "add {k} to values",
        rare="bonus {k}",
        numbers=_SMALL,
    ),
)
