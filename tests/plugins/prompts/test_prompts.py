from __future__ import annotations

from collections.abc import Sequence

import pytest

from rltf import Problem, TestCase, manager
from rltf.dataset import DataError
from rltf.prompt import PromptFormat, cut

CALL = TestCase.call([1], 2)
STDIN = TestCase.stdin("1\n", "2\n")


@pytest.mark.parametrize("name", ["apps", "codet5-apps"])
@pytest.mark.parametrize(
    ("tests", "starter", "expected"),
    [
        ([CALL], "", "\nQUESTION:\nAdd one.\nUse Call-Based format\nANSWER:\n"),
        ([STDIN], "", "\nQUESTION:\nAdd one.\nUse Standard Input format\nANSWER:\n"),
        (
            [CALL],
            "def f(x):",
            "\nQUESTION:\nAdd one.\ndef f(x):\nUse Call-Based format\nANSWER:\n",
        ),
    ],
)
def test_apps_is_what_rltf_gives_its_models(
    tests: list[TestCase], starter: str, expected: str, name: str
) -> None:
    problem = Problem("t", "Add one.", tests=tests, starter_code=starter)
    assert manager.get("prompt", name)(problem) == expected


SHOWN = [
    TestCase.call([2, "a"], (4, None), visible=True),
    TestCase.call([3], 6),
    TestCase.assertion("assert f(0) == 0", visible=True),
    TestCase.stdin("1 2\n", "3\n", visible=True),
]


@pytest.mark.parametrize("name", ["plain", "apps"])
def test_visible_tests_stand_between_the_task_and_the_starter_code(name: str) -> None:
    problem = Problem("t", "Add.", tests=SHOWN, starter_code="def f(x):", entry_point="f")
    text = manager.get("prompt", name)(problem)
    assert (
        "Add.\nassert f(2, 'a') == (4, None)\nassert f(0) == 0\nInput:\n1 2\nOutput:\n3\ndef f(x):\n"
    ) in text
    assert "f(3)" not in text


def test_plain_is_the_task_as_it_stands() -> None:
    plain = manager.get("prompt", "plain")
    assert plain(Problem("t", "Add one.")) == "Add one.\n"
    assert plain(Problem("t", "Add one.", starter_code="def f(x):")) == "Add one.\ndef f(x):\n"


ASSERTS = [TestCase.assertion(f"assert double({n}) == {2 * n}") for n in range(4)]
MBPP = Problem("11", "Write a function to double a number.", tests=ASSERTS)
HUMANEVAL = Problem(
    "HumanEval/9",
    '\n\ndef double(n: int) -> int:\n    """ Double n. """\n',
    tests=[TestCase.assertion("def check(candidate):\n    assert candidate(1) == 2")],
    entry_point="double",
)
STARTED = Problem(
    "s",
    "Double it.",
    tests=[TestCase.call([1], 2)],
    starter_code="class Solution:\n    def double(self, n):\n        ",
    entry_point="Solution().double",
)
STDIN_ONLY = Problem("e", "Double the number on stdin.", tests=[STDIN])
PROBLEMS = [MBPP, HUMANEVAL, STARTED, STDIN_ONLY, Problem("t", "Nothing is tested.")]


class Examples:
    """A dataset with MBPP's split ``prompt``."""

    name = "examples"
    id_prefix = "Mbpp/"

    def __init__(self, ids: Sequence[int] = (1, 2, 3, 4, 6), solved: bool = True) -> None:
        self._problems = [
            Problem(
                f"Mbpp/{n}",
                f"Task {n}.",
                tests=[TestCase.assertion(f"assert f({n}, {m})") for m in range(3)],
                solutions=(f"def f{n}(): pass",) if solved else (),
                split="prompt",
            )
            for n in ids
        ]

    def problems(self, split: str | None = None) -> Sequence[Problem]:
        return self._problems if split in (None, "prompt") else ()


class Only:
    """A dataset of these problems."""

    name = "only"
    id_prefix = ""

    def __init__(self, *problems: Problem) -> None:
        self._problems = problems

    def problems(self, split: str | None = None) -> Sequence[Problem]:
        return self._problems


