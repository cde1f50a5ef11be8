"""Adapters: rewards of rltf in other people's trainers and benchmarks, one file for each host.

    host ──► adapter: problem of the row, text of the completion ──► Grader ──► judging queue

No host is needed to import any of them, and none of them imports torch until its host hands over
tensors. docs/integrations.md shows how each host is told to use its adapter.
"""

from rltf.adapters.dataset_rows import rows
from rltf.adapters.grader import Grader
from rltf.adapters.problem_columns import problem_of

__all__ = ["Grader", "problem_of", "rows"]
