"""References whose answers are different each time."""

import pytest

from rltf import Problem, TestCase
from rltf.augment.augmenter import Augmenter
from rltf.augment.nondeterminism import may_depend_on_chance


@pytest.mark.parametrize(
    "program",
    [
        "import random\nx = random.random()",
        "import time as clock\nx = clock.time()",
        "from datetime import date\nx = date.today()",
        "from os import urandom\nx = urandom(1)",
        "import os\nx = os.urandom(1)",
        "def f():\n    import uuid\n    return uuid.uuid4()",
        "import numpy as np\nx = np.random.rand()",
    ],
)
def test_chance_and_time_are_found(program):
    assert may_depend_on_chance(program)


def test_other_programs_are_not_suspected():
    assert not may_depend_on_chance("import math\nfrom os import path\nrandom = math.pi\n")


def test_a_problem_with_such_references_stays_as_it_is(sandbox):
    program = "import time\ndef f(x):\n    return 4 if x == 2 else time.time_ns() % 3\n"
    tests = [TestCase.call([2], 4)]
    problem = Problem("t", "…", tests, entry_point="f", solutions=[program])
    augmented = Augmenter(sandbox, sandbox, 5, 0)(problem, [])
    assert augmented.problem == problem
    assert augmented.left_because == "whose references may depend on chance"
