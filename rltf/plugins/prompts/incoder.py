"""Prompt format ``incoder``: the prompt and stops of bigcode-evaluation-harness for MBPP."""

from __future__ import annotations

from rltf.hookspecs import Register, hookimpl
from rltf.plugins.prompts.code import code_format

STOPS = ("\nclass", "\nassert", '\n"""', "\nprint", "\nif", "\n<|/", "\n```")


@hookimpl
def rltf_register_prompts(register: Register) -> None:
    register("incoder", lambda dataset=None: code_format(lambda prompt: prompt, STOPS))
