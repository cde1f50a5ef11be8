"""Spans: every stretch of a program finds the ids that wrote it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

from rltf import RewardTerm
from rltf.spans import TokenMap, line_span, token_rewards, token_table

CORPUS = [
    "def add(a, b):\n    return a + b\n",
    "for i in range(10):\n\tprint('zähler', i)\n",
    "# größe: 日本語 🙂\nx = [1, 2, 3]\r\ny = {'é': 1}\n",
]


@pytest.fixture(scope="module")
def byte_level():
    """GPT-2's kind, with special tokens and with runs of blanks added as CodeGen has them."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=["<|endoftext|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    tokenizer.add_tokens([AddedToken(" " * 8), AddedToken("\t\t")])
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<|endoftext|>")


@pytest.fixture(scope="module")
def sentence_piece():
    """Llama's kind: pieces with a mark for the space before a word, and bytes for the rest."""
    pieces = ["<s>", "</s>", "<unk>", *(f"<0x{byte:02X}>" for byte in range(256))]
    pieces += ["▁", *"adefnrtux(=+):", "▁d", "▁de", "▁def", "▁r", "re", "▁re"]
    vocabulary = {piece: i for i, piece in enumerate(pieces)}
    merges = [("▁", "d"), ("▁d", "e"), ("▁de", "f"), ("r", "e"), ("▁", "re")]
    tokenizer = Tokenizer(models.BPE(vocabulary, merges, unk_token="<unk>", byte_fallback=True))
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


def map_of(tokenizer, ids, program, shift=0):
    table = token_table(tokenizer)
    return TokenMap([table[i] for i in ids], program, shift)


class TestLineSpan:
    @pytest.mark.parametrize(
        ("program", "lines", "code"),
        [
            ("a\n  b \nc", (2, 2), "b"),
            ("a\n  b \nc", (1, 3), "a\n  b \nc"),
            ("a\n  b \nc\n", (2, 3), "b \nc"),
            ("a\r\nb\rc", (2, 2), "b"),
            ("a\r\nb\rc", (3, 3), "c"),
            ("x = 'a\x0cb\u2028c'\ny", (1, 1), "x = 'a\x0cb\u2028c'"),
            ("a\n   \nb", (2, 2), "   "),
            ("a\n", (2, 2), ""),
            ("", (1, 1), ""),
        ],
    )
    def test_is_the_code_of_the_lines(self, program, lines, code):
        start, end = line_span(program, *lines)
        assert program[start:end] == code

    @pytest.mark.parametrize("lines", [(0, 1), (2, 1), (1, 4)])
    def test_lines_that_do_not_exist_are_an_error(self, lines):
        with pytest.raises(ValueError, match="a program of 3 lines"):
            line_span("a\nb\nc", *lines)


class TestTokenTable:
    @given(st.lists(st.integers(0, 325), max_size=30))
    def test_byte_level_bytes_are_what_the_decoder_writes(self, byte_level, ids):
        table = token_table(byte_level)
        expected = byte_level.backend_tokenizer.decode(ids, skip_special_tokens=True)
        assert b"".join(table[i] for i in ids).decode("utf-8", "replace") == expected

    @given(st.text(alphabet="adefnrtux(=+): \n€🙂", max_size=30))
    def test_sentence_piece_bytes_are_what_the_decoder_writes(self, sentence_piece, text):
        ids = sentence_piece.encode(text, add_special_tokens=False)
        expected = sentence_piece.backend_tokenizer.decode(ids)
        table = token_table(sentence_piece)
        assert b"".join(table[i] for i in ids).decode().removeprefix(" ") == expected

    def test_special_tokens_are_empty(self, byte_level, sentence_piece):
        assert token_table(byte_level)[byte_level.eos_token_id] == b""
        assert token_table(sentence_piece)[:3] == [b"", b"", b""]

    def test_an_unknown_decoder_is_an_error(self):
        tokenizer = Tokenizer(models.WordLevel({"a": 0}, unk_token="a"))
        with pytest.raises(ValueError, match="byte-level BPE"):
            token_table(PreTrainedTokenizerFast(tokenizer_object=tokenizer))


