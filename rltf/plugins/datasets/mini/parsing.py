"""Simple parsing: read numbers from texts in a known format."""

from rltf.plugins.datasets.mini.operations import Operation

OPERATIONS = (
    Operation(
        "csv_numbers", "csv", "ints", 'list(map(int, x.split(",")))', "parse numbers", rare="decode"
    ),
    Operation("csv_count", "csv", "int", 'x.count(",") + 1', "count fields"),
    Operation("csv_first", "csv", "int", 'int(x.split(",")[0])', "first field"),
    Operation(
        "pair_values", "pairs", "ints", '[int(p.split("=")[1]) for p in x.split()]', "parse values"
    ),
    Operation(
        "pair_keys",
        "pairs",
        "text",
        '" ".join(p.split("=")[0] for p in x.split())',
        "parse keys",
        rare="labels",
    ),
    Operation("clock_hour", "clock", "int", "int(x[:2])", "hour", rare="short hand"),
    Operation("clock_minute", "clock", "int", "int(x[3:])", "minute"),
)
