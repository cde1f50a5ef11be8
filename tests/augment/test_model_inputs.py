"""Inputs from a policy: what it is shown, and what is read of its answer."""

import pytest

from rltf import Problem, TestCase, manager
from rltf.augment.model_inputs import COMPLETIONS, ModelInputs, prompt, read
from rltf.augment.signatures import Signature

CALLS = Signature("call", ((1, [2]), (3, [4])), (3, 7), "Solution().f")
STDIN = Signature("stdin", ("1 2\n", "3 4\n"), ("3\n", "7\n"))


@pytest.mark.parametrize(
    ("written", "inputs"),
    [
        ("f(5, [6])\nf(-1, [])\n", [(5, [6]), (-1, [])]),
        ("1. `f(5, ')')` is tricky\n- Solution().f((1, 2), {3})", [(5, ")"), ((1, 2), {3})]),
        ("assert f(5) == g(6)", [(5,)]),
        ("f(x)\nf(__import__('os').system('true'))\nf(a=1)\nf(", []),
        ("no call at all", []),
    ],
)
def test_calls_with_literal_arguments_are_read(written, inputs) -> None:
    assert list(read(CALLS, written)) == inputs


def test_texts_are_read() -> None:
    assert list(read(STDIN, "5 6\n\nInput:\n7\n8\n\nInput:\n")) == ["5 6\n", "7\n8\n"]


def test_the_prompt_shows_own_inputs() -> None:
    problem = Problem("t", "Add them.")
    assert prompt(problem, CALLS).endswith("Solution().f(1, [2])\nSolution().f(3, [4])\n")
    assert prompt(problem, STDIN).endswith("Input:\n1 2\n\nInput:\n3 4\n\nInput:\n")
    assert prompt(problem, STDIN).startswith("Add them.\n")


PLUGIN = """
from rltf import hookimpl
from rltf.models.writer import Completion

class Echo:
    name = "test-echo"
    prompt = "plain"

    def write(self, requests, sampling, stops):
        for place, request in enumerate(requests):
            length = len(request.prompt.splitlines()[0])
            yield [(place, Completion(f"f({length}, [{request.seed}])", False))]

@hookimpl
def rltf_register_policies(register):
    register("test-echo", Echo)
"""


def answers(policy: str, problems: list[Problem], seed: int):
    model_inputs = ModelInputs(problems, seed)
    assert len(list(model_inputs.ask(policy))) == model_inputs.completions
    return model_inputs.by_task()


def test_every_problem_with_a_reference_gets_what_was_written_for_it(tmp_path) -> None:
    (tmp_path / "echo.py").write_text(PLUGIN)
    manager.load_file(tmp_path / "echo.py")
    test = TestCase.call([1, [2]], 3)
    problems = [
        Problem(name, name, [test], entry_point="f", solutions=solutions)
        for name, solutions in (("a", ["x"]), ("bbb", ["x"]), ("none", []))
    ]
    inputs_by_task = answers("test-echo", problems, seed=0)
    assert list(inputs_by_task) == ["a", "bbb"]
    assert {args[0] for args in inputs_by_task["a"]} == {1}
    assert {args[0] for args in inputs_by_task["bbb"]} == {3}
    assert (
        len({args[1][0] for inputs in inputs_by_task.values() for args in inputs})
        == 2 * COMPLETIONS
    )
    assert inputs_by_task == answers("test-echo", problems, seed=0)
    assert inputs_by_task != answers("test-echo", problems, seed=1)


def test_of_problems_without_a_reference_nothing_is_asked() -> None:
    problem = Problem("t", "", [TestCase.call([1], 2)], entry_point="f")
    assert answers("no such policy", [problem], seed=0) == {}
