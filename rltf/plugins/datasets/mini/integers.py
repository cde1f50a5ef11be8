"""Integer arithmetic."""

from rltf.plugins.datasets.mini.operation import Operation

_SMALL = tuple(range(2, 10))
_LARGE = (20, 30, 40, 50)

OPERATIONS = (
    Operation("add", "int", "int", "x + {k}", "add {k}", "raise by {k}", _SMALL),
    Operation("subtract", "int", "int", "x - {k}", "subtract {k}", "lower by {k}", _SMALL),
    Operation("multiply", "int", "int", "x * {k}", "multiply by {k}", "scale by {k}", _SMALL),
    Operation("divide", "int", "int", "x // {k}", "floor divide by {k}", "share among {k}", _SMALL),
    Operation("remainder", "int", "int", "x % {k}", "remainder by {k}", "residue for {k}", _SMALL[1:]),
    Operation("at_most", "int", "int", "min(x, {k})", "at most {k}", "cap {k}", _LARGE),
    Operation("square", "int", "int", "x ** 2", "square", "quadrate"),
    Operation("absolute", "int", "int", "abs(x)", "absolute value", "magnitude"),
    Operation("negate", "int", "int", "-x", "negate", "opposite"),
    Operation("digit_sum", "int", "int", "sum(map(int, str(abs(x))))", "sum of digits", "crossfoot"),
    Operation("digit_count", "int", "int", "len(str(abs(x)))", "number of digits", "width"),
    Operation("digits_back", "int", "int", "int(str(abs(x))[::-1])", "reverse digits", "mirror"),
)
