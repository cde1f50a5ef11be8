import pickle
from dataclasses import fields, replace

from rltf.limits import Limits
from rltf.sandbox.client.zygote import ChildResult
from rltf.sandbox.guest.shared.wire import RESULT_ALIVE
from rltf.sandbox.judging import outcomes
from rltf.verdict import TestOutcome


def test_an_outcome_is_what_its_constructor_would_have_made() -> None:
    result = ChildResult(RESULT_ALIVE, 0, 0, 0.25, 0.5, 3.0, 0, b"out", b"err", b"")
    made = outcomes.outcome(result, Limits(), lambda _: ("passed", None))
    same = TestOutcome(
        "passed", cpu_s=0.25, wall_s=0.5, peak_memory_mb=3.0, stdout="out", stderr="err"
    )
    assert made == same
    assert list(vars(made)) == [field.name for field in fields(TestOutcome)]
    assert pickle.loads(pickle.dumps(made)) == same
    assert replace(made, attempt="early_exit").attempt == "early_exit"
