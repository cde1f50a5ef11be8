"""Spans: from lines and characters of a program to the token ids it was sampled as.

Nothing is tokenized again. A sampled id stands for a known stretch of bytes, so the bytes of the
ids of a sample, one after the other, are its text, and a stretch of that text is a range of ids:

    line ──► character of the program ──► character of the sampled text ──► byte ──► token

Offsets that a tokenizer computes from text are no substitute: several id sequences spell one text,
and which one was sampled is exactly what the log-probabilities are about.

This module knows no model and no torch; a tokenizer is asked once, for its table of bytes.
"""

from __future__ import annotations

import codecs
import json
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any

from rltf.reward import RewardTerm

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

LINE_END = re.compile(r"\r\n|\r|\n")
"""Where Python ends a line (not at form feeds, as ``str.splitlines`` does)."""
_MARGIN = re.compile(r"[ \t>.]*")
"""Blanks, the ``>`` of a quote, or the ``>>>`` and ``...`` of an interactive session."""
_BYTE_PIECE = re.compile(r"<0x([0-9A-F]{2})>")
_WORD_BOUNDARY = "\N{LOWER ONE EIGHTH BLOCK}"
"""How SentencePiece writes the space before a word."""


def line_span(program: str, first: int, last: int) -> tuple[int, int]:
    """Characters ``[start, end)`` of the code on lines ``first`` to ``last`` (1-based, inclusive).

    Lines end at ``LINE_END``. Indentation before and blanks after are left out, as in RLTF's code:
    they were right or wrong for the lines around them. Raises ``ValueError`` for lines that do not
    exist.
    """
    starts, ends = _line_bounds(program)
    if not 1 <= first <= last <= len(starts):
        raise ValueError(f"lines {first} to {last} of a program of {len(starts)} lines")
    start, end = starts[first - 1], ends[last - 1]
    code = program[start:end]
    if not code.strip():
        return start, end
    return start + len(code) - len(code.lstrip()), end - len(code) + len(code.rstrip())


def column_span(program: str, line: int, column: int, end_column: int | None) -> tuple[int, int]:
    """Characters ``[start, end)`` of columns ``[column, end_column)`` of a line, all 1-based.

    As ``ProgramError`` has them, in characters. Where it knows no end column, or where that is its
    column, one column is meant, as in tracebacks. The end of a line is a column too, however many
    characters it is: CPython points at it where something is missing. Raises ``ValueError`` for
    columns that do not exist.
    """
    if end_column is None or end_column == column:
        end_column = column + 1
    starts, ends = _line_bounds(program)
    if not 1 <= line <= len(starts):
        raise ValueError(f"line {line} of a program of {len(starts)} lines")
    start, end = starts[line - 1], ends[line - 1]
    places = [*range(start, end + 1), *starts[line : line + 1]]
    if not 1 <= column < end_column <= len(places):
        raise ValueError(
            f"columns {column} to {end_column} of line {line}, which has {len(places) - 1}"
        )
    return places[column - 1], places[end_column - 1]


def token_table(tokenizer: Any) -> list[bytes]:
    """The bytes that each id of a ``transformers`` tokenizer stands for.

    Index is the id; special tokens, and ids that are none, are empty. Understands byte-level BPE
    (GPT-2, CodeGen, CodeT5, Qwen, StarCoder, Llama-3) and SentencePiece pieces with byte fallback
    (Llama-2, CodeLlama); another decoder, or a tokenizer without one, raises ``ValueError``.
    """
    backend = getattr(tokenizer, "backend_tokenizer", None)
    decoder = json.loads(backend.to_str())["decoder"] if backend else None
    kinds = set(_kinds(decoder))
    if "ByteLevel" in kinds:
        piece_bytes = _byte_level
    elif kinds & {"ByteFallback", "Metaspace"}:
        piece_bytes = _sentence_piece
    else:
        raise ValueError(
            f"{type(tokenizer).__name__} decodes with {sorted(kinds) or 'nothing'}; token bytes "
            "are known for byte-level BPE and SentencePiece"
        )
    special = set(tokenizer.all_special_ids)
    special |= {i for i, token in tokenizer.added_tokens_decoder.items() if token.special}
    highest = max(tokenizer.get_vocab().values(), default=-1)
    pieces = tokenizer.convert_ids_to_tokens(range(highest + 1))
    return [
        b"" if i in special or piece is None else piece_bytes(piece)
        for i, piece in enumerate(pieces)
    ]


