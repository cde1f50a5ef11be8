"""Integer arithmetic."""

from rltf.plugins.datasets.mini.operations import Operation

_SMALL = tuple(range(2, 10))
_LARGE = (20, 30, 40, 50)

OPERATIONS = (
    Operation("add", "int", "int", "x + {k}", "add {k}", numbers=_SMALL),
    Operation(
        "subtract", "int", "int", "x - {k}", "subtract {k}", rare="reduce by {k}", numbers=_SMALL
    ),
    Operation("multiply", "int", "int", "x * {k}", "multiply by {k}", numbers=_SMALL),
    Operation(
        "divide",
        "int",
        "int",
        "x // {k}",
        "floor divide by {k}",
        rare="share among {k}",
        numbers=_SMALL,
    ),
    Operation(
        "remainder",
        "int",
        "int",
        "x % {k}",
        "remainder by {k}",
        rare="residue for {k}",
        numbers=_SMALL[1:],
    ),
    Operation("at_most", "int", "int", "min(x, {k})", "at most {k}", numbers=_LARGE),
    Operation("square", "int", "int", "x ** 2", "square", rare="quadrate"),
    Operation("negate", "int", "int", "-x", "negate", rare="opposite"),
    Operation("digit_sum", "int", "int", "sum(map(int, str(abs(x))))", "sum of digits"),
    Operation(
        "digits_back", "int", "int", "int(str(abs(x))[::-1])", "reverse digits", rare="mirror"
    ),
)
