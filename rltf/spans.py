"""Spans: from lines and characters of a program to its sampled token ids.

Nothing is tokenized again. Each id stands for known bytes, so the concatenated bytes of the ids of
a sample are its text, and a part of that text is a range of ids:

    line ──► character of the program ──► character of the sampled text ──► byte ──► token

Offsets that a tokenizer computes from text are no substitute: several sequences of ids spell the
same text, and the log-probabilities belong to the one that was sampled.

This module uses no model and no torch. It asks a tokenizer once, for its table of bytes.
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
"""SentencePiece's character for the space before a word."""


def line_span(program: str, first: int, last: int) -> tuple[int, int]:
    """Return the characters ``[start, end)`` of the code on lines ``first`` to ``last`` (1-based).

    Both lines are included; lines end at ``LINE_END``. The span leaves out the indentation of the
    first line and blanks after the last, as RLTF's code does: they belong to the surrounding lines.
    Raises ``ValueError`` for lines that do not exist.
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
    """Return the characters ``[start, end)`` of columns ``[column, end_column)`` of a line.

    Lines and columns are 1-based, and columns count characters, as in ``ProgramError``. If the end
    column is ``None`` or equal to the column, the span is one column, as in tracebacks. The end of
    a line counts as one column: CPython points at it if something is missing. Raises ``ValueError``
    for columns that do not exist.
    """
    if end_column is None or end_column == column:
        end_column = column + 1
    starts, ends = _line_bounds(program)
    if not 1 <= line <= len(starts):
        raise ValueError(f"line {line} of a program of {len(starts)} lines")
    start, end = starts[line - 1], ends[line - 1]
    characters = [*range(start, end + 1), *starts[line : line + 1]]
    if not 1 <= column < end_column <= len(characters):
        raise ValueError(
            f"columns {column} to {end_column} of line {line}, which has {len(characters) - 1}"
        )
    return characters[column - 1], characters[end_column - 1]


def token_table(tokenizer: Any) -> list[bytes]:
    """Return the bytes of each id of a ``transformers`` tokenizer.

    The index is the id; special tokens and unused ids are empty. Supports byte-level BPE (GPT-2,
    CodeGen, CodeT5, Qwen, StarCoder, Llama-3) and SentencePiece with byte fallback (Llama-2,
    CodeLlama). Any other decoder, or none, raises ``ValueError``.
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
    """Maps the characters of a program to the token ids of its sample.

    Building takes O(n), a look-up O(log T).

    Args:
        token_bytes: (T,) bytes of each sampled id.
        program: The program. Its lines may stand behind a margin in the sampled text.
        shift: ``Sample.shift``, the character of ``program`` where the sampled text begins.

    Raises:
        ValueError: Text and program disagree, so rewards would land on the wrong tokens.
    """

    def __init__(self, token_bytes: Sequence[bytes], program: str, shift: int = 0) -> None:
        self.text, self._char_starts = _decode(b"".join(token_bytes))
        """The text of the ids, with U+FFFD for bytes that are not UTF-8; and the byte where each of
        its characters begins, and the end. ``None`` if every character is one byte."""
        self._lines, self._places = _align(self.text, program, shift)
        """Characters of the program and their places in the text; those between follow on."""
        self._ends = list(accumulate(map(len, token_bytes)))
        """(T,) byte after the last of each token."""
        self._starts = [0, *self._ends[:-1]]

    def __len__(self) -> int:
        return len(self._ends)

    def tokens(self, start: int | None, end: int | None) -> tuple[int, int]:
        """Return the tokens ``[first, stop)`` that overlap ``[start, end)`` of the program.

        A token that overlaps in part counts. ``None`` and ``None`` mean the whole program: all T
        tokens, including the end-of-text token. A part that was not sampled, because it is in the
        prompt, has no tokens: ``first == stop``.
        """
        if start is None or end is None:
            return 0, len(self)
        low, high = self._byte(start), self._byte(end)
        first = bisect_right(self._ends, low)
        return first, bisect_left(self._starts, high) if low < high else first

    def characters(self) -> list[int]:
        """Return (T,) the program's character where each token begins; 0 for tokens before it."""
        starts = self._starts
        if self._char_starts is not None:
            starts = [bisect_right(self._char_starts, byte) - 1 for byte in starts]
        return [self._character(start) for start in starts]

    def means(self, steps: Sequence[tuple[int, float]]) -> npt.NDArray[np.float64]:
        """Return (T,) the mean of a step function of the program's characters over a token's bytes.

        ``steps`` are (character, value from there on), in order, at least one. A token without
        bytes has the value at its position.
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
        """Return the sampled text's byte at or nearest to the start of a program's character."""
        line = max(bisect_right(self._lines, character) - 1, 0)
        at = self._places[line] + character - self._lines[line]
        at = min(max(at, 0), len(self.text))
        return at if self._char_starts is None else self._char_starts[at]

    def _character(self, at: int) -> int:
        """Return the program's character at a character of the text, or after a margin there."""
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
    """Return (T,) the factor of each token's log-probability, summed over all terms.

    This is Eq. 6 and 8 to 10 of RLTF. A term adds ``weight * (value - baseline)`` to its tokens.
    ``RewardTerm.weights`` scale each token. Rewards that were not scored (``None``) add nothing.

    Args:
        baselines: Reward name to the baseline program's value, for terms with ``baseline``.
        weights: Reward name to its weight; 1 if it has none.
        alpha: Multiply a term for part of the program by alpha = T / (E - S), counted in tokens
            (Eq. 9), so that one line weighs as much as a whole program, unless the term says
            otherwise.
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
    """Return where each line begins, and where its text ends."""
    breaks = list(LINE_END.finditer(program))
    starts = [0, *(match.end() for match in breaks)]
    return starts, [*(match.start() for match in breaks), len(program)]


def _behind_margins(text: str, program: str, shift: int) -> tuple[list[int], list[int]] | None:
    """Return where lines begin in the program and in the text; ``None`` if the text lacks one."""
    first = max(shift, 0)
    text_start = first - shift
    if first >= len(program):
        return None
    ends = [match.end() for match in LINE_END.finditer(program, first)]
    starts, text_starts = [first], [text_start]
    for start, end in pairwise([first, *ends, len(program)]):
        line = program[start:end]
        if start > first:
            text_start += _margin(text, text_start) - _margin(line, 0)
            starts.append(start)
            text_starts.append(text_start)
        if not text.startswith(line, text_start):
            return None
        text_start += len(line)
    return starts, text_starts


def _margin(text: str, at: int) -> int:
    """Return the length of the margin, or of the indentation, at a character."""
    match = _MARGIN.match(text, at)
    assert match
    return len(match[0])


def _byte_level_alphabet() -> dict[str, int]:
    """Return GPT-2's byte-level alphabet, character to byte. Printable bytes keep their value."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    rest = [byte for byte in range(256) if byte not in printable]
    return {chr(byte): byte for byte in printable} | {
        chr(256 + i): byte for i, byte in enumerate(rest)
    }