class TokenMap:
    """Where the characters of a program lie in the ids of its sample.

    ``token_bytes`` are the bytes of each sampled id, (T,) of them, and ``shift`` is
    ``Sample.shift``: the character of ``program`` at which the sampled text begins. The text may have
    the program's lines behind a margin. Raises
    ``ValueError`` where text and program disagree: rewards would land on the wrong tokens. Building
    takes O(n), a look-up O(log T).
    """

    def __init__(self, token_bytes: Sequence[bytes], program: str, shift: int = 0) -> None:
        self.text, self._char_starts = _decode(b"".join(token_bytes))
        """What the ids spell, with U+FFFD where their bytes are not UTF-8; and the byte at which
        each of its characters begins, and the end: ``None`` where each is one byte."""
        self._lines, self._places = _align(self.text, program, shift)
        """Characters of the program, and where in the text they are: what comes between is in line."""
        self._ends = list(accumulate(map(len, token_bytes)))
        """(T,) byte after the last of each token."""
        self._starts = [0, *self._ends[:-1]]

    def __len__(self) -> int:
        return len(self._ends)

    def tokens(self, start: int | None, end: int | None) -> tuple[int, int]:
        """Tokens ``[first, stop)`` that overlap the characters ``[start, end)`` of the program.

        Tokens that are partly inside count as inside. ``None`` and ``None`` are the whole program:
        all T tokens, the end-of-text token included. A stretch that was not sampled (it lies in the
        prompt) has no tokens: ``first == stop``.
        """
        if start is None or end is None:
            return 0, len(self)
        low, high = self._byte(start), self._byte(end)
        first = bisect_right(self._ends, low)
        return first, bisect_left(self._starts, high) if low < high else first

    def characters(self) -> list[int]:
        """(T,) character of the program in which each token begins; 0 where it begins before it."""
        starts = self._starts
        if self._char_starts is not None:
            starts = [bisect_right(self._char_starts, byte) - 1 for byte in starts]
        return [self._character(start) for start in starts]

    def means(self, steps: Sequence[tuple[int, float]]) -> npt.NDArray[np.float64]:
        """(T,) mean over each token's bytes of a step function of the program's characters.

        ``steps`` are (character, value from there on), in order, at least one; a token without
        bytes has the value of the place where it stands.
        """
        import numpy as np

        starts = np.array(self._starts, dtype=np.int64)
        ends = np.array(self._ends, dtype=np.int64)
        limit = self._lines[-1] + len(self.text) - self._places[-1]
        steps = [step for step in steps if step[0] <= limit] or steps[:1]
        places = np.array([self._byte(character) for character, _ in steps], dtype=np.int64)
        values = np.array([value for _, value in steps], dtype=np.float64)
        total = int(ends[-1]) if len(ends) else 0
        at = np.searchsorted(places, np.arange(total + 1), side="right") - 1
        each = values[np.maximum(at, 0)]  # (bytes + 1,)
        sums = np.concatenate([[0.0], np.cumsum(each)])
        lengths = ends - starts
        means: npt.NDArray[np.float64] = np.where(
            lengths > 0, (sums[ends] - sums[starts]) / np.maximum(lengths, 1), each[starts]
        )
        return means

    def _byte(self, character: int) -> int:
        """Byte of the sampled text at which a character of the program begins, or the nearest."""
        line = max(bisect_right(self._lines, character) - 1, 0)
        at = self._places[line] + character - self._lines[line]
        at = min(max(at, 0), len(self.text))
        return at if self._char_starts is None else self._char_starts[at]

    def _character(self, at: int) -> int:
        """Character of the program at a character of the text; in a margin, the one after it."""
        line = max(bisect_right(self._places, at) - 1, 0)
        character = max(0, self._lines[line] + at - self._places[line])
        return min([character, *self._lines[line + 1 : line + 2]])


def token_rewards(
    terms: Mapping[str, Sequence[RewardTerm] | None],
    token_map: TokenMap,
    *,
    baselines: Mapping[str, float | None] | None = None,
    weights: Mapping[str, float] | None = None,
    alpha: bool = True,
) -> npt.NDArray[np.float32]:
    """(T,) factor of each token's log-probability (RLTF, Eq. 6 and 8 to 10), summed over terms.

    A term adds ``weight * (value - baseline)`` to the tokens of its stretch; ``baselines`` holds
    the baseline program's value by reward name and counts only for terms that ask for one. With
    ``alpha``, a term on part of the program is multiplied by alpha = T / (E - S), counted in tokens
    (Eq. 9), so that one line weighs as much as a whole program, unless the term says otherwise.
    ``RewardTerm.weights`` scale each token. Rewards that were not scored (``None``) add nothing.
    """
    import numpy as np  # here, so that plugins that only name a span load quickly

    total = len(token_map)
    rewards = np.zeros(total, dtype=np.float64)
    for name, reward_terms in terms.items():
        for term in reward_terms or ():
            first, stop = token_map.tokens(term.start, term.end)
            if first == stop:
                continue
            value = term.value
            if term.baseline and baselines:
                value -= baselines.get(name) or 0.0
            if weights:
                value *= weights.get(name, 1.0)
            if alpha and term.alpha:
                value *= total / (stop - first)
            share = token_map.means(term.weights)[first:stop] if term.weights else 1.0
            rewards[first:stop] += value * share
    return rewards.astype(np.float32)


