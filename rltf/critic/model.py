"""The critic's model: the hidden states of a language model, and a small head on top of them.

    prompt, program ─► model ─► (T, D) states ─► Linear(D, 128), ReLU, Linear(128, 4) ─► (T, 4)

The score of a class for the whole program is the maximum over its tokens, as in CodeRL's code (the
paper pools states). Prompt and padding are never pooled. The state of a token depends on that token
and those before it: p(outcome | w_1..t, D), as in CodeRL's critic sampling.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from rltf import manager
from rltf.common.file_writes import name_in_errors, write_json
from rltf.common.schema import SCHEMA
from rltf.critic import SETTINGS
from rltf.critic.outcome import OUTCOMES
from rltf.errors import PluginError
from rltf.models.padding import by_length, pad, position_arguments
from rltf.models.policy import Policy, best_device
from rltf.problem import Problem
from rltf.reward import Judged
from rltf.sample import Sample
from rltf.spans import TokenMap

HEAD = "head.safetensors"
HEAD_WIDTH = 128

MAX_PROMPT_TOKENS, MAX_PROGRAM_TOKENS = 600, 512
"""CodeRL's lengths, for a base without defaults of its own."""
READING_BATCH_SIZE = 32
"""How many programs go through the model at a time."""
MAX_READINGS = 64
"""How many readings are kept: several rewards read the same sample, one after the other."""

Ids = tuple[int, ...]
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Reading:
    """A critic's predictions for one program."""

    starts: tuple[int, ...]
    """(T,) the character of the program at which each token begins."""
    tokens: Floats
    """(T, 4) the probability of each outcome, as seen from each token."""
    whole: Floats
    """(4,) the probability of each outcome, for the whole program."""

    def weights(self, outcome: int) -> tuple[tuple[int, float], ...]:
        """Return q_t, the probability of an outcome at each token, as ``RewardTerm.weights``."""
        return tuple(dict(zip(self.starts, self.tokens[:, outcome].tolist(), strict=True)).items())


