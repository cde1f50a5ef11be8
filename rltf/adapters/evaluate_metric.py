"""HF ``evaluate``: the file of a metric like its ``code_eval``, for ``evaluate.load(FILE)``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import datasets
import evaluate

from rltf.adapters import code_eval


class CodeEval(evaluate.Metric):
    """``code_eval`` in the sandbox of rltf; see :func:`rltf.adapters.code_eval.compute`."""

    def _info(self) -> Any:
        features = datasets.Features(
            {
                "predictions": datasets.Sequence(datasets.Value("string")),
                "references": datasets.Value("string"),
            }
        )
        return evaluate.MetricInfo(
            description=code_eval.__doc__,
            citation="",
            inputs_description=code_eval.compute.__doc__,
            features=features,
        )

    def _compute(
        self, predictions: Sequence[Sequence[str]], references: Sequence[str], **options: Any
    ) -> tuple[dict[str, float], code_eval.Results]:
        return code_eval.compute(predictions, references, **options)
