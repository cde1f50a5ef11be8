"""Spans over real tokenizers: each family's own pre-tokenizer, added tokens and decoder."""

import json
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tokenizers import (
    AddedToken,
    Regex,
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    trainers,
)
from transformers import PreTrainedTokenizerFast

from rltf.spans import TokenMap, line_span, token_table

CORPUS = [
    "def add(a, b):\n    return a + b\n",
    "for i in range(10):\n\tprint('zähler', i)\n",
    "# größe: 日本語 🙂\nx = [1, 2, 3]\r\ny = {'é': 1}\n",
]
EFFORT = settings(derandomize=True, max_examples=50, deadline=None)
QWEN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
LLAMA_3 = QWEN.replace(r"|\p{N}|", r"|\p{N}{1,3}|")


def byte_level(
    pre_tokenizer: pre_tokenizers.PreTokenizer | None = None,
    special: tuple[str, ...] = ("<|endoftext|>",),
    added: tuple[str, ...] = (),
    normalizer: normalizers.Normalizer | None = None,
    ignore_merges: bool = False,
) -> PreTrainedTokenizerFast:
    tokenizer = Tokenizer(models.BPE(ignore_merges=ignore_merges))
    if normalizer:
        tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizer or pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=340,
        special_tokens=list(special),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    tokenizer.add_tokens([AddedToken(token, normalized=False) for token in added])
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token=special[0])


def split(pattern: str) -> pre_tokenizers.PreTokenizer:
    return pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(pattern), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )


def star_coder() -> PreTrainedTokenizerFast:
    digits = pre_tokenizers.Digits(individual_digits=True)
    parts = [digits, pre_tokenizers.ByteLevel(add_prefix_space=False)]
    special = ("<|endoftext|>", "<fim_prefix>", "<fim_middle>", "<fim_suffix>")
    return byte_level(pre_tokenizers.Sequence(parts), special)


def sentence_piece(old: bool) -> PreTrainedTokenizerFast:
    """Llama's: the space before the first word is put there by a normalizer, or by Metaspace."""
    mark = normalizers.Replace(" ", "▁")
    learner = Tokenizer(models.BPE())
    learner.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), mark])
    learner.train_from_iterator(CORPUS[:1], trainers.BpeTrainer(vocab_size=60, show_progress=False))
    learned = json.loads(learner.to_str())["model"]
    pieces = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256))]
    pieces += [piece for piece in learned["vocab"] if piece != "\n"]
    merges = [tuple(merge) for merge in learned["merges"] if "\n" not in "".join(merge)]
    pieces = [piece for piece in pieces if "\n" not in piece]
    vocabulary = {piece: i for i, piece in enumerate(pieces)}
    model = models.BPE(vocabulary, merges, unk_token="<unk>", fuse_unk=True, byte_fallback=True)
    tokenizer = Tokenizer(model)
    if old:
        tokenizer.normalizer = learner.normalizer
    else:
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first", split=False)
    tokenizer.decoder = decoders.Sequence(
        [
            decoders.Replace("▁", " "),
            decoders.ByteFallback(),
            decoders.Fuse(),
            decoders.Strip(" ", 1, 0),
        ]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", unk_token="<unk>"
    )


FAMILIES: dict[str, Callable[[], PreTrainedTokenizerFast]] = {
    "gpt-2": byte_level,
    "codegen": lambda: byte_level(
        added=(*(" " * n for n in range(31, 1, -1)), *("\t" * n for n in range(9, 1, -1)))
    ),
    "codet5": lambda: byte_level(
        special=("</s>", "<s>", "<pad>", "<unk>", "<mask>", "<extra_id_0>", "<extra_id_1>")
    ),
    "qwen": lambda: byte_level(
        split(QWEN),
        ("<|im_end|>", "<|im_start|>"),
        ("<tool_call>", "<call▁end>"),
        normalizers.NFC(),
    ),
    "starcoder": star_coder,
    "llama-3": lambda: byte_level(
        split(LLAMA_3), ("<|eot_id|>", "<|reserved_special_token_0|>"), ignore_merges=True
    ),
    "llama-2": lambda: sentence_piece(old=True),
    "codellama": lambda: sentence_piece(old=False),
}


