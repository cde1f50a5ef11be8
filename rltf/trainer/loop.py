"""The online loop (RLTF, section 3.2): write, judge, score, learn, with one set of weights.

    warm-up ─► evaluate ─► [ round: write ─► judge ─► score ─► buffer ] ─► steps ─► … ─► evaluate

Every random draw has a name (see ``seeds``), so that a checkpoint holds no generator state and a
continued run repeats what the uninterrupted one would have done.
"""

from __future__ import annotations

import functools
import math
from dataclasses import asdict
from typing import Any

from rltf import manager
from rltf.common.progress import Progress
from rltf.common.schema import SCHEMA
from rltf.common.seeds import derive_seed
from rltf.common.stop_signals import StopSignals
from rltf.common.stopwatch import Stopwatch
from rltf.models.adapter import load_trained_state, trained_state
from rltf.models.policy import Policy
from rltf.scoring.scorer import Scorer
from rltf.trainer.buffer import Buffer
from rltf.trainer.checkpoint import load_checkpoint, save_checkpoint
from rltf.trainer.config import Config
from rltf.trainer.evaluation import Evaluation, evaluate
from rltf.trainer.metrics import step_timings
from rltf.trainer.objective import load_objective
from rltf.trainer.preflight import executor_options
from rltf.trainer.problem_split import Problems
from rltf.trainer.reference_policy import load_reference, save_reference
from rltf.trainer.rollout import Rollouts
from rltf.trainer.round_report import RoundWarnings, describe
from rltf.trainer.run_folder import RunFolder
from rltf.trainer.sampling_round import Rounds
from rltf.trainer.supervised_steps import Supervision
from rltf.trainer.update import Updater, training_scale, warmup_scale


def train(
    config: Config,
    policy: Policy,
    problems: Problems,
    folder: RunFolder,
    progress: Progress,
    stopwatch: Stopwatch,
) -> dict[str, Any]:
    """Run to the end, from the folder's checkpoint if it has one, and return the summary."""
    with (
        manager.get("executor", config.executor, **executor_options(config)) as executor,
        Rollouts(
            policy,
            executor,
            scorer=Scorer(config.reward, classifier=config.classifier, shared=config.shared),
            max_prompt_tokens=config.max_prompt_tokens,
            batch_size=config.generation_batch_size,
            stopwatch=stopwatch,
        ) as rollouts,
    ):
        summary = Run(config, policy, problems, rollouts, folder, progress, stopwatch).run()
    folder.finish(policy.save, summary)
    return summary


