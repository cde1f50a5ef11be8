"""TRL: reward functions for its trainers, and rewards for single tokens.

    trl grpo --reward_funcs rltf.adapters.trl.coarse …

    GRPOTrainer(reward_funcs=[coarse, reward_function("static[rules=F821]:0.2")], …)

    class Trainer(TokenRewards, GRPOTrainer):
        token_rewards = "fine"

The data set has a column with the tests (:mod:`rltf.adapters.problem_columns`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from rltf.adapters.completions import as_list, batch, plain_prompt
from rltf.adapters.grader import Grader, job_of
from rltf.adapters.problem_columns import problem_of
from rltf.errors import ConfigError, DataError
from rltf.reward import ScoredSample
from rltf.scoring.pipeline import Job
from rltf.scoring.scorer import parse_rewards
from rltf.spans import TokenMap, token_rewards, token_table

if TYPE_CHECKING:
    import torch

Row = Mapping[str, Any]


class RewardFunction:
    """A reward function for TRL. It can be pickled, as TRL's asynchronous trainer requires.

    Args:
        grader: What it rewards, and where.
        name: Its name in TRL's metrics; by default, the names of its rewards.
    """

    def __init__(self, grader: Grader, name: str | None = None) -> None:
        self.grader = grader
        self.__name__ = name or "_".join(parse_rewards(grader.rewards))

    def __call__(
        self,
        completions: Sequence[Any],
        prompts: Sequence[Any] | None = None,
        completion_ids: Sequence[Sequence[int]] | None = None,
        log_extra: Callable[[str, list[Any]], None] | None = None,
        log_metric: Callable[[str, float], None] | None = None,
        **columns: Any,
    ) -> list[float | None]:
        """Return the reward of each completion, ``None`` where it could not be scored.

        Also adds columns to TRL's table of completions (the status, the tests, the error) and
        metrics (the share of tests passed, of samples passed and of samples unscored).

        Raises :class:`rltf.errors.DataError` for rows without tests.
        """
        given = {"completions": completions}
        if prompts is not None:
            given["prompts"] = prompts
        answers = batch(**given)
        rows = _rows(columns, len(answers))
        jobs = [_job(row, *answer) for row, answer in zip(rows, answers, strict=True)]
        scored = self.grader.grade(jobs)
        if log_extra is not None:
            for column, texts in _columns(scored).items():
                log_extra(f"{self.__name__}/{column}", texts)
        if log_metric is not None:
            for metric, value in _metrics(scored).items():
                log_metric(f"rltf/{self.__name__}/{metric}", value)
        return [self.grader.value(each) for each in scored]


def reward_function(rewards: str, name: str | None = None, **settings: Any) -> RewardFunction:
    """Return a reward function for any rewards, such as ``"adaptive,length:0.1"``.

    Args:
        rewards: See :attr:`Grader.rewards`.
        name: Its name in TRL's metrics.
        settings: The other settings of a :class:`Grader`.
    """
    return RewardFunction(Grader(rewards, **settings), name)


_COARSE, _FINE, _ADAPTIVE = map(reward_function, ("coarse", "fine", "adaptive"))


def coarse(completions: Sequence[Any], **columns: Any) -> list[float | None]:
    """RLTF's reward for how far the program came (Eq. 3). For TRL's ``reward_funcs``."""
    return _COARSE(completions, **columns)


def fine(completions: Sequence[Any], **columns: Any) -> list[float | None]:
    """RLTF's penalty for the lines that broke the program (Eq. 4). For TRL's ``reward_funcs``."""
    return _FINE(completions, **columns)


def adaptive(completions: Sequence[Any], **columns: Any) -> list[float | None]:
    """RLTF's reward for the share of tests passed (Eq. 5). For TRL's ``reward_funcs``."""
    return _ADAPTIVE(completions, **columns)


class TokenRewards:
    """Mixin for ``GRPOTrainer``: adds rewards for single tokens to the advantages.

        A_it = A_i + sum of alpha * value over the terms of :attr:`token_rewards` that cover token t

    A_i is what TRL makes of its ``reward_funcs``. The terms are those of RLTF (Eq. 9): a penalty on
    the lines at fault is no reward to compare within a group, so it has no baseline. Samples that
    are unscored, and tokens outside the completion, keep A_i.
    """

    token_rewards: str = "fine"
    """Which rewards, in the syntax of :attr:`Grader.rewards`. They must not be among the
    ``reward_funcs`` as well, where they would count a second time."""

    _batch: tuple[Sequence[Row], Sequence[Any], Sequence[Sequence[int]]]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        twice = set(parse_rewards(self.token_rewards)) & set(getattr(self, "reward_func_names", ()))
        if twice:
            raise ConfigError(
                f"reward {min(twice)!r} is one of reward_funcs and of token_rewards, so it would "
                "count twice: leave it out of reward_funcs"
            )
        if getattr(self, "use_liger_kernel", False):
            raise ConfigError("TokenRewards needs use_liger_kernel=False: its loss takes no (B, T)")

    @cached_property
    def _token_grader(self) -> Grader:
        return Grader(self.token_rewards)

    @cached_property
    def _token_bytes(self) -> list[bytes]:
        processor = self.processing_class  # type: ignore[attr-defined]
        return token_table(getattr(processor, "tokenizer", processor))

    def _calculate_rewards(
        self,
        inputs: Sequence[Row],
        prompts: Sequence[Any],
        completions: Sequence[Any],
        completion_ids_list: Sequence[Sequence[int]],
    ) -> Any:
        self._batch = inputs, prompts, completion_ids_list
        return super()._calculate_rewards(  # type: ignore[misc]
            inputs, prompts, completions, completion_ids_list
        )

    def _generate_and_score_completions(self, inputs: Any) -> dict[str, Any]:
        output: dict[str, Any] = super()._generate_and_score_completions(  # type: ignore[misc]
            inputs
        )
        mask = output["completion_mask"]
        advantages = output["advantages"].unsqueeze(1).repeat(1, mask.size(1))
        output["advantages"] = advantages + self._of_tokens(mask) * mask
        return output

    def _of_tokens(self, mask: torch.Tensor) -> torch.Tensor:
        """Return (B, T) the rewards of the last batch's tokens; 0 where there are none."""
        rows, prompts, ids = self._batch
        table, grader = self._token_bytes, self._token_grader
        pieces = [[table[i] for i in row_ids] for row_ids in ids]
        jobs = [
            _job(row, TokenMap(piece, "").text, prompt, row_ids)
            for row, prompt, piece, row_ids in zip(rows, prompts, pieces, ids, strict=True)
        ]
        found = mask.new_zeros(mask.shape, dtype=self._float_type())
        weights = {name: spec.weight for name, spec in parse_rewards(self.token_rewards).items()}
        for index, (scored, piece) in enumerate(zip(grader.grade(jobs), pieces, strict=True)):
            tokens = TokenMap(piece, scored.sample.program, scored.sample.shift)
            values = token_rewards(scored.terms, tokens, weights=weights)
            found[index, : len(values)] = found.new_tensor(values)
        return found

    @staticmethod
    def _float_type() -> torch.dtype:
        import torch

        return torch.float32