NAMES = sorted(row.name for row in manager.registered() if row.kind == "prompt")


def made(name: str) -> PromptFormat:
    made: PromptFormat = manager.get("prompt", name, dataset=Examples())
    return made


def test_rltf_shows_three_tests() -> None:
    assert made("rltf")(MBPP) == (
        "Write a function to double a number.\n"
        "Your code should satisfy these tests:\n"
        "assert double(0) == 0\nassert double(1) == 2\nassert double(2) == 4\n"
    )


def test_rltf_with_starter_code_and_with_fewer_tests_or_none() -> None:
    assert made("rltf")(STARTED) == (
        "Double it.\nclass Solution:\n    def double(self, n):\n"
        "Your code should satisfy these tests:\nassert Solution().double(1) == 2\n"
    )
    assert made("rltf")(STDIN_ONLY) == "Double the number on stdin.\n"


def test_incoder_is_a_docstring_with_one_test() -> None:
    expected = '"""\nWrite a function to double a number.\nassert double(0) == 0\n"""\n'
    assert made("incoder")(MBPP) == made("evalplus")(MBPP) == expected
    assert made("incoder")(STDIN_ONLY) == '"""\nDouble the number on stdin.\n"""\n'
    assert made("incoder")(STARTED) == (
        '"""\nDouble it.\nassert Solution().double(1) == 2\n"""\n'
        "class Solution:\n    def double(self, n):\n"
    )


def test_a_prompt_in_humanevals_form_is_given_as_each_harness_gives_it() -> None:
    stripped = 'def double(n: int) -> int:\n    """ Double n. """'
    assert made("humaneval")(HUMANEVAL) == HUMANEVAL.prompt
    assert made("bigcode")(HUMANEVAL) == stripped
    assert made("evalplus")(HUMANEVAL) == stripped + "\n"


def test_evalplus_chat_asks_for_a_fenced_script() -> None:
    assert made("evalplus-chat")(HUMANEVAL) == (
        "Please provide a self-contained Python script that solves the following problem in a "
        "markdown code block:\n```\n"
        'def double(n: int) -> int:\n    """ Double n. """\n```\n'
    )


def test_google_shows_three_solved_tasks_first() -> None:
    def example(n: int) -> str:
        return (
            f"You are an expert Python programmer, and here is your task: Task {n}. "
            "Your code should pass these tests:\n\n"
            f"assert f({n}, 0)\nassert f({n}, 1)\nassert f({n}, 2)\n"
            f"[BEGIN]\ndef f{n}(): pass\n[DONE]\n\n"
        )

    assert made("google-3shot")(MBPP) == example(2) + example(3) + example(4) + (
        "You are an expert Python programmer, and here is your task: "
        "Write a function to double a number. Your code should pass these tests:\n\n"
        "assert double(0) == 0\nassert double(1) == 2\nassert double(2) == 4\n[BEGIN]\n"
    )


@pytest.mark.parametrize(
    ("options", "missing"),
    [
        ({}, "no dataset lacks 2, 3, 4"),
        ({"dataset": Examples(ids=(1, 2, 4))}, "dataset examples lacks 3"),
        ({"dataset": Examples(solved=False)}, "dataset examples lacks 2, 3, 4"),
    ],
)
def test_google_says_which_examples_are_missing(options: dict[str, Examples], missing: str) -> None:
    with pytest.raises(DataError, match=missing):
        manager.get("prompt", "google-3shot", **options)


@pytest.mark.parametrize("name", NAMES)
def test_hidden_tests_are_not_shown_beside_visible_ones(name: str) -> None:
    shown = TestCase.assertion("assert double(5) == 10", visible=True)
    text = made(name)(Problem("t", "Double it.", tests=[*ASSERTS, shown]))
    assert "assert double(5) == 10" in text
    assert "assert double(0) == 0" not in text


@pytest.mark.parametrize("name", NAMES)
def test_test_code_that_holds_every_answer_is_never_shown(name: str) -> None:
    assert "candidate" not in made(name)(HUMANEVAL)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.task_id)
