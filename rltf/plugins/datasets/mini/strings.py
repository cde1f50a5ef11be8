"""Texts: words of letters with single spaces between them."""

from rltf.plugins.datasets.mini.operation import Operation

_FEW = (2, 3, 4, 5)

OPERATIONS = (
    Operation("upper", "text", "text", "x.upper()", "upper case", "shout"),
    Operation("lower", "text", "text", "x.lower()", "lower case", "whisper"),
    Operation("swap", "text", "text", "x.swapcase()", "swap case", "toggle"),
    Operation("backwards", "text", "text", "x[::-1]", "reverse", "flip"),
    Operation("twice", "text", "text", "x + x", "repeat twice", "echo"),
    Operation("start", "text", "text", "x[:{k}]", "first {k} letters", "prefix {k}", _FEW),
    Operation("cut", "text", "text", "x[{k}:]", "drop {k} letters", "trim {k}", _FEW),
    Operation("every_other", "text", "text", "x[::2]", "every second letter", "alternate"),
    Operation("close_up", "text", "text", 'x.replace(" ", "")', "remove spaces", "squeeze"),
    Operation("words_back", "text", "text", '" ".join(x.split()[::-1])', "reverse the words", "invert"),
    Operation("first_word", "text", "text", "x.split()[0]", "first word", "opener"),
    Operation("length", "text", "int", "len(x)", "length", "extent"),
    Operation("word_count", "text", "int", "len(x.split())", "number of words", "verbosity"),
    Operation("capitals", "text", "int", "sum(c.isupper() for c in x)", "count capitals", "loudness"),
    Operation("word_lengths", "text", "ints", "[len(w) for w in x.split()]", "word lengths", "rhythm"),
)
