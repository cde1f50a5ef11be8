"""The scoring pipeline: samples in, verdicts and scored samples out."""

from itertools import islice

import pytest

import rltf
from rltf import Problem, Sample, TestCase
from rltf.manager import PluginError
from rltf.scoring.pipeline import Job, VerdictMemory, judge_jobs, score_stream, score_with
from rltf.scoring.scorer import Scorer
from rltf.verdict import Verdict

DOUBLE = Problem("double", "…", [TestCase.call([n], 2 * n) for n in (0, 1)], entry_point="f")
SQUARE = Problem("square", "…", [TestCase.call([n], n * n) for n in (0, 1, 3)], entry_point="f")
RIGHT, WRONG = "def f(x): return 2 * x", "def f(x): return 3 * x"


def test_equal_programs_are_judged_once(sandbox):
    counting = Counting(sandbox)
    samples = [Sample("double", program, index=i) for i, program in enumerate("aba")]
    scored = rltf.score(samples, [DOUBLE], sandbox=counting)
    assert counting.judged == ["a", "b"]
    assert [one.sample.index for one in scored] == [0, 1, 2]
    assert scored[0].verdict == scored[2].verdict


def test_a_sample_of_an_unknown_problem_is_an_error():
    with pytest.raises(ValueError, match="no problem 'triple'"):
        rltf.score([Sample("triple", "")], [DOUBLE])


def test_a_sandbox_is_started_where_none_is_given():
    (scored,) = rltf.score([Sample("double", "def f(x): return 2 * x")], [DOUBLE])
    assert scored.verdict.passed


def test_a_stream_is_in_order_and_is_read_as_it_is_judged(sandbox):
    read = 0

    def jobs():
        nonlocal read
        for read in range(1, 2001):
            yield DOUBLE, Sample("double", f"def f(x): return 2 * x + {read % 2}", index=read)

    stream = score_stream(jobs(), Scorer(["coarse"]), sandbox)
    first = [next(stream) for _ in range(20)]
    assert [one.sample.index for one in first] == list(range(1, 21))
    assert [one.rewards["coarse"] for one in first] == [-0.3, 1.0] * 10
    assert read < 1000
    stream.close()


class Counting:
    """A sandbox that counts the programs it is given."""

    def __init__(self, sandbox, verdict=None):
        self.judged = []
        self._sandbox = sandbox
        self._verdict = verdict

    def judge_many(self, items, as_completed=False):
        def counted():
            for problem, program in items:
                self.judged.append(program)
                yield problem, program

        if self._verdict is None:
            yield from self._sandbox.judge_many(counted(), as_completed)
        else:
            yield from (self._verdict for _ in counted())


def test_a_stream_judges_equal_programs_once_and_keeps_the_order(sandbox):
    programs = [RIGHT, WRONG, *[RIGHT] * 1500, WRONG, "def f(x): return x", *[WRONG] * 700]
    jobs = [(DOUBLE, Sample("double", p, index=i)) for i, p in enumerate(programs)]
    jobs.append((SQUARE, Sample("square", RIGHT, index=len(jobs))))
    counting = Counting(sandbox)
    scored = list(score_stream(jobs, Scorer(["coarse"]), counting))
    assert [one.sample.index for one in scored] == list(range(len(jobs)))
    assert [one.verdict.passed for one in scored[:-1]] == [p == RIGHT for p in programs]
    assert counting.judged == [RIGHT, WRONG, "def f(x): return x", RIGHT]


def test_a_stream_judges_again_what_was_our_own_fault(sandbox):
    counting = Counting(sandbox, rltf.Verdict.unscored("the disk is full"))
    jobs = [(DOUBLE, Sample("double", "a", index=i)) for i in range(3)]
    assert len(list(score_stream(jobs, Scorer(["coarse"]), counting))) == 3
    assert counting.judged == ["a", "a", "a"]


def test_a_stream_forgets_old_programs_rather_than_grow(sandbox):
    counting = Counting(sandbox)
    programs = [f"def f(x): return x + {n % 10}" for n in range(20)]
    jobs = [(DOUBLE, Sample("double", p, index=i)) for i, p in enumerate(programs)]
    assert len(list(judge_jobs(jobs, counting, memory=VerdictMemory(8192)))) == 20
    assert counting.judged == programs