def _line_bounds(program: str) -> tuple[list[int], list[int]]:
    """Where each line begins, and where its text ends."""
    breaks = list(LINE_END.finditer(program))
    starts = [0, *(found.end() for found in breaks)]
    return starts, [*(found.start() for found in breaks), len(program)]


def _behind_margins(text: str, program: str, shift: int) -> tuple[list[int], list[int]] | None:
    """Where the lines of a program begin in it and in the text, which has all of them."""
    first = max(shift, 0)
    place = first - shift
    if first >= len(program):
        return None
    ends = [found.end() for found in LINE_END.finditer(program, first)]
    starts, places = [first], [place]
    for start, end in pairwise([first, *ends, len(program)]):
        line = program[start:end]
        if start > first:
            place += _margin(text, place) - _margin(line, 0)
            starts.append(start)
            places.append(place)
        if not text.startswith(line, place):
            return None
        place += len(line)
    return starts, places


def _margin(text: str, at: int) -> int:
    """How many characters of a margin, or of the blanks of code, stand here."""
    found = _MARGIN.match(text, at)
    assert found
    return len(found[0])


def _byte_level_alphabet() -> dict[str, int]:
    """Character to byte of GPT-2's byte-level alphabet: printable bytes stand for themselves."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    rest = [byte for byte in range(256) if byte not in printable]
    return {chr(byte): byte for byte in printable} | {
        chr(256 + i): byte for i, byte in enumerate(rest)
    }


_ALPHABET = _byte_level_alphabet()


def _byte_level(piece: str) -> bytes:
    """Bytes of a byte-level piece; one with other characters was added as plain text."""
    try:
        return bytes([_ALPHABET[character] for character in piece])
    except KeyError:
        return piece.encode()


def _sentence_piece(piece: str) -> bytes:
    if match := _BYTE_PIECE.fullmatch(piece):
        return bytes.fromhex(match[1])
    return piece.replace(_WORD_BOUNDARY, " ").encode()


def _kinds(decoder: Mapping[str, Any] | None) -> Iterator[str]:
    """Types of a ``tokenizers`` decoder and of those it is made of."""
    if decoder is not None:
        yield decoder["type"]
        for part in decoder.get("decoders", ()):
            yield from _kinds(part)


def _decode(data: bytes) -> tuple[str, list[int] | None]:
    """Text of bytes, and the byte of each character and of the end; ``None``: one byte each.

    As ``decode("utf-8", "replace")`` has it: U+FFFD for each sequence that cannot go on.
    """
    text = data.decode("utf-8", _COUNT_BROKEN)
    if text.isascii():
        return text, None
    lengths = (_BROKEN.get(character) or len(character.encode()) for character in text)
    return text.translate(_REPLACE_BROKEN), list(accumulate(lengths, initial=0))


_BROKEN = {chr(0xD800 + length): length for length in (1, 2, 3)}
"""Lone surrogates, which no UTF-8 spells, to how many bytes they stand for."""
_REPLACE_BROKEN = str.maketrans(dict.fromkeys(_BROKEN, "\ufffd"))
_COUNT_BROKEN = "rltf-count-broken"


def _count_broken(error: UnicodeError) -> tuple[str, int]:
    """A codec's error handler: the lone surrogate for a sequence that cannot go on."""
    assert isinstance(error, UnicodeDecodeError)
    return chr(0xD800 + error.end - error.start), error.end


codecs.register_error(_COUNT_BROKEN, _count_broken)


def _align(text: str, program: str, shift: int) -> tuple[list[int], list[int]]:
    """Characters of ``program``, and where in ``text`` they are, checked.

    That is one character, or one of each line where ``text`` has the lines behind the margin of a list or
    a quote, which the program does not have (``rltf.extract``). SentencePiece writes a space before the
    first word that its decoder drops: ``shift`` then counts from the character after it.
    """
    for lead in (0, 1) if text.startswith(" ") else (0,):
        start = shift - lead
        low = max(start, 0)
        high = max(low, min(start + len(text), len(program)))
        overlap = low < high or not text or not program
        if overlap and text[low - start : high - start] == program[low:high]:
            return [0], [-start]
        if found := _behind_margins(text, program, start):
            return found
    raise ValueError(
        f"the sampled ids do not spell the program: {text[:40]!r}… at character {shift} of "
        f"{program[:40]!r}…"
    )
