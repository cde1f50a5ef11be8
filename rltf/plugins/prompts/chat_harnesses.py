"""Prompt formats ``simple-evals``, ``inspect_ai`` and ``livecodebench``: what harnesses ask chat models.

The texts are those of OpenAI's simple-evals (``humaneval_eval.py``), inspect_evals 0.28
(``humaneval/humaneval.py``) and LiveCodeBench (``prompts/code_generation.py``: its generic prompt,
after the system message, as it asks models that take none).

All take the fenced block that defines the entry point. simple-evals and inspect_evals take the first
block instead, and put what follows its first signature after the prompt; LiveCodeBench takes the
last block, and judges an answer without one as an empty program.
"""

from __future__ import annotations

from rltf.hookspecs import Register, hookimpl
from rltf.plugins.prompts.code import docstring_prompt, is_code
from rltf.problem import Problem
from rltf.prompt import PromptFormat, out_of_fences
from rltf.scoring.visibility import example_tests

_EXAMPLES = 3
"""Tests that other datasets' questions get, if they mark none as visible."""
SIMPLE_EVALS = (
    "Read the following function signature and docstring, and fully implement the function "
    "described. Your response should only contain the code for this function.\n"
)
INSPECT = (
    "\nRead the following function signature and docstring, and fully implement\nthe function "
    "described. Your response should only contain the code for\nthis function.\n\n"
)
SYSTEM = (
    "You are an expert Python programmer. You will be given a question (problem specification) and "
    "will generate a correct Python program that matches the specification and passes all tests."
)
WITH_STARTER_CODE = (
    "You will use the following starter code to write the solution to the problem and enclose your "
    "code within delimiters."
)
WITHOUT_STARTER_CODE = (
    "Read the inputs from stdin solve the problem and write the answer to stdout (do not directly "
    "test on the sample inputs). Enclose your code within delimiters as follows. Ensure that when the "
    "python program runs, it reads the inputs, runs the algorithm and writes output to STDOUT."
)


def _instructed(instruction: str) -> PromptFormat:
    def text(problem: Problem) -> str:
        code = problem.prompt if is_code(problem) else docstring_prompt(problem)
        return instruction + code

    return PromptFormat(text, out_of_fences, chat=True)


def livecodebench_prompt(problem: Problem) -> str:
    """Return the system message, the question, the format and the answer cue."""
    wanted = WITH_STARTER_CODE if problem.starter_code else WITHOUT_STARTER_CODE
    code = problem.starter_code or "# YOUR CODE HERE"
    # LiveCodeBench's questions hold their examples
    tests = [] if problem.rule == "livecodebench" else example_tests(problem, _EXAMPLES)
    question = "\n".join([problem.prompt, *tests])
    return (
        f"{SYSTEM}\n\n### Question:\n{question}\n\n### Format: {wanted}\n"
        f"```python\n{code}\n```\n\n### Answer: (use the provided format with backticks)\n\n"
    )


@hookimpl
def rltf_register_prompts(register: Register) -> None:
    register("simple-evals", lambda dataset=None: _instructed(SIMPLE_EVALS))
    register("inspect_ai", lambda dataset=None: _instructed(INSPECT))
    register(
        "livecodebench",
        lambda dataset=None: PromptFormat(livecodebench_prompt, out_of_fences, chat=True),
    )