_ALPHABET = _byte_level_alphabet()


def _byte_level(piece: str) -> bytes:
    """Return the bytes of a byte-level piece; a piece with other characters is plain text."""
    try:
        return bytes([_ALPHABET[character] for character in piece])
    except KeyError:
        return piece.encode()


def _sentence_piece(piece: str) -> bytes:
    if match := _BYTE_PIECE.fullmatch(piece):
        return bytes.fromhex(match[1])
    return piece.replace(_WORD_BOUNDARY, " ").encode()


def _kinds(decoder: Mapping[str, Any] | None) -> Iterator[str]:
    """Yield the types of a ``tokenizers`` decoder and of its parts."""
    if decoder is not None:
        yield decoder["type"]
        for part in decoder.get("decoders", ()):
            yield from _kinds(part)


def _decode(data: bytes) -> tuple[str, list[int] | None]:
    """Decode bytes; return the text, and the byte where each character begins, and the end.

    ``None`` if every character is one byte. Broken sequences become U+FFFD, as in
    ``decode("utf-8", "replace")``.
    """
    text = data.decode("utf-8", _COUNT_BROKEN)
    if text.isascii():
        return text, None
    lengths = (_BROKEN.get(character) or len(character.encode()) for character in text)
    return text.translate(_REPLACE_BROKEN), list(accumulate(lengths, initial=0))


_BROKEN = {chr(0xD800 + length): length for length in (1, 2, 3)}
"""Lone surrogate (which UTF-8 cannot contain) to the number of bytes it stands for."""
_REPLACE_BROKEN = str.maketrans(dict.fromkeys(_BROKEN, "\ufffd"))
_COUNT_BROKEN = "rltf-count-broken"


def _count_broken(error: UnicodeError) -> tuple[str, int]:
    """Handle a codec error: replace a broken sequence by a lone surrogate."""
    assert isinstance(error, UnicodeDecodeError)
    return chr(0xD800 + error.end - error.start), error.end


codecs.register_error(_COUNT_BROKEN, _count_broken)


def _align(text: str, program: str, shift: int) -> tuple[list[int], list[int]]:
    """Return characters of ``program`` and their places in ``text``, after a check that they agree.

    One character, or one for each line if the lines stand behind the margin of a list or a quote in
    ``text`` (``rltf.extract``). SentencePiece writes a space before the first word, which its
    decoder drops: ``shift`` then counts from the character after it.
    """
    for lead in (0, 1) if text.startswith(" ") else (0,):
        start = shift - lead
        low = max(start, 0)
        high = max(low, min(start + len(text), len(program)))
        overlap = low < high or not text or not program
        if overlap and text[low - start : high - start] == program[low:high]:
            return [0], [-start]
        if aligned := _behind_margins(text, program, start):
            return aligned
    raise ValueError(
        f"the sampled ids do not spell the program: {text[:40]!r}… at character {shift} of "
        f"{program[:40]!r}…"
    )
