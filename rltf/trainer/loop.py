"""The online loop (RLTF, section 3.2): write, judge, score, learn, with one set of weights.

    warm-up ─► evaluate ─► [ round: write ─► judge ─► score ─► buffer ] ─► steps ─► … ─► evaluate

Every random draw has a name (see ``seeds``), so that a checkpoint holds no generator state and a
continued run repeats what the uninterrupted one would have done.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import Any

from rltf import manager
from rltf.common.progress import Progress
from rltf.common.schema import SCHEMA
from rltf.common.seeds import derive_seed
from rltf.common.stop_signals import StopSignals
from rltf.common.stopwatch import Stopwatch
from rltf.models.adapter import load_trained_state, trained_state
from rltf.models.free_memory import keep_free_memory
from rltf.models.policy import Policy
from rltf.scoring.scorer import Scorer
from rltf.trainer.actor import Actor, trained_weights
from rltf.trainer.checkpoint import load_checkpoint, save_checkpoint
from rltf.trainer.config import Config
from rltf.trainer.evaluation import Evaluation, evaluate
from rltf.trainer.lessons import Lessons
from rltf.trainer.metrics import step_timings
from rltf.trainer.objective import load_objective
from rltf.trainer.offline import find_samples, offline_round
from rltf.trainer.optimizer import training_scale, warmup_scale
from rltf.trainer.preflight import executor_options
from rltf.trainer.problem_split import Problems
from rltf.trainer.ranks import Ranks
from rltf.trainer.reference_policy import load_reference, save_reference
from rltf.trainer.rollout import Rollouts
from rltf.trainer.round_report import describe
from rltf.trainer.rounds import Rounds, Supply
from rltf.trainer.run_folder import RunFolder, steps_taken
from rltf.trainer.supervised_steps import Supervision, Targets
from rltf.trainer.trackers import tracking
from rltf.trainer.update import Updater


def train(
    config: Config,
    policy: Policy,
    problems: Problems,
    folder: RunFolder,
    progress: Progress,
    stopwatch: Stopwatch,
    ranks: Ranks | None = None,
) -> dict[str, Any]:
    """Run to the end, from the folder's checkpoint if it has one, and return the summary."""
    ranks = ranks or Ranks()
    keep_free_memory()
    options = executor_options(config, ranks.size_here)
    with (
        manager.get("executor", config.executor, **options) as executor,
        Rollouts(
            policy,
            executor,
            scorer=Scorer(config.reward, classifier=config.classifier, shared=config.shared),
            max_prompt_tokens=config.max_prompt_tokens,
            batch_size=config.generation_batch_size,
            stopwatch=stopwatch,
            ranks=ranks,
        ) as rollouts,
    ):
        steps = steps_taken(folder.path)
        trackers = None if ranks.rank else config.tracker
        with tracking(trackers, folder.path, config.to_dict(), steps):
            run = Run(config, policy, problems, rollouts, folder, progress, stopwatch, ranks)
            summary = run.run()
    folder.finish(policy.save, summary)
    ranks.wait()
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
        ranks: Ranks,
    ) -> None:
        self._ranks = ranks
        self._config = config
        self._policy = policy
        self._problems = problems
        self._rollouts = rollouts
        self._folder = folder
        self._progress = progress
        self._stopwatch = stopwatch
        self._objective = load_objective(config)
        self._supervision = Supervision(
            problems.train,
            rollouts.prompt,
            Targets(
                lambda text: policy.encode_target(policy.answer(text)),
                config.max_new_tokens,
                progress.note,
            ),
            noise=config.prompt_noise,
            noise_ids=[token for token, text in enumerate(policy.token_table) if text],
            seed=config.seed,
        )
        self._actor = Actor.of(policy, self._objective, config.seed)
        self._weights = trained_weights(self._actor, ranks)
        self._lessons = Lessons(config, rollouts.scorer, self._objective, self._actor, ranks)
        self._rounds = Rounds(config, problems.train, rollouts, self._lessons, stopwatch)
        self._supply = Supply(config, self._rounds, folder, progress.note)
        self._updater = self._make_updater(config.warmup_learning_rate)
        self._warmup_step = 0
        self._before: Evaluation | None = None
        self._latest: tuple[int, Evaluation] | None = None
        """The step and the result of the last evaluation."""
        self._step = 0
        self._spent = self._stopwatch.seconds(), 0
        """Seconds by activity and number of samples when the step began."""
        self._shown: dict[str, str] = {}
        """What the progress line shows, by name."""

    def run(self) -> dict[str, Any]:
        """Do what is left after the folder's checkpoint, and return the summary."""
        self._continue()
        self._stopwatch.end_start()
        if self._before is None:
            self._warm_up()
            self._before = self._begin()
            self._save_checkpoint()
        self._begin_step()
        if self._step == 0 < self._config.steps:
            self._fill_buffer()
        self._take_steps()
        return self._summary(self._before, self._evaluate())

    def _warm_up(self) -> None:
        config = self._config
        steps = config.warmup_steps
        self._progress.phase("steps", steps, name="warm-up", done=self._warmup_step)
        with self._delaying_stop("this step") as signals:
            while self._warmup_step < steps:
                loss = self._take_warmup_step()
                self._progress.step(loss=f"{loss:.3f}")
                is_due = self._warmup_step % config.checkpoint_every == 0
                self._save_if(is_due or self._warmup_step == steps, signals)
        self._progress.close()

    def _begin(self) -> Evaluation:
        """Leave the warm-up behind, and evaluate the policy as it is now."""
        self._updater = self._make_updater(self._config.learning_rate)
        if self._lessons.needs_reference:
            self._lessons.reference = save_reference(self._folder, self._policy)
        return self._evaluate()

    def _fill_buffer(self) -> None:
        """Fill the buffer before the first step: with rounds, or with a file of samples."""
        if self._config.samples is not None and self._rounds.played == 0:
            self._load_samples()
        rounds = self._supply.rounds_to_begin_with
        with self._delaying_stop("this round") as signals:
            while self._rounds.played < rounds:
                played = self._supply.play(self._step)
                note = f"round {self._rounds.played} of {rounds}: {describe(played)}"
                self._progress.note(note)
                self._save_if(False, signals)

    def _load_samples(self) -> None:
        found = find_samples(self._config, self._policy, self._rollouts, self._problems)
        self._progress.note(f"judging {len(found.samples)} samples of {self._config.samples}")
        played = offline_round(found, self._rollouts, self._lessons, self._problems)
        self._supply.add(self._rounds.counted(played))
        self._progress.note(f"{self._config.samples}: {describe(played)}")

    def _take_steps(self) -> None:
        config = self._config
        self._progress.phase("steps", config.steps, name="train", done=self._step)
        with self._delaying_stop("this step") as signals:
            while self._step < config.steps:
                self._take_step()
                self._begin_step()
                is_due = self._step % config.checkpoint_every == 0
                self._save_if(is_due or self._step == config.steps, signals)
        self._progress.close()

    def _delaying_stop(self, work: str) -> StopSignals:
        """Hold a stop signal back until some work is done, and tell the user."""
        note = f"stopping after {work}, with a checkpoint; once more to stop now"
        return StopSignals(lambda: self._progress.note(note))

    def _save_if(self, is_due: bool, signals: StopSignals) -> None:
        """Save a checkpoint if it is due or the user wants to stop; then stop."""
        is_stopping = self._ranks.any(signals.received)
        if is_due or is_stopping:
            self._save_checkpoint()
        signals.raise_received()
        if is_stopping:  # another rank got the signal
            raise KeyboardInterrupt

    def _continue(self) -> None:
        """Restore the state of the folder's checkpoint, if it has one."""
        state = load_checkpoint(self._folder)
        if state is None:
            return
        if state["before"] is not None:
            self._before = Evaluation(**state["before"])
            self._updater = self._make_updater(self._config.learning_rate)
            if self._lessons.needs_reference:
                self._lessons.reference = load_reference(self._folder, self._policy)
        load_trained_state(self._policy.model, state["model"])
        self._actor.load_head_state(state.get("value_head"))
        self._updater.load_state_dict(state["optimizer"])
        self._supply.buffer.load_state_dict(state["buffer"])
        self._rounds.load_state_dict(state["rounds"])
        if not self._ranks.rank:
            self._rollouts.scorer.failures.counts.update(state["plugin_failures"])
        self._stopwatch.continue_from(state["seconds"])
        self._step = state["step"]
        self._warmup_step = state.get("warmup_step", 0)  # older checkpoints lack these two:
        self._supply.unreported = state.get("unreported")  # they are from after the evaluation
        self._progress.note(f"continuing after {self._describe_progress()}")

    def _describe_progress(self) -> str:
        if self._before is None:
            return f"{self._warmup_step} of {self._config.warmup_steps} warm-up steps"
        if self._step == 0 and self._rounds.played:
            return f"{self._rounds.played} rounds that fill the buffer"
        return f"{self._step} steps"

    def _save_checkpoint(self) -> None:
        save_checkpoint(
            self._folder,
            self._step,
            {
                "model": trained_state(self._policy.model),
                "value_head": self._actor.head_state(),
                "optimizer": self._updater.state_dict(),
                "buffer": self._supply.buffer.state_dict(),
                "rounds": self._rounds.state_dict(),
                "plugin_failures": self._plugin_failures(),
                "seconds": self._stopwatch.seconds(),
                "warmup_step": self._warmup_step,
                "before": self._before and asdict(self._before),
                "unreported": self._supply.unreported,
            },
        )

    def _make_updater(self, learning_rate: float) -> Updater:
        return Updater(
            self._weights,
            self._objective,
            learning_rate=learning_rate,
            weight_decay=self._config.weight_decay,
            clip_norm=self._config.clip_norm,
            micro_batch_size=self._config.micro_batch_size,
            optimizer=self._config.optimizer,
        )

    def _take_warmup_step(self) -> float:
        """Take a supervised step, and return its loss."""
        config, step = self._config, self._warmup_step
        with self._stopwatch.measure("warmup"):
            rows = self._supervision.batch("warm-up", step, config.warmup_batch_size)
            scale = warmup_scale(step, config.warmup_steps)
            losses = self._updater.step([], rows, scale, derive_seed(config.seed, "warm-up", step))
        self._warmup_step += 1
        return losses["supervised_loss"]

    def _evaluate(self) -> Evaluation:
        """Evaluate the policy as it is now, once."""
        if self._latest is not None and self._latest[0] == self._step:
            return self._latest[1]
        with self._stopwatch.apart("evaluation"):
            result = evaluate(self._rollouts, self._problems.held_out, self._config, self._step)
        if figures := result.describe():
            self._shown["held-out pass@1"] = f"{result.pass_at_1:.1%}"
            self._progress.note(f"held out at step {self._step}: {figures}")
        self._latest = self._step, result
        return result

    def _take_step(self) -> None:
        config = self._config
        line: dict[str, Any] = {"schema": SCHEMA, "step": self._step + 1}
        pending = self._supply.prepare(self._step)
        experiences = self._supply.draw()
        line["buffer"] = len(self._supply.buffer)
        rows = self._supervision.batch("train", self._step, config.supervised_batch_size)
        with self._stopwatch.measure("update"):
            scale = training_scale(self._step, config.steps, config.final_learning_rate_share)
            seed = derive_seed(config.seed, "step", self._step)
            losses = self._updater.step(experiences, rows, scale, seed)
        if pending is not None:
            self._supply.collect(pending, self._step)
        if self._supply.unreported is not None:
            line["round"], self._supply.unreported = self._supply.unreported, None
        staleness = [self._step - experience.policy_step for experience in experiences]
        line |= losses
        line |= {
            "staleness": sum(staleness) / len(staleness) if staleness else None,
            **self._rounds.totals(),
            "plugin_failures": self._plugin_failures(),
        }
        self._step += 1
        if config.evaluate_every and self._step % config.evaluate_every == 0:
            line["held_out"] = {"step": self._step, **self._evaluate().metrics()}
        line |= self._timings()
        self._folder.metrics.append([line])
        if not self._ranks.rank:
            manager.notify("rltf_step_end", metrics=line)
        if self._supply.taught:
            self._shown["learned from"] = self._supply.taught
        self._progress.step(**self._shown, loss=f"{losses['policy_loss']:.3f}")

    def _plugin_failures(self) -> dict[str, int]:
        counts = self._ranks.gather([self._rollouts.scorer.failures.counts])
        return dict(sum(map(Counter, counts), Counter()))

    def _begin_step(self) -> None:
        self._spent = self._stopwatch.seconds(), self._rounds.samples

    def _timings(self) -> dict[str, float]:
        seconds, samples = self._spent
        return step_timings(seconds, self._stopwatch.seconds(), self._rounds.samples - samples)

    def _summary(self, before: Evaluation, after: Evaluation) -> dict[str, Any]:
        seconds = self._stopwatch.seconds()
        producing = seconds["generation"] + seconds["reward_exposed"] + seconds["update"]
        sampled = {"before": before.pass_at_k, "after": after.pass_at_k}
        return {
            "schema": SCHEMA,
            "pass_at_1": {"before": before.pass_at_1, "after": after.pass_at_1},
            "interval": {"before": before.interval, "after": after.interval},
            **({"pass_at_k": sampled} if self._config.eval_samples else {}),
            "errors": {"before": before.errors, "after": after.errors},
            **self._rounds.totals(),
            "samples_per_s": round(self._rounds.samples / producing, 2) if producing else 0.0,
            "plugin_failures": self._plugin_failures(),
            "layers": self._rollouts.layers,
            "seconds": {name: round(value, 3) for name, value in seconds.items()},
        }