@dataclass(frozen=True, repr=False)
class Family:
    tokenizer: PreTrainedTokenizerFast
    table: list[bytes]
    drops_a_space: bool

    def bytes(self, ids):
        return b"".join(self.table[i] for i in ids)

    def map(self, ids, program, shift=0):
        return TokenMap([self.table[i] for i in ids], program, shift)


@pytest.fixture(scope="module", params=FAMILIES)
def family(request):
    tokenizer = FAMILIES[request.param]()
    drops_a_space = request.param in ("llama-2", "codellama")
    return Family(tokenizer, token_table(tokenizer), drops_a_space)


PARTS = (
    *CORPUS,
    *("def ", "    ", " " * 40, "\t\t\t", "\n", "\r\n", "x = 12345", "(", "_" * 9, "'", "I'm"),
    *("é", "e\u0301", "日本", "🙂", "👩\u200d🔬", "\x00", "\ufeff", "\u2028", "▁"),
)
programs = st.lists(st.sampled_from(PARTS), max_size=12).map("".join) | st.text(max_size=30)


@st.composite
def sampled(draw, family):
    """Ids as a policy may draw them: what a text is encoded as, cut anywhere, or any ids at all."""
    if draw(st.booleans()):
        ids = family.tokenizer.encode(draw(programs), add_special_tokens=False)
        ids = ids[: draw(st.integers(0, len(ids)))]
    else:
        ids = draw(st.lists(st.integers(0, len(family.table) - 1), max_size=25))
    return ids + [family.tokenizer.eos_token_id] * draw(st.integers(0, 2))


def byte_of_each_character(data):
    """As naively as can be: a character begins where one byte more makes the text longer."""
    lengths = [len(data[:n].decode("utf-8", "replace")) for n in range(len(data) + 1)]
    return [n for n in range(len(data)) if lengths[n + 1] > lengths[n]] + [len(data)]


def overlapping(pieces, low, high):
    """Numbers of the pieces that have a byte in ``[low, high)``, one piece after the other."""
    found, at = [], 0
    for number, piece in enumerate(pieces):
        if max(at, low) < min(at + len(piece), high):
            found.append(number)
        at += len(piece)
    return found


def check_span(family, ids, token_map, text_start, text_end, start, end):
    """Characters [text_start, text_end) of the text are [start, end) of the program."""
    first, stop = token_map.tokens(start, end)
    chosen = family.bytes(ids[first:stop]).decode("utf-8", "replace")
    assert token_map.text[text_start:text_end] in chosen
    places = byte_of_each_character(family.bytes(ids))
    expected = overlapping([family.table[i] for i in ids], places[text_start], places[text_end])
    assert [t for t in range(first, stop) if family.table[ids[t]]] == expected
    assert not expected or (first, stop) == (expected[0], expected[-1] + 1)


class TestTokenTable:
    @settings(EFFORT)
    @given(data=st.data())
    def test_bytes_are_what_the_decoder_writes(self, family, data):
        ids = data.draw(sampled(family))
        spelled = family.bytes(ids)
        expected = family.tokenizer.backend_tokenizer.decode(ids, skip_special_tokens=True)
        if not family.drops_a_space:
            assert spelled.decode("utf-8", "replace") == expected
        else:
            try:
                assert spelled.decode().removeprefix(" ") == expected
            except UnicodeDecodeError:  # a decoder of SentencePiece counts broken bytes one by one
                assert "\ufffd" in expected

    @settings(EFFORT)
    @given(program=programs)
    def test_an_encoded_program_is_spelled_by_its_ids(self, family, program):
        ids = family.tokenizer.encode(program, add_special_tokens=False)
        if normalizer := family.tokenizer.backend_tokenizer.normalizer:
            program = normalizer.normalize_str(program)
        elif family.drops_a_space and program and program[0] not in " ▁":
            program = " " + program
        if family.drops_a_space:
            program = program.replace("▁", " ")
        assert family.bytes(ids).decode() == program

    def test_special_tokens_are_empty(self, family):
        assert family.tokenizer.all_special_ids
        assert all(family.table[i] == b"" for i in family.tokenizer.all_special_ids)

    def test_ids_beyond_a_hole_in_the_vocabulary_have_their_bytes(self):
        tokenizer = Tokenizer(models.BPE({"a": 0, "b": 5}, []))
        tokenizer.decoder = decoders.ByteLevel()
        table = token_table(PreTrainedTokenizerFast(tokenizer_object=tokenizer))
        assert table == [b"a", b"", b"", b"", b"", b"b"]

    def test_an_unknown_decoder_is_an_error(self):
        tokenizer = Tokenizer(models.WordLevel({"a": 0}, unk_token="a"))
        with pytest.raises(ValueError, match=r"decodes with nothing; .* byte-level BPE"):
            token_table(PreTrainedTokenizerFast(tokenizer_object=tokenizer))

    def test_a_tokenizer_that_tells_no_decoder_is_an_error(self):
        with pytest.raises(ValueError, match="decodes with nothing"):
            token_table(object())


