"""The parts of an audit that need no sandbox."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import pytest

from rltf import Problem, TestCase
from rltf.audit.attacks import attacks
from rltf.audit.changed_line import changed_line
from rltf.audit.findings import AuditReport, Coverage, Finding, ProblemAudit, Share
from rltf.audit.idle_programs import idle_programs
from rltf.audit.prompt_examples import examples_of_calls, examples_of_programs
from rltf.audit.variations import depends_on_hash_seed, keeps_state, with_prelude
from rltf.augment.signatures import signature_of
from rltf.errors import DataError

CORPUS = Path(__file__).parents[1] / "security" / "corpus"


@pytest.mark.parametrize(
    ("prompt", "pairs"),
    [
        ("Such as f(1, 2) == 3 and f(2, 2) -> 4.", [((1, 2), 3), ((2, 2), 4)]),
        (">>> f([1])\n[2]\n>>> f([])\n[]", [(([1],), [2]), (([],), [])]),
        ("f(2) = 4, f(3) = 9", [((2,), 4), ((3,), 9)]),
        ("`f('a')` should return ('a', 1)", [(("a",), ("a", 1))]),
        ("f(x) == 3, or g(1) == 2, or f(1) is odd", []),
        ("the call self.f(1) == 2 is another one", []),
        ("f(1) -> 9 - 1 = 8", []),
        ("f(1) == 1.25.", [((1,), 1.25)]),
    ],
)
def test_examples_of_calls(prompt, pairs):
    assert sorted(map(repr, examples_of_calls(prompt, "f"))) == sorted(map(repr, pairs))


def test_examples_of_programs():
    prompt = "Add.\n\n-----Sample Input-----\n\nInput\n1 2\n\nOutput\n3\n\nNote: that is all."
    assert list(examples_of_programs(prompt)) == [("1 2\n", "3\n")]


def test_the_calls_of_a_check_function_are_inputs():
    code = (
        "def check(candidate):\n    assert candidate(1) == 2, 'one'\n    assert 4 == candidate(3)\n"
        "    assert abs(candidate(0) - 0.5) < 1e-6\n    assert other(1) == 2\n\ncheck(f)\n"
    )
    signature = signature_of(Problem("p", "", [TestCase.assertion(code)], entry_point="f"))
    assert signature is not None
    assert sorted(zip(signature.inputs, signature.outputs, strict=True)) == [
        ((0,), 0.5),
        ((1,), 2),
        ((3,), 4),
    ]


def test_the_changed_line_of_a_mutant():
    program = "def f(a):\n    '''Double it.'''\n    if a > 1:\n        return 2\n    return 3"
    mutant = "def f(a):\n    if a >= 1:\n        return 2\n    return 3"
    assert changed_line(program, mutant) == ("if a > 1:", "if a >= 1:")


@pytest.mark.parametrize(
    ("program", "keeps"),
    [
        ("def f(n): return n", False),
        ("LIMIT = 10\ndef f(n): return n", False),
        ("seen = []\ndef f(n): return n", True),
        ("def f(n, seen=[]): return n", True),
        ("def f(n):\n    global x\n    x = n", True),
        ("class A: pass", True),
    ],
)
def test_which_programs_keep_state(program, keeps):
    assert keeps_state(program) is keeps


def test_which_programs_depend_on_the_hash_seed():
    problem = Problem("p", "", [TestCase.call([1], 1)], entry_point="f")
    assert depends_on_hash_seed(problem, "def f(n): return list({n, 'a'})")
    assert depends_on_hash_seed(problem, "def f(n): return set(n)")
    assert not depends_on_hash_seed(problem, "def f(n): return {1: n}")


def test_a_prelude_stands_after_what_must_be_first():
    program = '"""Says."""\nfrom __future__ import annotations\nx = 1\n'
    changed = with_prelude(program, "y = 2")
    assert ast.get_docstring(ast.parse(changed)) == "Says."
    compile(changed, "changed", "exec")
    assert changed.splitlines()[2].startswith("exec(")


def test_idle_programs():
    tests = [TestCase.call([n], n > 1, visible=n == 1) for n in (1, 2, 3)]
    programs = idle_programs(Problem("p", "Is it?", tests, entry_point="Solution().g"))
    names = {}
    exec(programs["constant"], names)
    assert names["Solution"]().g(1) is True
    exec(programs["lookup"], names)
    assert [names["Solution"]().g(n) for n in (1, 2)] == [False, None]
    exec(programs["every_answer"], names)
    assert names["Solution"]().g(5) == [False, True, True]
    assert programs["empty"] == ""


def test_attacks_are_of_classes_of_the_corpus():
    classes = {tomllib.loads(file.read_text())["class"] for file in CORPUS.glob("*.toml")}
    assert {attack.kind for attack in attacks()} <= classes
    problem = Problem("p", "", [TestCase.call([1], 1)], entry_point="g")
    for attack in attacks():
        compile(attack.fitted(problem) or "", attack.name, "exec")


def test_a_report_survives_json():
    audit = ProblemAudit(
        "p",
        (Finding("weak_tests", "weak", "mended", ("- a", "+ b")),),
        mutants=3,
        survivors=1,
        coverage=Coverage(4, 3, 2, 1),
        rewards={"coarse": {"right": 1.0}},
        unchecked=("nothing",),
    )
    report = AuditReport("file", "all", 0, ("weak",), (audit, ProblemAudit("q")))
    assert AuditReport.from_dict(report.to_dict()) == report
    assert report.weak == Share(1, 1)
    with pytest.raises(DataError, match="no audit of rltf"):
        AuditReport.from_dict({"audits": 1})


def test_the_interval_of_a_share():
    low, high = Share(10, 100).interval
    assert (round(low, 4), round(high, 4)) == (0.0552, 0.1744)  # Wilson (1927)
    assert Share(0, 0).interval is None