def _rows(columns: Mapping[str, Any], count: int) -> list[Row]:
    """Return a row for each sample of the columns that TRL hands over as keyword arguments."""
    lists = {
        name: as_list(name, values)
        for name, values in columns.items()
        if (isinstance(values, Sequence) and not isinstance(values, str))
        or hasattr(values, "tolist")
    }
    for name, values in lists.items():
        if len(values) != count:
            raise DataError(f"column {name!r} has {len(values)} values for {count} completions")
    return [{name: values[index] for name, values in lists.items()} for index in range(count)]


def _job(row: Row, completion: object, prompt: object = None, token_ids: Sequence[int] = ()) -> Job:
    return job_of(problem_of(row, plain_prompt(prompt)), completion, token_ids)


def _columns(scored: Sequence[ScoredSample]) -> dict[str, list[str]]:
    """Return columns for TRL's table of completions."""
    verdicts = [each.verdict for each in scored]
    return {
        "status": [verdict.status for verdict in verdicts],
        "tests": [" ".join(test.status for test in verdict.tests) for verdict in verdicts],
        "error": [
            f"line {error.line}: {error.type}: {error.message}" if error else verdict.reason
            for verdict in verdicts
            for error in [verdict.error]
        ],
    }


def _metrics(scored: Sequence[ScoredSample]) -> dict[str, float]:
    """Return the means over a batch; nothing where no sample has a value."""
    ratios = [ratio for each in scored if (ratio := each.verdict.pass_ratio) is not None]
    metrics = {}
    if scored:
        metrics["unscored"] = 1 - len(ratios) / len(scored)
    if ratios:
        metrics["pass_ratio"] = sum(ratios) / len(ratios)
        metrics["passed"] = sum(each.verdict.passed for each in scored) / len(ratios)
    return metrics
