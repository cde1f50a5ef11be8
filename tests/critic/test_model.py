"""What a critic says of the tokens of a program, against the base model's own states."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from rltf.critic import load_critic
from rltf.critic.model import Critic, Reading, pooled
from rltf.diagnosis import Diagnosis
from rltf.manager import PluginError
from rltf.problem import Problem
from rltf.reward import Judged
from rltf.sample import Sample
from rltf.verdict import TestOutcome, Verdict

PROBLEM = Problem("t", "Write f(x): add 1.")
PROGRAM = "def f(x):\n    return x + 1\n"


def read(critic: Critic, program: str, ids: tuple[int, ...] = ()) -> Reading:
    (reading,) = critic.read([(PROBLEM, Sample("t", program, token_ids=ids))])
    return reading


def letters(critic: Critic, text: str) -> tuple[int, ...]:
    """An id for every byte: not how the tokenizer would have it."""
    table = critic.base.token_table
    return tuple(table.index(bytes([byte])) for byte in text.encode())


def judged(program: str, ids: tuple[int, ...] = ()) -> Judged:
    verdict = Verdict.of([TestOutcome("wrong_answer")])
    return Judged(PROBLEM, Sample("t", program, token_ids=ids), verdict, Diagnosis("failure"))


def base_states(critic: Critic, prompt: tuple[int, ...], ids: tuple[int, ...]) -> torch.Tensor:
    """(T, D) the last hidden states of a program's tokens, as transformers gives them."""
    model = critic.base.model
    if model.config.is_encoder_decoder:
        start = model.config.decoder_start_token_id
        output = model(
            input_ids=torch.tensor([prompt]),
            decoder_input_ids=torch.tensor([[start, *ids]]),
            output_hidden_states=True,
        )
        return output.decoder_hidden_states[-1][0, 1:]
    output = model(input_ids=torch.tensor([[*prompt, *ids]]), output_hidden_states=True)
    return output.hidden_states[-1][0, len(prompt) :]


def test_q_is_the_softmax_of_the_head_over_the_tokens_own_states(critic: Critic) -> None:
    # A head of set weights: the scores are 3, 1, 2 and 1 times the first four of a state, cut at 0.
    with torch.no_grad():
        for layer in (critic.head[0], critic.head[2]):
            layer.weight.zero_()
            layer.bias.zero_()
        critic.head[0].weight[:4, :4] = torch.eye(4)
        critic.head[2].weight[:, :4] = torch.diag(torch.tensor([3.0, 1.0, 2.0, 1.0]))
    prompt, ids, starts = critic.encode(PROBLEM, Sample("t", PROGRAM))
    with torch.no_grad():
        states = base_states(critic, prompt, ids).numpy()
    scores = np.maximum(states[:, :4], 0) * [3, 1, 2, 1]
    q = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
    reading = read(critic, PROGRAM)
    np.testing.assert_allclose(reading.tokens, q, atol=1e-4)
    whole = np.exp(scores.max(0)) / np.exp(scores.max(0)).sum()
    np.testing.assert_allclose(reading.whole, whole, atol=1e-4)
    failed = dict(critic.token_weights(judged(PROGRAM)))
    assert failed == pytest.approx(dict(zip(starts, q[:, 2], strict=True)), abs=1e-4)


def test_neither_prompt_nor_padding_is_pooled() -> None:
    scores = torch.tensor([[[1.0, -5.0], [0.0, -2.0], [9.0, 9.0]]])
    assert pooled(scores, torch.tensor([[True, True, False]])).tolist() == [[1.0, -2.0]]


def test_a_program_is_read_the_same_beside_others(critic: Critic) -> None:
    longer = Problem("other", "Write a program that prints what it reads, and nothing more.")
    texts = [(PROBLEM, "x\n"), (longer, PROGRAM * 2), (PROBLEM, PROGRAM)]
    programs = [(problem, Sample(problem.task_id, text)) for problem, text in texts]
    for program, together in zip(programs, critic.read(programs), strict=True):
        (alone,) = critic.read([program])
        assert together.starts == alone.starts
        np.testing.assert_allclose(together.tokens, alone.tokens, atol=1e-5)
        np.testing.assert_allclose(together.whole, alone.whole, atol=1e-5)