def test_a_completion_becomes_a_program_and_can_be_found_in_it(name: str, problem: Problem) -> None:
    completion = "    return 2 * n\n"
    assert made(name).program(problem, completion).endswith(completion)
    assert made(name)(problem)


@pytest.mark.parametrize("name", ["humaneval", "bigcode", "evalplus", "incoder"])
def test_a_program_that_goes_on_with_code_begins_with_that_code(name: str) -> None:
    form = made(name)
    for problem, before in ((HUMANEVAL, "\n    "), (STARTED, "        ")):
        namespace: dict[str, object] = {}
        exec(form.program(problem, f"{before}return 2 * n\n"), namespace)
        assert eval(f"{problem.entry_point}(21)", namespace) == 42
    # A docstring is left out: a description in words need not compile.
    odd = Problem("o", r"Print \x or \N{no}.", tests=ASSERTS)
    assert form.program(odd, "def double(n): ...\n") == "def double(n): ...\n"


@pytest.mark.parametrize("name", ["rltf", "google-3shot", "evalplus-chat"])
def test_a_fenced_answer_is_unwrapped(name: str) -> None:
    answer = "Here:\n```python\nclass Solution:\n    pass\n```\nUse:\n```python\nx\n```\n"
    assert made(name).program(STARTED, answer) == "class Solution:\n    pass\n"


@pytest.mark.parametrize("name", ["plain", "apps"])
def test_trained_formats_judge_what_was_written(name: str) -> None:
    text = "Here:\n```python\nx = 1\n```\n"
    assert made(name).program(MBPP, text) == text
    assert made(name).stops == ()


BODY = "    return 2 * n\n"


@pytest.mark.parametrize(
    ("name", "rest"),
    [
        ("incoder", "\nassert double(1) == 2"),
        ("incoder", "\n<|/ file |>"),
        ("google-3shot", "[DONE]\n\nYou are an expert"),
        ("humaneval", "\ndef main():"),
        ("bigcode", "\n@cache"),
        ("bigcode", "<file_sep>"),
        ("evalplus", "<|endoftext|>"),
        ("evalplus", '\nif __name__ == "__main__":'),
        ("evalplus", "\nassert double"),
    ],
)
def test_what_follows_a_stop_is_not_of_the_program(name: str, rest: str) -> None:
    assert cut(BODY + rest, made(name).stops) == (BODY, True)


def test_evalplus_stops_at_a_new_definition_only_where_the_prompt_opened_one() -> None:
    docstring = Problem("Mbpp/2", '"""\nDouble it.\nassert double(1) == 2\n"""\n')
    for problem, stops in ((HUMANEVAL, True), (MBPP, False), (docstring, False)):
        form = manager.get("prompt", "evalplus", dataset=Only(problem))
        assert ("\ndef " in form.stops) == stops
        assert ('\n"""' in form.stops) == (not stops)
    assert manager.get("prompt", "evalplus")(docstring) == docstring.prompt


def test_chat_harnesses_ask_as_their_sources_do() -> None:
    code = Problem("t", 'def f(x):\n    """Add one."""\n', tests=[CALL], entry_point="f")
    assert manager.get("prompt", "simple-evals")(code) == (
        "Read the following function signature and docstring, and fully implement the function "
        "described. Your response should only contain the code for this function.\n" + code.prompt
    )
    assert manager.get("prompt", "inspect_ai")(code) == (
        "\nRead the following function signature and docstring, and fully implement\nthe function "
        "described. Your response should only contain the code for\nthis function.\n\n"
        + code.prompt
    )
    question = Problem("t", "Echo.", tests=[STDIN], rule="livecodebench")
    text = manager.get("prompt", "livecodebench")(question)
    assert "### Question:\nEcho.\n\n### Format: Read the inputs from stdin solve the" in text
    assert text.endswith(
        "\n```python\n# YOUR CODE HERE\n```\n\n### Answer: (use the provided format with backticks)\n\n"
    )
    begun = Problem("t", "Add.", tests=[CALL], starter_code="def f(x):", entry_point="f")
    text = manager.get("prompt", "livecodebench")(begun)
    assert "You will use the following starter code" in text
    assert "```python\ndef f(x):\n```" in text
