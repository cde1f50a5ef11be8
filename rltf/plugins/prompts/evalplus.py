"""Prompt formats ``evalplus`` and ``evalplus-chat``: EvalPlus' for base and for chat models.

EvalPlus goes on to sanitize what a model wrote: it parses it and keeps the entry point and all that
the entry point needs. These formats only cut at the stops (``evalplus``) or take the fenced block
that defines the entry point (``evalplus-chat``). EvalPlus also begins a chat model's answer for it,
which an API does not allow: here the model gets the question alone.
"""

from __future__ import annotations

from rltf.dataset import Dataset
from rltf.hookspecs import Register, hookimpl
from rltf.plugins.prompts.code import code_format, is_code
from rltf.problem import Problem
from rltf.prompt import PromptFormat, out_of_fences

STOPS = (
    "<|endoftext|>",
    "<|endofmask|>",
    "</s>",
    "\nif __name__",
    "\ndef main(",
    "\nprint(",
)
HUMANEVAL_STOPS = ("\ndef ", "\nclass ", "\nimport ", "\nfrom ", "\nassert ")
QUOTES = ('"""', "'''")
MBPP_STOPS = ('\n"""', "\nassert")

INSTRUCTION = (
    "Please provide a self-contained Python script that solves the following problem in a "
    "markdown code block:"
)


def evalplus(dataset: Dataset | None = None) -> PromptFormat:
    """The form for base models; HumanEval's stops for a dataset whose first prompt is code.

    EvalPlus' own prompts for MBPP+ are docstrings, and get MBPP's stops.
    """
    first = next(iter(dataset.problems()), None) if dataset else None
    begun = first and is_code(first) and not first.prompt.lstrip().startswith(QUOTES)
    more = HUMANEVAL_STOPS if begun else MBPP_STOPS
    return code_format(lambda prompt: f"{prompt.strip()}\n", STOPS + more)


def evalplus_chat(dataset: Dataset | None = None) -> PromptFormat:
    """The form for chat models, whose program is a fenced block of the answer."""
    task = evalplus(dataset).text

    def text(problem: Problem) -> str:
        return f"{INSTRUCTION}\n```\n{task(problem).strip()}\n```\n"

    return PromptFormat(text, out_of_fences)


@hookimpl
def rltf_register_prompts(register: Register) -> None:
    register("evalplus", evalplus)
    register("evalplus-chat", evalplus_chat)