def test_a_token_is_seen_by_its_own_state_and_by_none_before(critic: Critic) -> None:
    first, second = (read(critic, text, letters(critic, text)) for text in ("abc", "abd"))
    np.testing.assert_allclose(first.tokens[:-1], second.tokens[:-1], atol=1e-6)
    assert np.abs(first.tokens[-1] - second.tokens[-1]).max() > 1e-5


def test_a_samples_own_ids_are_read_as_they_are(critic: Critic) -> None:
    ids = (*letters(critic, "return"), critic.base.end_id)
    assert read(critic, "return", ids).starts == (0, 1, 2, 3, 4, 5, 6)
    assert read(critic, "return").starts == (0, 3, 6)


def test_ids_of_another_vocabulary_are_not(critic: Critic) -> None:
    strangers = (len(critic.base.token_table) + 7, 1)
    assert read(critic, "return", strangers).starts == (0, 3, 6)
    assert read(critic, "return", (1, 2)).starts == (0, 3, 6)


def test_characters_are_counted_not_bytes(critic: Critic) -> None:
    # Two bytes and so two tokens each, in a vocabulary of English and Python.
    reading = read(critic, "éé x")
    assert reading.starts[:4] == (0, 0, 1, 1)
    assert [start for start, _ in reading.weights(0)][:2] == [0, 1]
    assert reading.weights(0)[0][1] == pytest.approx(float(reading.tokens[1, 0]))


def test_a_program_that_is_too_long_loses_its_end(critic: Critic) -> None:
    critic.max_program_tokens = 5
    reading = read(critic, PROGRAM * 3)
    assert len(reading.tokens) == len(reading.starts) == 5


def test_prompt_and_program_fit_into_the_context(critic: Critic) -> None:
    if critic.base.context_length is None:
        assert (critic.max_prompt_tokens, critic.max_program_tokens) == (600, 512)
    else:
        assert (critic.max_prompt_tokens, critic.max_program_tokens) == (48, 48)


def test_an_unscored_sample_has_no_weights(critic: Critic) -> None:
    nothing = Judged(PROBLEM, Sample("t", PROGRAM), Verdict.unscored("no memory"), None)
    assert critic.token_weights(nothing) == ()


def test_it_comes_back_as_it_was_saved(critic: Critic, tmp_path: Path) -> None:
    critic.save(tmp_path, {"seed": 0})
    torch.manual_seed(3)
    before = torch.random.get_rng_state()
    loaded = load_critic(tmp_path)
    assert torch.equal(before, torch.random.get_rng_state())
    assert loaded is load_critic(str(tmp_path))
    assert loaded.max_program_tokens == critic.max_program_tokens
    np.testing.assert_allclose(
        read(loaded, PROGRAM).tokens, read(critic, PROGRAM).tokens, atol=1e-6
    )


@pytest.mark.parametrize("damaged", ["critic.json", "head.safetensors", "model.safetensors"])
def test_a_damaged_critic_is_named_in_one_line(
    critic: Critic, tmp_path: Path, damaged: str
) -> None:
    critic.save(tmp_path, {})
    (tmp_path / damaged).write_text("{")
    with pytest.raises(PluginError, match=str(tmp_path)) as caught:
        load_critic(tmp_path)
    assert "\n" not in str(caught.value)


def test_a_folder_without_a_critic_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(PluginError, match=r"holds no critic.*rltf critic train"):
        load_critic(tmp_path)


def test_a_program_of_other_letters_is_read_to_its_end(critic: Critic) -> None:
    program = "x = '漢字漢字漢字漢字漢字漢字'\n"
    _, ids, places = critic.encode(Problem("t", "…"), Sample("t", program))
    spelled = b"".join(critic.base.token_table[i] for i in ids).decode()
    assert spelled.lstrip() == program
    assert len(places) == len(ids)