def test_a_stream_forgets_sooner_what_takes_more_memory(sandbox):
    short, long = "def f(x): raise KeyError(x, {})", "def f(x): raise KeyError(x, {}, 2000 * '\\0')"
    judged = {}
    for name, text in (("short", short), ("long", long)):
        counting = Counting(sandbox)
        programs = [text.format(number % 20) for number in range(400)]
        jobs = [(DOUBLE, Sample("double", p, index=i)) for i, p in enumerate(programs)]
        for _ in judge_jobs(jobs, counting, memory=VerdictMemory(100_000)):
            pass
        judged[name] = len(counting.judged)
    assert judged["short"] == 20
    assert judged["long"] > 20


def double(*programs):
    return [Job(DOUBLE, Sample("double", p, index=i)) for i, p in enumerate(programs)]


class Backwards:
    """A sandbox whose programs finish in the opposite order."""

    def __init__(self, sandbox):
        self._sandbox = sandbox

    def judge_many(self, items, as_completed):
        verdicts = list(enumerate(self._sandbox.judge_many(items)))
        assert as_completed
        yield from reversed(verdicts)


def test_as_completed_samples_come_with_the_verdict_of_their_program(sandbox):
    other = "def f(x): return x"
    jobs = double(RIGHT, WRONG, RIGHT, other, WRONG)
    scored = list(score_stream(jobs, Scorer(["coarse"]), Backwards(sandbox), as_completed=True))
    assert [one.sample.index for one in scored] == [3, 1, 4, 0, 2]
    assert [one.rewards["coarse"] for one in scored] == [-0.3, -0.3, -0.3, 1.0, 1.0]


@pytest.mark.parametrize("as_completed", [False, True])
def test_more_repeats_than_may_wait_all_come_out(sandbox, as_completed):
    counting = Counting(sandbox)
    jobs = double(RIGHT, *[RIGHT] * 1500, WRONG, *[WRONG, RIGHT] * 700)
    judged = list(judge_jobs(iter(jobs), counting, as_completed=as_completed))
    assert sorted(job.sample.index for job, _ in judged) == [*range(len(jobs))]
    assert all(v.passed == (job.sample.program == RIGHT) for job, v in judged)
    assert counting.judged == [RIGHT, WRONG]


@pytest.mark.parametrize("as_completed", [False, True])
def test_repeats_are_read_no_further_than_some_may_wait(sandbox, as_completed):
    read = 0

    def jobs():
        nonlocal read
        for read in range(1, 100_001):
            yield DOUBLE, Sample("double", RIGHT, index=read)

    stream = judge_jobs(jobs(), sandbox, as_completed=as_completed)
    assert len(list(islice(stream, 20))) == 20
    assert read < 2000
    stream.close()


@pytest.mark.parametrize("as_completed", [False, True])
def test_a_verdict_that_is_known_is_not_judged_and_not_shared(sandbox, as_completed):
    counting = Counting(sandbox)
    no_answer = Verdict.unscored("no answer")
    jobs = [Job(DOUBLE, Sample("double", RIGHT), no_answer), *double(RIGHT)]
    judged = list(judge_jobs(jobs, counting, as_completed=as_completed))
    assert [verdict.status for _, verdict in judged] == ["unscored", "passed"]
    assert counting.judged == [RIGHT]


def test_streams_share_a_memory(sandbox):
    counting, memory = Counting(sandbox), VerdictMemory()
    for _ in range(2):
        scored = score_with(
            Scorer("coarse"),
            [job.sample for job in double(RIGHT, WRONG)],
            [DOUBLE],
            counting,
            memory=memory,
        )
        assert [one.verdict.passed for one in scored] == [True, False]
    assert counting.judged == [RIGHT, WRONG]


def test_programs_of_an_abandoned_stream_are_judged_again(sandbox):
    memory = VerdictMemory()
    stream = judge_jobs(double(WRONG, RIGHT), sandbox, memory=memory)
    next(stream)
    stream.close()
    judged = judge_jobs(double(WRONG, RIGHT), sandbox, memory=memory)
    assert [verdict.passed for _, verdict in judged] == [False, True]


def test_an_executor_that_leaves_a_program_out_is_named():
    class Lazy:
        def judge_many(self, items):
            list(items)
            return iter(())

    with pytest.raises(PluginError, match="the executor gave no verdict for 2 programs"):
        list(judge_jobs(double(RIGHT, WRONG), Lazy()))