class TestTokensOfASpan:
    @settings(EFFORT)
    @given(data=st.data())
    def test_hold_it_and_no_token_beside_it(self, family, data):
        ids = data.draw(sampled(family))
        text = family.bytes(ids).decode("utf-8", "replace")
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, len(text)))
        check_span(family, ids, family.map(ids, text), start, end, start, end)

    @settings(EFFORT)
    @given(data=st.data())
    def test_of_a_program_inside_prose(self, family, data):
        ids = data.draw(sampled(family))
        text = family.bytes(ids).decode("utf-8", "replace")
        place = data.draw(st.integers(0, len(text)))
        program = text[place : data.draw(st.integers(place, len(text)))]
        start = data.draw(st.integers(0, len(program)))
        end = data.draw(st.integers(start, len(program)))
        assume(program or not text)
        token_map = family.map(ids, program, -place)
        check_span(family, ids, token_map, place + start, place + end, start, end)

    @settings(EFFORT)
    @given(data=st.data(), prompt=st.text(max_size=10))
    def test_of_a_completion(self, family, data, prompt):
        ids = data.draw(sampled(family))
        text = family.bytes(ids).decode("utf-8", "replace")
        assume(text)
        program = prompt + text
        start = data.draw(st.integers(0, len(program)))
        end = data.draw(st.integers(start, len(program)))
        in_text = [max(place - len(prompt), 0) for place in (start, end)]
        token_map = family.map(ids, program, len(prompt))
        check_span(family, ids, token_map, *in_text, start, end)

    @settings(EFFORT)
    @given(data=st.data())
    def test_where_the_decoder_dropped_a_space(self, family, data):
        ids = data.draw(sampled(family))
        text = family.bytes(ids).decode("utf-8", "replace")
        assume(text.strip(" "))
        program = text.removeprefix(" ")
        start = data.draw(st.integers(0, len(program)))
        end = data.draw(st.integers(start, len(program)))
        dropped = len(text) - len(program)
        token_map = family.map(ids, program)
        check_span(family, ids, token_map, start + dropped, end + dropped, start, end)

    def test_a_line_is_found_in_what_the_tokenizer_decodes(self, family):
        source = "def f(x):\n    return 日本[x]\n# größe 🙂\n"
        ids = family.tokenizer.encode(source, add_special_tokens=False)
        program = family.tokenizer.decode(ids, clean_up_tokenization_spaces=False)
        assert program == source
        first, stop = family.map(ids, program).tokens(*line_span(program, 2, 2))
        assert family.bytes(ids[first:stop]).decode().strip() == "return 日本[x]"

    def test_a_program_cut_inside_a_character_keeps_its_last_line(self, family):
        ids = family.tokenizer.encode("x = 1\ny = '\U0001f9ff", add_special_tokens=False)
        assert len(family.table[ids[-1]]) == 1  # a byte of the last character
        ids = ids[:-1]
        program = family.bytes(ids).decode("utf-8", "replace").removeprefix(" ")
        assert program == "x = 1\ny = '\ufffd"
        first, stop = family.map(ids, program).tokens(*line_span(program, 2, 2))
        assert stop == len(ids)
        assert family.bytes(ids[first:stop]).decode("utf-8", "replace").strip() == "y = '\ufffd"
