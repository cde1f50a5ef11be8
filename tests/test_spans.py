"""Spans: every stretch of a program finds the ids that wrote it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rltf import Problem, RewardTerm, TestCase
from rltf.spans import TokenMap, column_span, line_span, token_rewards


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


class TestColumnSpan:
    @pytest.mark.parametrize(
        ("program", "place", "code"),
        [
            ("a = [1]\nb = a[9]", (2, 5, 9), "a[9]"),
            ("a = [1]\nb = a[9]", (1, 1, 8), "a = [1]"),
            ("\té = x", (1, 2, 3), "é"),
            ("x = '🙂' + y", (1, 11, 12), "y"),
            ("a\r\nbc\rd", (2, 1, 3), "bc"),
            ("if x\n  y", (1, 5, 5), "\n"),
            ("if x\r\n  y", (1, 5, 6), "\r\n"),
            ("if x\r\n  y", (1, 4, 6), "x\r\n"),
            ("x = 'abc", (1, 5, 5), "'"),
            ("x = (abc", (1, 5, None), "("),
        ],
    )
    def test_is_the_code_in_the_columns(self, program, place, code):
        start, end = column_span(program, *place)
        assert program[start:end] == code

    @pytest.mark.parametrize(
        ("place", "message"),
        [
            ((0, 1, 2), "line 0 of a program of 2 lines"),
            ((3, 1, 2), "line 3 of a program of 2 lines"),
            ((1, 0, 1), "columns 0 to 1 of line 1, which has 3"),
            ((1, 2, 1), "columns 2 to 1 of line 1, which has 3"),
            ((1, 1, 5), "columns 1 to 5 of line 1, which has 3"),
            ((2, 3, 3), "columns 3 to 4 of line 2, which has 2"),
        ],
    )
    def test_columns_that_do_not_exist_are_an_error(self, place, message):
        with pytest.raises(ValueError, match=message):
            column_span("ab\ncd", *place)

    @pytest.mark.parametrize(
        ("program", "code"),
        [
            ("é = [1]\ny = é[0] + é[3]\n", "é[3]"),
            ("s = '日本'; n = int(s)", "int(s)"),
            ("x = (1 if True else\n", "("),
        ],
    )
    def test_finds_what_the_sandbox_says_was_at_fault(self, sandbox, program, code):
        problem = Problem("p", "", [TestCase.stdin("", "")])
        error = sandbox.judge(problem, program).error
        start, end = column_span(program, error.line, error.column, error.end_column)
        assert program[start:end] == code


class TestTokenMap:
    @settings(derandomize=True, max_examples=200, deadline=None)
    @given(pieces=st.lists(st.binary(max_size=4), max_size=30))
    def test_any_bytes_map_as_replacement_decoding_spells_them(self, pieces):
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


class TestMeans:
    def test_a_token_has_the_mean_over_its_bytes(self):
        token_map = TokenMap([b"ab", b"cd", b"e"], "abcde")
        # 1 on "abc", 3 on "d", 0 on "e"
        assert token_map.means([(0, 1.0), (3, 3.0), (4, 0.0)]).tolist() == [1, 2, 0]

    def test_a_character_counts_by_its_bytes(self):
        token_map = TokenMap(["aß".encode(), b"\xf0\x9f", b"\x99\x82c"], "aß🙂c")
        # "a" 1, "ß" 4 (two bytes), "🙂" 2 (four bytes over two tokens), "c" 5
        means = token_map.means([(0, 1.0), (1, 4.0), (2, 2.0), (3, 5.0)])
        assert means.tolist() == [3, 2, 3]

    def test_before_the_first_step_is_its_value_and_after_the_last_the_last(self):
        token_map = TokenMap([b"a", b"b", b"c"], "abc")
        assert token_map.means([(1, 2.0), (2, 7.0)]).tolist() == [2, 2, 7]

    def test_a_token_without_bytes_has_the_value_where_it_stands(self):
        token_map = TokenMap([b"", b"a", b"", b"b", b""], "ab")
        assert token_map.means([(0, 1.0), (1, 2.0)]).tolist() == [1, 1, 2, 2, 2]

    def test_steps_beside_what_was_sampled_count_only_where_they_reach_into_it(self):
        program = "def f():\n  return 1\n# end"
        token_map = TokenMap([b"  ret", b"urn 1", b""], program, shift=9)
        steps = [(0, 9.0), (3, 1.0), (14, 2.0), (19, 3.0), (20, 8.0)]
        assert token_map.means(steps).tolist() == [1, 2, 3]
        assert token_map.means([(20, 8.0), (22, 9.0)]).tolist() == [8, 8, 8]

    def test_no_tokens_have_no_means(self):
        assert TokenMap([], "").means([(0, 1.0)]).shape == (0,)

    @settings(derandomize=True, max_examples=200, deadline=None)
    @given(
        pieces=st.lists(st.binary(max_size=4) | st.sampled_from(["é", "🙂"]), max_size=12),
        prompt=st.text(max_size=4),
        values=st.dictionaries(st.integers(0, 40), st.integers(-9, 9), min_size=1, max_size=12),
    )
    def test_are_those_of_every_byte_looked_up(self, pieces, prompt, values):
        pieces = [piece.encode() if isinstance(piece, str) else piece for piece in pieces]
        data = b"".join(pieces)
        text = data.decode("utf-8", "replace")
        steps = sorted(values.items())

        def value(byte):
            character = len(data[: byte + 1].decode("utf-8", "replace")) - (byte < len(data))
            before = [number for place, number in steps if place <= character + len(prompt)]
            return before[-1] if before else steps[0][1]

        at, expected = 0, []
        for piece in pieces:
            own = [value(byte) for byte in range(at, at + max(len(piece), 1))]
            expected.append(sum(own) / len(own))
            at += len(piece)
        means = TokenMap(pieces, prompt + text, len(prompt)).means(steps)
        assert means.tolist() == pytest.approx(expected)


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

    def test_weights_of_a_term_scale_each_tokens_share(self):
        # "a = 1\n" 2 everywhere; "b = " 0.5, "a[" 1, "9]" 3
        steps = ((0, 2.0), (6, 0.5), (10, 1.0), (12, 3.0))
        whole = {"critic": (RewardTerm(-1.0, weights=steps),)}
        assert self.rewards(whole) == [-2, -2, -2, -0.5, -2, -3]
        line = {"critic": (RewardTerm(-1.0, 6, 14, weights=steps),)}
        assert self.rewards(line) == [0, 0, 0, -1.5, -6, 0]
        own = {"critic": (RewardTerm(-1.0, 6, 14, alpha=False, weights=steps),)}
        assert self.rewards(own) == [0, 0, 0, -0.5, -2, 0]

    def test_a_term_on_text_that_was_not_sampled_adds_nothing(self):
        token_map = TokenMap([b"b = ", b"a[9]"], self.PROGRAM, shift=6)
        assert token_rewards({"fine": (RewardTerm(-1.0, 0, 5),)}, token_map).tolist() == [0, 0]

    def test_the_result_is_one_float_a_token(self):
        rewards = token_rewards({}, TokenMap(self.PIECES, self.PROGRAM))
        assert rewards.shape == (6,)
        assert rewards.dtype == np.float32
