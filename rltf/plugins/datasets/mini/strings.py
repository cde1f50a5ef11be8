"""Texts: words of letters with single spaces between them."""

from rltf.plugins.datasets.mini.operations import Operation

_FEW = (2, 3, 4, 5)

OPERATIONS = (
    Operation("upper", "text", "text", "x.upper()", "upper case", rare="shout"),
    Operation("lower", "text", "text", "x.lower()", "lower case"),
    Operation("backwards", "text", "text", "x[::-1]", "reverse"),
    Operation("twice", "text", "text", "x + x", "repeat twice", rare="echo"),
    Operation("start", "text", "text", "x[:{k}]", "first {k} letters", numbers=_FEW),
    Operation("cut", "text", "text", "x[{k}:]", "drop {k} letters", rare="trim {k}", numbers=_FEW),
    Operation("close_up", "text", "text", 'x.replace(" ", "")', "remove spaces", rare="squeeze"),
    Operation(
        "words_back",
        "text",
        "text",
        '" ".join(x.split()[::-1])',
        "reverse the words",
        rare="invert",
    ),
    Operation("length", "text", "int", "len(x)", "length", rare="extent"),
    Operation("word_count", "text", "int", "len(x.split())", "number of words"),
    Operation("word_lengths", "text", "ints", "[len(w) for w in x.split()]", "word lengths"),
)