class Run:
    """The state of a run between two steps, and how to take the next."""

    def __init__(
        self,
        config: Config,
        policy: Policy,
        problems: Problems,
        rollouts: Rollouts,
        folder: RunFolder,
        progress: Progress,
        stopwatch: Stopwatch,
    ) -> None:
        self._config = config
        self._policy = policy
        self._held_out = problems.held_out
        self._rollouts = rollouts
        self._folder = folder
        self._progress = progress
        self._stopwatch = stopwatch
        self._objective = load_objective(config)
        self._supervision = Supervision(
            problems.train,
            rollouts.prompt,
            functools.cache(lambda text: policy.encode_target(text, config.max_new_tokens)),
            noise=config.prompt_noise,
            noise_ids=[token for token, text in enumerate(policy.token_table) if text],
            seed=config.seed,
        )
        self._rounds = Rounds(config, problems.train, rollouts, self._objective, policy, stopwatch)
        self._warnings = RoundWarnings()
        self._buffer = Buffer(config.buffer_size, config.seed)
        self._updater = self._make_updater(config.learning_rate)
        self._step = 0
        self._pass_rate: float | None = None

    def run(self) -> dict[str, Any]:
        """Take the steps that are left after the folder's checkpoint, and return the summary."""
        before = self._continue() or self._begin()
        self._take_steps(before)
        return self._summary(before, self._evaluate())

    def _take_steps(self, before: Evaluation) -> None:
        config = self._config
        self._progress.phase("steps", config.steps, name="train", done=self._step)
        with StopSignals(self._announce_stop) as signals:
            while self._step < config.steps:
                self._take_step()
                is_due = self._step % config.checkpoint_every == 0 or self._step == config.steps
                if is_due or signals.received:
                    self._save_checkpoint(before)
                signals.raise_received()
        self._progress.close()

    def _announce_stop(self) -> None:
        self._progress.note("stopping after this step, with a checkpoint; once more to stop now")

    def _begin(self) -> Evaluation:
        """Warm the policy up, and evaluate it."""
        self._warm_up()
        if self._rollouts.scorer.reference_kl:
            self._rounds.reference = save_reference(self._folder, self._policy)
        before = self._evaluate()
        self._save_checkpoint(before)
        return before

    def _continue(self) -> Evaluation | None:
        """Restore the state of the folder's checkpoint, if it has one."""
        state = load_checkpoint(self._folder)
        if state is None:
            return None
        load_trained_state(self._policy.model, state["model"])
        self._updater.optimizer.load_state_dict(state["optimizer"])
        self._buffer.load_state_dict(state["buffer"])
        self._rounds.load_state_dict(state["rounds"])
        if self._rollouts.scorer.reference_kl:
            self._rounds.reference = load_reference(self._folder, self._policy)
        self._rollouts.scorer.failures.counts.update(state["plugin_failures"])
        self._stopwatch.continue_from(state["seconds"])
        self._step = state["step"]
        self._progress.note(f"continuing after {self._step} steps")
        return Evaluation(**state["before"])

    def _save_checkpoint(self, before: Evaluation) -> None:
        save_checkpoint(
            self._folder,
            self._step,
            {
                "model": trained_state(self._policy.model),
                "optimizer": self._updater.optimizer.state_dict(),
                "buffer": self._buffer.state_dict(),
                "rounds": self._rounds.state_dict(),
                "plugin_failures": self._rollouts.scorer.failures.counts,
                "seconds": self._stopwatch.seconds(),
                "before": asdict(before),
            },
        )

    def _make_updater(self, learning_rate: float) -> Updater:
        return Updater(
            self._policy,
            self._objective,
            learning_rate=learning_rate,
            weight_decay=self._config.weight_decay,
            clip_norm=self._config.clip_norm,
            micro_batch_size=self._config.micro_batch_size,
            optimizer=self._config.optimizer,
        )

    def _warm_up(self) -> None:
        config = self._config
        updater = self._make_updater(config.warmup_learning_rate)
        self._progress.phase("steps", config.warmup_steps, name="warm-up")
        for step in range(config.warmup_steps):
            with self._stopwatch.measure("warmup"):
                rows = self._supervision.batch("warm-up", step, config.warmup_batch_size)
                scale = warmup_scale(step, config.warmup_steps)
                losses = updater.step([], rows, scale, derive_seed(config.seed, "warm-up", step))
            self._progress.step(loss=losses["supervised_loss"])
        self._progress.close()

    def _evaluate(self) -> Evaluation:
        limit = self._config.max_new_tokens
        with self._stopwatch.apart():
            result = evaluate(self._rollouts, self._held_out, limit, self._step)
        if result.pass_at_1 is not None:
            self._progress.note(f"held-out pass@1 at step {self._step}: {result.pass_at_1:.1%}")
        return result

    def _take_step(self) -> None:
        config = self._config
        before = self._stopwatch.seconds()
        samples_before = self._rounds.samples
        line: dict[str, Any] = {"schema": SCHEMA, "step": self._step + 1}
        if config.refresh_every:
            due, draw = self._step % config.refresh_every == 0, self._buffer.draw
        else:
            due, draw = self._buffer.used_up, self._buffer.draw_of_pass
        if due:
            line["round"] = self._refresh()
        experiences = draw(config.batch_size)
        rows = self._supervision.batch("train", self._step, config.supervised_batch_size)
        with self._stopwatch.measure("update"):
            scale = training_scale(self._step, config.steps, config.final_learning_rate_share)
            seed = derive_seed(config.seed, "step", self._step)
            losses = self._updater.step(experiences, rows, scale, seed)
        staleness = [self._step - experience.policy_step for experience in experiences]
        line |= losses
        line |= {
            "buffer": len(self._buffer),
            "staleness": sum(staleness) / len(staleness) if staleness else None,
            "samples": self._rounds.samples,
            "unscored": self._rounds.unscored,
            "guarded_left_out": self._rounds.guarded_left_out,
            "plugin_failures": dict(self._rollouts.scorer.failures.counts),
        }
        line |= step_timings(
            before, self._stopwatch.seconds(), self._rounds.samples - samples_before
        )
        self._folder.metrics.append([line])
        manager.notify("rltf_step_end", metrics=line)
        self._step += 1
        self._progress.step(passing=self._pass_rate, loss=losses["policy_loss"])

    def _refresh(self) -> dict[str, Any]:
        """Draw a round of fresh samples; before the first step, as many as fill the buffer.

        A buffer that is refreshed as soon as it has been used begins with one round.
        """
        config = self._config
        in_a_round = config.problems_per_round * config.samples_per_problem
        fill = self._step == 0 and config.refresh_every > 0
        rounds = math.ceil(config.buffer_size / in_a_round) if fill else 1
        for number in range(rounds):
            played = self._rounds.play(self._step)
            if fill:
                self._progress.note(f"round {number + 1} of {rounds}: {describe(played)}")
            for warning in self._warnings.of(played):
                self._progress.note(f"warning: {warning}")
            self._buffer.add(played.experiences, written=len(played.samples))
            self._folder.samples.append(played.lines())
        self._pass_rate = played.metrics()["pass_rate"]
        return played.metrics()

    def _summary(self, before: Evaluation, after: Evaluation) -> dict[str, Any]:
        seconds = self._stopwatch.seconds()
        producing = seconds["generation"] + seconds["reward_exposed"] + seconds["update"]
        return {
            "schema": SCHEMA,
            "pass_at_1": {"before": before.pass_at_1, "after": after.pass_at_1},
            "errors": {"before": before.errors, "after": after.errors},
            "samples": self._rounds.samples,
            "samples_per_s": round(self._rounds.samples / producing, 2) if producing else 0.0,
            "unscored": self._rounds.unscored,
            "guarded_left_out": self._rounds.guarded_left_out,
            "plugin_failures": dict(self._rollouts.scorer.failures.counts),
            "layers": self._rollouts.layers,
            "seconds": {name: round(value, 3) for name, value in seconds.items()},
        }
