"""Modules that have moved: their old paths keep working, with a deprecation warning."""

from __future__ import annotations

import importlib
import sys
import warnings
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

# Both below ``rltf``.
MODULES = {
    "augment.asking": "augment.model_inputs",
    "augment.chance": "augment.nondeterminism",
    "augment.domain": "augment.input_domain",
    "augment.forms": "augment.signatures",
    "augment.inputs": "augment.new_inputs",
    "augment.outputs": "augment.reference_outputs",
    "augment.selection": "augment.test_selection",
    "augment.texts": "augment.text_mutation",
    "augment.values": "augment.value_mutation",
    "bench.estimate": "common.pass_at_k",
    "bench.folder": "bench.bench_folder",
    "bench.model": "models.policy_writer",
    "bench.pass_at_k": "common.pass_at_k",
    "bench.part": "bench.dataset_slice",
    "bench.references": "bench.reference_check",
    "bench.refine": "bench.critic_sampling",
    "bench.subject": "models.loaded_model",
    "bench.tally": "bench.counts",
    "bench.writer": "models.writer",
    "cli.errors": "errors",
    "cli.executor": "cli.sandbox_options",
    "cli.executor_options": "cli.sandbox_options",
    "cli.layers": "cli.sandbox_options",
    "cli.output": "cli.resumable_output",
    "cli.progress": "common.progress",
    "cli.require_layer": "cli.sandbox_options",
    "cli.stopping": "cli.error_output",
    "common.stable_random": "common.seeds",
    "common.work_folder": "common.output_folder",
    "convert": "conversion",
    "convert.entry": "conversion.converted_sample",
    "convert.forms": "conversion.formats",
    "convert.read": "conversion.read",
    "convert.write": "conversion.write",
    "critic.data": "critic.training_data",
    "critic.train": "critic.training",
    "datafiles": "common.dataset_files",
    "deferred": "common.lazy_sequence",
    "dice": "common.seeds",
    "digits": "common.long_integers",
    "explain.asserts": "explain.assert_rewriting",
    "explain.values": "explain.value_text",
    "extract.bare": "extract.unfenced_code",
    "extract.piece": "extract.code_fragment",
    "failures": "scoring.plugin_failures",
    "folders": "common.file_writes",
    "installed": "manager.registrations",
    "jsonline": "common.json_line",
    "literals": "common.literals",
    "models.token_rng": "models.token_sampling",
    "nearest": "common.did_you_mean",
    "plugins.datasets.definitions": "plugins.datasets.code_definitions",
    "plugins.datasets.mini.kinds": "plugins.datasets.mini.operations",
    "plugins.datasets.rows": "plugins.datasets.problem_rows",
    "plugins.datasets.source": "plugins.datasets.data_source",
    "plugins.judges": "plugins.rules",
    "plugins.judges.apps": "plugins.rules.apps",
    "plugins.judges.livecodebench": "plugins.rules.livecodebench",
    "plugins.judges.python": "plugins.rules.python",
    "plugins.judges.strict": "plugins.rules.strict",
    "plugins.rewards.modes": "plugins.rewards.rltf",
    "rewardspec": "scoring.scorer",
    "rowfile": "samples.row_file",
    "samplefile": "samples.sample_file",
    "samplerows": "samples.sample_file",
    "samples.sample_line": "samples.verdict_line",
    "samples.sample_rows": "samples.sample_file",
    "sampling": "sampling_options",
    "sandbox.aio": "sandbox.async_sandbox",
    "sandbox.attacks": "sandbox.doctor.attacks",
    "sandbox.batch": "sandbox.judging.test_batches",
    "sandbox.checks": "sandbox.judging.checker_client",
    "sandbox.compare": "sandbox.judging.comparison",
    "sandbox.cores": "sandbox.client.cpu_cores",
    "sandbox.endings": "sandbox.judging.judge_exit",
    "sandbox.evidence": "sandbox.judging.name_evidence",
    "sandbox.judging.rule": "problem",
    "sandbox.layers": "sandbox.client.isolation_layers",
    "sandbox.literal": "sandbox.judging.literal_asserts",
    "sandbox.names": "sandbox.judging.name_origins",
    "sandbox.outcomes": "sandbox.judging.outcomes",
    "sandbox.overdue": "sandbox.client.wall_clock",
    "sandbox.pair": "sandbox.judging.assert_session",
    "sandbox.paths": "sandbox.client.readable_paths",
    "sandbox.rules": "problem",
    "sandbox.secret": "sandbox.judging.seed_secret",
    "sandbox.stream": "sandbox.judge_many",
    "sandbox.testcode": "sandbox.judging.name_uses",
    "sandbox.warmth": "sandbox.client.launch",
    "sandbox.worker": "sandbox.judging.worker",
    "sandbox.zygote": "sandbox.client.zygote",
    "sandbox.zygotes": "sandbox.client.zygote_set",
    "signals": "static_analysis",
    "signals.bounds": "plugins.rewards.reward_caps",
    "signals.codematch": "static_analysis.codematch",
    "signals.codematch.dataflow": "static_analysis.codematch.dataflow",
    "signals.codematch.match": "static_analysis.codematch.match",
    "signals.codematch.subtrees": "static_analysis.codematch.subtrees",
    "signals.codematch.tree": "static_analysis.codematch.tree",
    "signals.flagged": "plugins.rewards.lint_reward",
    "signals.lint_reward": "plugins.rewards.lint_reward",
    "signals.reward_caps": "plugins.rewards.reward_caps",
    "signals.ruff_server": "static_analysis.ruff_server",
    "signals.ruffserver": "static_analysis.ruff_server",
    "stopsignals": "common.stop_signals",
    "syntax": "common.syntax",
    "tasks": "samples.task_lookup",
    "testing.judged": "testing.sample_corpus",
    "testing.judges": "testing.rules",
    "testing.readers": "testing.rewards_and_classifiers",
    "testing.subject": "testing.plugin_under_test",
    "trainer.data": "trainer.problem_split",
    "trainer.draws": "models.token_sampling",
    "trainer.evaluate": "trainer.evaluation",
    "trainer.folder": "trainer.run_folder",
    "trainer.generate": "models.generation",
    "trainer.likelihood": "models.likelihood",
    "trainer.padding": "models.padding",
    "trainer.policy": "models.policy",
    "trainer.progress": "common.progress",
    "trainer.reference": "trainer.reference_policy",
    "trainer.runerror": "errors",
    "trainer.seeds": "common.seeds",
    "trainer.stops": "models.stop_strings",
    "trainer.stopwatch": "common.stopwatch",
    "trainer.supervision": "trainer.supervised_steps",
    "verdictcache": "sandbox.verdict_cache",
    "verdictline": "samples.verdict_line",
    "visible": "scoring.visibility",
}
"""Old path of a module to its new path."""
NAMES = {
    "augment.forms.Form": "Signature",
    "augment.forms.form_of": "signature_of",
    "bench.part.Part": "DatasetSlice",
    "bench.subject.Subject": "LoadedModel",
    "bench.subject.load_subject": "load_model",
    "bench.tally.Tally": "Counts",
    "common.work_folder.WorkFolder": "OutputFolder",
    "convert.entry.Entry": "ConvertedSample",
    "convert.forms.Form": "Format",
    "critic.data.Program": "SampledProgram",
    "deferred.Deferred": "LazySequence",
    "dice.Dice": "StableRandom",
    "failures.IN_A_ROW": "MAX_CONSECUTIVE",
    "folders.names_file": "name_in_errors",
    "folders.settle": "fsync_dir",
    "plugins.datasets.rows.Row": "ProblemRow",
    "sandbox.batch.Batch": "TestBatch",
    "sandbox.batch.Program": "ProgramSpec",
    "sandbox.checks.Checks": "CheckerClient",
    "sandbox.checks.Trials": "CheckerTrials",
    "sandbox.pair.Pair": "AssertSession",
    "sandbox.warmth.Warmth": "Preload",
    "sandbox.warmth.warmth": "preload_for",
    "sandbox.zygote.Result": "ChildResult",
    "sandbox.zygotes.Zygotes": "ZygoteSet",
    "signals.flagged.FlaggedCode": "LintReward",
    "testing.judges.check_judge": "check_rule",
    "testing.subject.Subject": "PluginUnderTest",
    "trainer.reference.keep_reference": "save_reference",
    "trainer.seeds.derive": "derive_seed",
}
"""Old module and name of what is called otherwise in the new module, to its new name."""


class MovedFinder:
    """Find a moved module at its old path, as a module that forwards every name to the new one."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        package, _, old = fullname.partition(".")
        if package != "rltf" or old not in MODULES:
            return None
        return ModuleSpec(fullname, self)  # type: ignore[arg-type]  # a loader by its methods

    def create_module(self, spec: ModuleSpec) -> None:
        """Leave the making of the module to Python."""

    def exec_module(self, module: ModuleType) -> None:
        old = module.__name__.removeprefix("rltf.")
        new = f"rltf.{MODULES[old]}"
        warnings.warn(
            f"rltf.{old} has moved to {new}; import it from there",
            DeprecationWarning,
            stacklevel=2,
        )

        def __getattr__(name: str) -> Any:
            return getattr(importlib.import_module(new), NAMES.get(f"{old}.{name}", name))

        module.__doc__ = f"Moved to ``{new}``."
        module.__path__ = []
        vars(module)["__getattr__"] = __getattr__


def install() -> None:
    """Let old module paths be imported."""
    sys.meta_path.append(MovedFinder())  # a finder by its method
