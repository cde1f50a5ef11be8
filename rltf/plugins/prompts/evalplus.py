"""Prompt formats ``evalplus`` and ``evalplus-chat``: EvalPlus' prompts for base and chat models.

EvalPlus also sanitizes the model's text: it parses the text and keeps the entry point and
everything that the entry point needs. These formats only cut the text at the stops (``evalplus``)
or take the fenced block that defines the entry point (``evalplus-chat``). EvalPlus also writes the
beginning of a chat model's answer. An API does not allow that, so here the model gets only the
question.
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
    """Return the format for base models, with HumanEval's stops if the first prompt is code.

    EvalPlus' own prompts for MBPP+ are docstrings and get MBPP's stops.
    """
    first = next(iter(dataset.problems()), None) if dataset else None
    is_code_prompt = first and is_code(first) and not first.prompt.lstrip().startswith(QUOTES)
    dataset_stops = HUMANEVAL_STOPS if is_code_prompt else MBPP_STOPS
    return code_format(lambda prompt: f"{prompt.strip()}\n", STOPS + dataset_stops)


def evalplus_chat(dataset: Dataset | None = None) -> PromptFormat:
    """Return the format for chat models, whose program is a fenced block of the answer."""
    task = evalplus(dataset).text

    def text(problem: Problem) -> str:
        return f"{INSTRUCTION}\n```\n{task(problem).strip()}\n```\n"

    return PromptFormat(text, out_of_fences)


@hookimpl
def rltf_register_prompts(register: Register) -> None:
    register("evalplus", evalplus)
    register("evalplus-chat", evalplus_chat)
