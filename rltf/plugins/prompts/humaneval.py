"""Prompt formats ``humaneval`` and ``bigcode``: HumanEval's prompt with stop strings.

``humaneval`` is the unchanged prompt with the stops of lm-eval's task ``humaneval``. ``bigcode``
follows bigcode-evaluation-harness' task ``humaneval``: it strips the prompt and has more stops.
"""

from __future__ import annotations

from rltf.hookspecs import Register, hookimpl
from rltf.plugins.prompts.code import code_format

STOPS = ("\nclass", "\ndef", "\n#", "\nif", "\nprint")
BIGCODE_STOPS = ("\nclass", "\ndef", "\n#", "\n@", "\nprint", "\nif", "\n```", "<file_sep>")


@hookimpl
def rltf_register_prompts(register: Register) -> None:
    register("humaneval", lambda dataset=None: code_format(lambda prompt: prompt, STOPS))
    register("bigcode", lambda dataset=None: code_format(str.strip, BIGCODE_STOPS))
