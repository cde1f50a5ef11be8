"""The built-in dataset: its tasks, their tests, and what each half can teach."""

import contextlib
import hashlib
import io
import itertools
import re
from collections import Counter
from typing import Any

import pytest

from rltf import Sandbox, TestCase
from rltf.common.seeds import StableRandom
from rltf.dataset import DataError
from rltf.plugins.datasets.mini import MiniDataset
from rltf.plugins.datasets.mini.generate import LONG, RoledTask, roled_tasks
from rltf.plugins.datasets.mini.operations import VALUE_TYPES
from rltf.plugins.datasets.mini.tasks import OPERATIONS, behaviour, neighbours, outcome


@pytest.fixture(scope="module")
def mini() -> MiniDataset:
    return MiniDataset()


@pytest.fixture(scope="module")
def tasks() -> list[RoledTask]:
    return roled_tasks(0)


def words(prompt: str) -> set[str]:
    return set(re.findall(r"[a-z]+", prompt))


def digest(mini: MiniDataset) -> str:
    parts = [
        (
            p.task_id,
            p.split,
            p.prompt,
            p.solutions,
            mini.reference(p.task_id),
            repr([test.to_dict() for test in p.tests]),
        )
        for p in mini.problems()
    ]
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def test_there_are_enough_tasks_of_every_family_and_form(mini: MiniDataset) -> None:
    problems = mini.problems()
    families = Counter(p.metadata["family"] for p in problems)
    forms = Counter(p.metadata["form"] for p in problems)
    assert len(problems) >= 600
    assert set(families) == {"integers", "lists", "strings", "dicts", "parsing"}
    assert min(families.values()) >= 100
    assert min(forms["call"], forms["stdin"]) >= 0.4 * len(problems)
    assert all(len(p.tests) >= 8 for p in problems)
    assert {test.kind for p in problems for test in p.tests} == {"call", "stdin"}


def passes(program: str, test: TestCase) -> bool:
    """Whether a program passes a test here: ours may run without a sandbox."""
    code = compile(program, "<reference>", "exec")
    names: dict[str, Any] = {}
    if test.kind == "call":
        exec(code, names)
        return bool(names["f"](*test.args) == test.expected)
    output = io.StringIO()
    names["input"] = iter(test.input.splitlines()).__next__
    with contextlib.redirect_stdout(output):
        exec(code, names)
    return output.getvalue() == test.output


def test_every_reference_program_passes_its_tests(mini: MiniDataset) -> None:
    for problem in mini.problems():
        program = mini.reference(problem.task_id)
        assert all(passes(program, test) for test in problem.tests), problem.task_id


def test_reference_programs_pass_in_the_sandbox(mini: MiniDataset, sandbox: Sandbox) -> None:
    problems = mini.problems()[::30]
    verdicts = sandbox.judge_many((p, mini.reference(p.task_id)) for p in problems)
    failed = [p.task_id for p, v in zip(problems, verdicts, strict=True) if not v.passed]
    assert failed == []


def test_the_reference_program_of_another_task_hardly_ever_passes(mini: MiniDataset) -> None:
    problems = [p for p in mini.problems() if p.metadata["form"] == "stdin"]
    passed = 0
    for problem, other in itertools.pairwise(problems):
        with contextlib.suppress(ValueError, IndexError):
            passed += all(passes(mini.reference(other.task_id), test) for test in problem.tests)
    assert passed < 0.01 * len(problems)


def test_tests_tell_a_task_from_its_neighbours(tasks: list[RoledTask]) -> None:
    for task in (roled.task for roled in tasks):
        wanted = [outcome(task.steps, x) for x in task.inputs]
        ours = None
        for other in neighbours(task.steps):
            if all(outcome(other, x) == y for x, y in zip(task.inputs, wanted, strict=True)):
                ours = ours or behaviour(task.steps)
                both = zip(behaviour(other), ours, strict=True)
                assert all(theirs == our for theirs, our in both if our is not None)