class TestTokenMap:
    @given(data=st.data(), program=st.text(max_size=60))
    def test_tokens_of_a_span_hold_it_and_no_token_beside_it(self, byte_level, data, program):
        ids = byte_level.encode(program)
        start = data.draw(st.integers(0, len(program)))
        end = data.draw(st.integers(start, len(program)))
        token_map = map_of(byte_level, [*ids, byte_level.eos_token_id], program)
        first, stop = token_map.tokens(start, end)
        table = token_table(byte_level)
        before, chosen = (
            b"".join(table[i] for i in part) for part in (ids[:first], ids[first:stop])
        )
        low, high = len(program[:start].encode()), len(program[:end].encode())
        if start == end:
            assert first == stop
            return
        assert len(before) <= low < high <= len(before) + len(chosen)
        assert len(before) + len(table[ids[first]]) > low
        assert len(before) + len(chosen) - len(table[ids[stop - 1]]) < high

    @given(data=st.data(), pieces=st.lists(st.binary(max_size=4), max_size=30))
    def test_any_bytes_map_as_replacement_decoding_spells_them(self, data, pieces):
        text = b"".join(pieces).decode("utf-8", "replace")
        token_map = TokenMap(pieces, text)
        assert token_map.text == text
        covered = sorted({t for i in range(len(text)) for t in range(*token_map.tokens(i, i + 1))})
        assert [t for t in covered if pieces[t]] == [i for i, piece in enumerate(pieces) if piece]

    def test_a_character_split_over_tokens_takes_all_of_them(self):
        token_map = TokenMap([b"a=", b"\xf0\x9f", b"\x99", b"\x82;", b"b"], "a=🙂;b")
        assert token_map.tokens(2, 3) == (1, 4)
        assert token_map.tokens(3, 4) == (3, 4)
        assert token_map.tokens(4, 5) == (4, 5)

    def test_the_whole_program_is_every_token_with_the_end_of_text(self):
        token_map = TokenMap([b"ab", b"c", b""], "abc")
        assert token_map.tokens(None, None) == (0, 3)
        assert token_map.tokens(0, 3) == (0, 2)

    def test_special_tokens_at_the_edge_are_outside_and_within_inside(self):
        token_map = TokenMap([b"", b"ab", b"", b"cd", b""], "abcd")
        assert token_map.tokens(0, 2) == (1, 2)
        assert token_map.tokens(1, 3) == (1, 4)

    def test_a_completion_has_tokens_only_for_what_it_wrote(self):
        token_map = TokenMap([b"  ret", b"urn 1"], "def f():\n  return 1", shift=9)
        assert token_map.tokens(0, 8) == (0, 0)
        assert token_map.tokens(4, 14) == (0, 1)
        assert token_map.tokens(11, 19) == (0, 2)

    def test_a_program_inside_prose_starts_later_than_its_text(self):
        token_map = TokenMap([b"Sure:\n", b"```\n", b"x = 1", b"\n```"], "x = 1\n", shift=-10)
        assert token_map.tokens(0, 5) == (2, 3)
        assert token_map.tokens(5, 6) == (3, 4)

    def test_sentence_piece_drops_one_leading_space(self, sentence_piece):
        program = "def f(x):\n re x"
        ids = sentence_piece.encode(program, add_special_tokens=False)
        assert sentence_piece.decode(ids) == program
        token_map = map_of(sentence_piece, ids, program)
        table = token_table(sentence_piece)
        first, stop = token_map.tokens(*line_span(program, 2, 2))
        assert b"".join(table[i] for i in ids[first:stop]) == b" re x"

    def test_ids_that_do_not_spell_the_program_are_an_error(self):
        with pytest.raises(ValueError, match="do not spell the program"):
            TokenMap([b"abc"], "abd")

    @pytest.mark.parametrize("shift", [3, 4, -3, -4])
    def test_ids_that_lie_beside_the_program_are_an_error(self, shift):
        with pytest.raises(ValueError, match="do not spell the program"):
            TokenMap([b"abc"], "abc", shift)

    def test_prose_around_an_empty_program_has_no_tokens_for_it(self):
        assert TokenMap([b"```\n", b"```"], "", shift=-4).tokens(0, 0) == (1, 1)

    def test_an_empty_sample_has_no_tokens(self):
        token_map = TokenMap([], "")
        assert len(token_map) == 0
        assert token_map.tokens(None, None) == (0, 0)

    @pytest.mark.parametrize(
        ("pieces", "program", "shift", "places"),
        [
            ([b"ab", b"", b"c", b""], "abc", 0, [0, 2, 2, 3]),
            (["é".encode()[:1], "é".encode()[1:], b"x"], "éx", 0, [0, 0, 1]),
            ([b"say: ", b"x", b"y"], "xy", -5, [0, 0, 1]),
            ([b"x"], "in x", 3, [3]),
        ],
    )
    def test_each_token_begins_at_a_character(self, pieces, program, shift, places):
        assert TokenMap(pieces, program, shift).characters() == places


class TestTokenRewards:
    # Six tokens: "a = 1\n" is 0 to 3, "b = a[9]" is 3 to 5, the end of text 5.
    PROGRAM = "a = 1\nb = a[9]"
    PIECES = (b"a =", b" 1", b"\n", b"b = ", b"a[9]", b"")

    def rewards(self, terms, **options):
        return token_rewards(terms, TokenMap(self.PIECES, self.PROGRAM), **options).tolist()

    def test_a_whole_program_term_is_on_every_token(self):
        assert self.rewards({"coarse": (RewardTerm(-0.5),)}) == [-0.5] * 6

    def test_a_line_is_weighed_by_alpha(self):
        fine = {"fine": (RewardTerm(-0.5, *line_span(self.PROGRAM, 2, 2)),)}
        # T = 6 tokens, E - S = 2 tokens: alpha = 3
        assert self.rewards(fine) == [0, 0, 0, -1.5, -1.5, 0]
        assert self.rewards(fine, alpha=False) == [0, 0, 0, -0.5, -0.5, 0]

    def test_the_three_rewards_of_the_paper_add_up(self):
        terms = {
            "coarse": (RewardTerm(-0.6, baseline=True),),
            "fine": (RewardTerm(-0.3, *line_span(self.PROGRAM, 2, 2)),),
            "adaptive": None,
        }
        rewards = self.rewards(terms, baselines={"coarse": 1.0, "fine": 1.0})
        assert rewards == pytest.approx([-1.6] * 3 + [-1.6 - 0.9] * 2 + [-1.6])

    def test_weights_scale_value_and_baseline(self):
        terms = {"coarse": (RewardTerm(1.0, baseline=True),), "other": (RewardTerm(0.25),)}
        rewards = self.rewards(terms, baselines={"coarse": -1.0}, weights={"coarse": 0.5})
        assert rewards == [1.25] * 6

    def test_a_term_on_text_that_was_not_sampled_adds_nothing(self):
        token_map = TokenMap([b"b = ", b"a[9]"], self.PROGRAM, shift=6)
        assert token_rewards({"fine": (RewardTerm(-1.0, 0, 5),)}, token_map).tolist() == [0, 0]

    def test_the_result_is_one_float_a_token(self):
        rewards = token_rewards({}, TokenMap(self.PIECES, self.PROGRAM))
        assert rewards.shape == (6,)
        assert rewards.dtype == np.float32