class Critic:
    """A base model with its tokenizer and prompt format, and the head.

    Args:
        base: A loaded policy; the critic uses and trains its model.
        max_prompt_tokens: Longer prompts lose the end of the question.
        max_program_tokens: Longer programs lose their end.
    """

    def __init__(self, base: Policy, max_prompt_tokens: int, max_program_tokens: int) -> None:
        self.base = base
        self.max_prompt_tokens = max_prompt_tokens
        self.max_program_tokens = max_program_tokens
        self.head = nn.Sequential(
            nn.Linear(base.model.config.hidden_size, HEAD_WIDTH),
            nn.ReLU(),
            nn.Linear(HEAD_WIDTH, len(OUTCOMES)),
        ).to(base.model.device)
        self._readings: dict[tuple[str, str, str, Ids], Reading] = {}
        self._reading = Lock()

    @classmethod
    def on(cls, base: Policy) -> Critic:
        """Return an untrained critic on a loaded policy, with lengths that fit its context."""
        prompt = base.training_defaults.get("max_prompt_tokens", MAX_PROMPT_TOKENS)
        program = base.training_defaults.get("max_new_tokens", MAX_PROGRAM_TOKENS)
        context = base.context_length
        if context is not None and prompt + program > context:
            program = min(program, context // 2)
            prompt = context - program
        return cls(base, prompt, program)

    @classmethod
    def load(cls, folder: Path) -> Critic:
        """Load what :meth:`save` wrote; raise :class:`rltf.manager.PluginError` if it is damaged."""
        base: Policy = manager.get("policy", f"hf:{folder}")
        try:
            settings = json.loads((folder / SETTINGS).read_text("utf-8"))
            lengths = settings["max_prompt_tokens"], settings["max_program_tokens"]
            weights = load_file(folder / HEAD)
            # A run may load a critic at any time; its random numbers must not depend on that.
            with torch.random.fork_rng():
                critic = cls(base.load(best_device()), *lengths)
            critic.head.load_state_dict(weights)
        except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
            reason = str(error).strip().split("\n")[0]
            raise PluginError(f"cannot load the critic in {folder}: {reason}") from None
        return critic

    def save(self, folder: Path, training: Mapping[str, Any]) -> None:
        """Write model and tokenizer in the hub's format, then the head, and the settings last."""
        with name_in_errors(folder):
            self.base.save(folder)
            save_file(self.head.state_dict(), folder / HEAD)
        settings = {
            "schema": SCHEMA,
            "base": self.base.name,
            "outcomes": OUTCOMES,
            "max_prompt_tokens": self.max_prompt_tokens,
            "max_program_tokens": self.max_program_tokens,
        }
        write_json(folder / SETTINGS, settings | {"training": training})

    def parameters(self) -> Iterator[nn.Parameter]:
        """Yield the parameters that training changes: those of the model and of the head."""
        yield from self.base.model.parameters()
        yield from self.head.parameters()

    def encode(self, problem: Problem, sample: Sample) -> tuple[Ids, Ids, tuple[int, ...]]:
        """Return the ids of prompt and program, and the character at which each program id begins.

        A sample's own ids are used if they spell its program in the critic's vocabulary; otherwise
        the program is tokenized. Raises ``ValueError`` if the tokenizer loses text.
        """
        prompt = self.base.encode_prompt(problem, self.max_prompt_tokens)
        # A surrogate cannot be encoded; one character replaces it, so that no position moves.
        program = sample.program.encode("utf-8", "replace").decode()
        ids = sample.token_ids
        if not self._spells(ids, sample.program):
            ids = self.base.encode_target(program)
        table = self.base.token_table
        starts = TokenMap([table[i] for i in ids], program).characters()
        length = self.max_program_tokens
        return prompt, ids[:length], tuple(starts[:length])

    def scores(self, prompts: Sequence[Ids], programs: Sequence[Ids]) -> tuple[Tensor, Tensor]:
        """Return the scores (B, T, 4) of B programs' tokens in float32, and the mask (B, T)."""
        ids, mask = pad(programs, side="right", device=self.base.model.device)
        states = (
            _encoder_decoder_states
            if self.base.model.config.is_encoder_decoder
            else _decoder_only_states
        )
        with self.base.autocast():
            hidden = states(self.base.model, prompts, ids, mask)  # (B, T, D)
        scores: Tensor = self.head(hidden.float())
        return scores, mask.bool()

    @torch.no_grad()
    def read(self, programs: Sequence[tuple[Problem, Sample]]) -> list[Reading]:
        """Return the readings of programs, in their order."""
        self.base.model.eval()
        encoded = [self.encode(*program) for program in programs]
        readings: dict[int, Reading] = {}
        for chosen in by_length([(prompt, ids) for prompt, ids, _ in encoded], READING_BATCH_SIZE):
            scores, mask = self.scores(
                [encoded[i][0] for i in chosen], [encoded[i][1] for i in chosen]
            )
            tokens = torch.softmax(scores, -1).cpu().numpy()
            whole = torch.softmax(pooled(scores, mask), -1).cpu().numpy()
            for row, index in enumerate(chosen):
                starts = encoded[index][2]
                readings[index] = Reading(starts, tokens[row, : len(starts)], whole[row])
        return [readings[index] for index in range(len(encoded))]

    def token_weights(self, judged: Judged) -> tuple[tuple[int, float], ...]:
        """Return q_t of a sample at its true outcome (CodeRL, Eq. 14), as ``RewardTerm.weights``.

        Empty for an unscored sample. Safe to call from several threads.
        """
        if judged.diagnosis is None:
            return ()
        problem, sample = judged.problem, judged.sample
        key = problem.task_id, problem.prompt, sample.program, sample.token_ids
        with self._reading:
            if key not in self._readings:
                (self._readings[key],) = self.read([(problem, sample)])
                if len(self._readings) > MAX_READINGS:
                    del self._readings[next(iter(self._readings))]
            reading = self._readings[key]
        return reading.weights(OUTCOMES.index(judged.diagnosis.category))

    def _spells(self, ids: Ids, program: str) -> bool:
        """Return whether ids are of this vocabulary and spell a whole program."""
        table = self.base.token_table
        if not ids or max(ids) >= len(table):
            return False
        # SentencePiece writes a space before the first word.
        return self.base.text(ids) in (program, f" {program}")


def pooled(scores: Tensor, mask: Tensor) -> Tensor:
    """Pool the scores of tokens (B, T, 4) under the mask (B, T) to those of programs (B, 4)."""
    return scores.masked_fill(~mask.unsqueeze(-1), -torch.inf).amax(1)


def _decoder_only_states(model: Any, prompts: Sequence[Ids], ids: Tensor, mask: Tensor) -> Tensor:
    # Prompts end and programs begin in one column.
    prompt_ids, prompt_mask = pad(prompts, side="left", device=ids.device)
    seen = torch.cat([prompt_mask, mask], dim=1)  # (B, P + T)
    inner = model.base_model
    states: Tensor = inner(
        input_ids=torch.cat([prompt_ids, ids], dim=1),
        attention_mask=seen,
        use_cache=False,
        **position_arguments(inner, seen, last=seen.shape[1]),
    ).last_hidden_state
    return states[:, prompt_ids.shape[1] :]


def _encoder_decoder_states(
    model: Any, prompts: Sequence[Ids], ids: Tensor, mask: Tensor
) -> Tensor:
    prompt_ids, prompt_mask = pad(prompts, side="right", device=ids.device)
    memory = model.get_encoder()(
        input_ids=prompt_ids, attention_mask=prompt_mask
    ).last_hidden_state  # (B, P, D)
    start = ids.new_full((len(ids), 1), model.config.decoder_start_token_id)
    states: Tensor = model.get_decoder()(
        # Padding stands behind a causal mask, where no token of the row can see it.
        input_ids=torch.cat([start, ids], dim=1),
        encoder_hidden_states=memory,
        encoder_attention_mask=prompt_mask,
        use_cache=False,
    ).last_hidden_state
    return states[:, 1:]