def test_operations_of_a_family_fail_the_tests_of_each_other(tasks: list[RoledTask]) -> None:
    singles = [roled.task for roled in tasks if len(roled.task.steps) == 1]
    assert len(singles) >= len(OPERATIONS) - 3
    for task in singles:
        for other in singles:
            if other is not task and other.takes == task.takes:
                assert any(
                    outcome(other.steps, x) != outcome(task.steps, x) for x in task.inputs
                ), (task.operations, other.operations)


def test_no_constant_passes_most_tests(tasks: list[RoledTask]) -> None:
    for task in (roled.task for roled in tasks):
        results = Counter(outcome(task.steps, x) for x in task.inputs)
        assert max(results.values()) <= 0.625 * len(task.inputs)
        assert None not in results


def test_the_same_seed_gives_the_same_tasks_on_every_python(mini: MiniDataset) -> None:
    assert digest(mini) == "844ef9eeb77a9aad"


def test_another_seed_gives_other_tasks(mini: MiniDataset) -> None:
    other = MiniDataset(seed=1)
    assert {p.prompt for p in other.problems()} != {p.prompt for p in mini.problems()}
    assert len(other.problems()) == len(mini.problems())


def test_a_held_out_task_is_no_training_task(tasks: list[RoledTask]) -> None:
    seen: dict[bool, set[tuple[str | None, ...]]] = {True: set(), False: set()}
    chains: dict[bool, set[tuple[str, ...]]] = {True: set(), False: set()}
    inputs = {}
    for name, value_type in VALUE_TYPES.items():
        rng = StableRandom(12345)
        inputs[name] = [value_type.make(rng) for _ in range(150)]
    for roled in tasks:
        trained = roled.role in ("solved", "unsolved")
        task = roled.task
        function = tuple(outcome(task.steps, x) for x in inputs[task.takes])
        seen[trained].add((task.takes, *function))
        chains[trained].add(task.operations)
    assert not seen[True] & seen[False]
    assert not chains[True] & chains[False]


def test_half_of_the_training_tasks_come_without_a_program(mini: MiniDataset) -> None:
    train = mini.problems("train")
    assert sum(not p.solutions for p in train) == len(train) // 2
    assert all(not p.solutions for p in mini.problems("test"))


def test_some_words_occur_only_where_there_is_no_program(mini: MiniDataset) -> None:
    train = mini.problems("train")
    known = set().union(*(words(p.prompt) for p in train if p.solutions))
    learned = Counter(word for p in train if not p.solutions for word in words(p.prompt) - known)
    assert len(learned) >= 20
    assert min(learned.values()) >= 10
    held_out = Counter(p.metadata["words"] for p in mini.problems("test"))
    assert held_out["rare"] > held_out["common"] > 0
    for problem in mini.problems("test"):
        new = words(problem.prompt) - known
        assert bool(new) == (problem.metadata["words"] == "rare")
        assert new <= set(learned)


def test_every_rare_name_has_a_word_of_its_own(mini: MiniDataset) -> None:
    known = set().union(*(words(p.prompt) for p in mini.problems("train") if p.solutions))
    assert all(words(o.rare) - known for o in OPERATIONS if o.rare)


def test_an_id_is_the_place_among_all_tasks(mini: MiniDataset) -> None:
    problems = mini.problems()
    assert [int(p.task_id.removeprefix(mini.id_prefix)) for p in problems] == list(
        range(len(problems))
    )
    assert [*mini.problems("train"), *mini.problems("test")] == sorted(
        problems, key=lambda p: (p.split == "test", p.task_id)
    )


def test_tasks_of_mini_hard_have_more_steps() -> None:
    hard = MiniDataset(name="mini-hard", length=LONG)
    problems = hard.problems()
    assert {p.task_id.split("/")[0] for p in problems} == {"mini-hard"}
    assert {len(p.metadata["operations"]) for p in hard.problems("test")} == {3, 4}
    for problem in hard.problems("test"):
        program = hard.reference(problem.task_id)
        assert all(passes(program, test) for test in problem.tests)


def test_a_path_is_refused() -> None:
    with pytest.raises(DataError, match="mini is built in and reads no data"):
        MiniDataset(path="somewhere")


def test_an_unknown_split_is_refused(mini: MiniDataset) -> None:
    with pytest.raises(DataError, match="train and test, not 'dev'"):
        mini.problems("dev")
