"""The conformance kit: checks that a plugin fulfills the contract of its kind, as the built-ins do.

    from rltf.testing import check_reward

    def test_it_is_a_reward():
        check_reward("brevity")

Each ``check_KIND`` takes a registered name (with options for its factory), an object, or a class
that makes it. It uses the object as rltf does, and raises ``AssertionError`` with one sentence
about what breaks the contract. pytest has the fixtures ``rltf_sandbox`` and ``rltf_judged`` if rltf
is installed.
"""

from rltf.testing.datasets import check_dataset
from rltf.testing.executors import check_executor
from rltf.testing.objectives import check_objective
from rltf.testing.policies import check_policy
from rltf.testing.prompts import check_prompt
from rltf.testing.rewards_and_classifiers import check_classifier, check_reward
from rltf.testing.rules import check_rule
from rltf.testing.sample_corpus import judged_samples

__all__ = [
    "check_classifier",
    "check_dataset",
    "check_executor",
    "check_judge",
    "check_objective",
    "check_policy",
    "check_prompt",
    "check_reward",
    "check_rule",
    "judged_samples",
]

check_judge = check_rule
"""The former name."""
