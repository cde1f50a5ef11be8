"""The verdict cache: nothing is judged twice, nothing stale is returned, two processes may share it."""

import dataclasses
import json
import os
import sqlite3
import subprocess
import sys
import threading

import pytest

from rltf import Limits, Problem, TestCase, Verdict, manager
from rltf.dataset import DataError
from rltf.plugins.rules.strict import Strict
from rltf.sandbox.judging import seed_secret
from rltf.sandbox.local_backend import LocalBackend
from rltf.sandbox.verdict_cache import CachedSandbox, VerdictCache
from rltf.verdict import TestOutcome

DOUBLE = Problem("double", "…", [TestCase.call([n], 2 * n) for n in (0, 1)], entry_point="f")
RIGHT = "def f(x): return 2 * x"
WRONG = "def f(x): return x"
LONG = Limits(cpu_s=0.3)

WRITER = """
import sys
from rltf import Verdict
from rltf.plugins.rules.strict import Strict
from rltf.verdict import TestOutcome
from rltf.sandbox.verdict_cache import VerdictCache
path, first = sys.argv[1], int(sys.argv[2])
cache = VerdictCache(path)
for number in range(first, first + 2000):
    cache.put(number.to_bytes(32), Verdict.of([TestOutcome("passed", stdout=str(number))]))
cache.close()
"""


def rows(path):
    with sqlite3.connect(path) as database:
        return database.execute("SELECT count(*) FROM verdicts").fetchone()[0]


@pytest.fixture
def judged(monkeypatch):
    """The programs that the sandbox ran."""
    programs = []
    real = LocalBackend._judge

    def judge(self, problem, program, while_on):
        programs.append(program)
        return real(self, problem, program, while_on)

    monkeypatch.setattr(LocalBackend, "_judge", judge)
    return programs


def test_a_program_is_run_once_for_all_runs(tmp_path, judged):
    path = tmp_path / "cache"
    verdicts = []
    for _ in range(2):
        with manager.get("executor", "sandbox", cache=path, workers=1) as sandbox:
            verdicts.append(list(sandbox.judge_many([(DOUBLE, RIGHT), (DOUBLE, WRONG)])))
    assert judged == [RIGHT, WRONG]
    first, second = verdicts
    assert [v.status for v in second] == ["passed", "wrong_answer"]
    assert [v.layers for v in first] == [v.layers for v in second]
    assert [round(v.tests[0].cpu_s, 6) for v in first] == [v.tests[0].cpu_s for v in second]


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    folder = tmp_path_factory.mktemp("keys")

    with CachedSandbox(folder / "cache", workers=1) as plain:

        def key(problem, program=RIGHT, **options):
            if not options:
                return plain.backend.key(problem, program)
            with CachedSandbox(folder / "cache", workers=1, **options) as sandbox:
                return sandbox.backend.key(problem, program)

        yield key


@pytest.mark.parametrize(
    "change",
    [
        {"tests": [TestCase.call([0], 0)]},
        {"tests": [TestCase.call([n], 2.0 * n) for n in (0, 1)]},
        {"tests": [TestCase.call([n], bool(n)) for n in (0, 1)]},
        {"tests": [dataclasses.replace(test, from_json=True) for test in DOUBLE.tests]},
        {"tests": [TestCase.assertion("assert f(0) == 0")]},
        {"tests": [TestCase.assertion("assert f(0) == 0", guarded=True)]},
        {"limits": Limits(cpu_s=1)},
        {"entry_point": "g"},
        {"setup_code": "x = 1"},
        {"guarded": True},
        {"files": True},
        {"fixtures": {"a": "x"}},
        {"fixtures": {"a": b"\xff"}},
        {"limits": Limits(files_mb=3)},
    ],
)
def test_what_a_verdict_depends_on_is_in_the_key(keys, change):
    assert keys(dataclasses.replace(DOUBLE, **change)) != keys(DOUBLE)


def test_the_way_of_judging_is_in_the_key(tmp_path):
    with (
        CachedSandbox(tmp_path / "cache", workers=1) as auto,
        CachedSandbox(tmp_path / "cache", workers=1, judging="split") as split,
    ):
        assert auto.backend.key(DOUBLE, "x") != split.backend.key(DOUBLE, "x")


GCD = Problem("t", "", [TestCase.assertion("assert gcd(4, 6) + 0 == f(2)")])


def test_whose_the_names_of_a_test_are_is_in_the_key(keys):
    known = keys(GCD)
    for change in (
        {"prompt": "Write a function `gcd`."},
        {"starter_code": "def gcd(a, b): ..."},
        {"solutions": ["def gcd(a, b): ...\ndef f(x): ..."]},
    ):
        assert keys(dataclasses.replace(GCD, **change)) != known
    assert keys(dataclasses.replace(GCD, prompt="Write it.")) == known


def test_a_secret_is_in_the_key_where_tests_may_draw(keys, monkeypatch):
    data = dataclasses.replace(GCD, tests=[TestCase.assertion("assert f(2) == 2")])
    checked = dataclasses.replace(DOUBLE, checker="def check(args, value, expected): ...")
    problems = (GCD, checked, data, DOUBLE)
    before = [keys(problem) for problem in problems]
    monkeypatch.setattr(seed_secret, "secret", lambda: b"another")
    after = [keys(dataclasses.replace(problem)) for problem in problems]
    assert [a != b for a, b in zip(before, after, strict=True)] == [True, True, False, False]


def test_how_programs_are_run_is_in_the_key(keys):
    plain = keys(DOUBLE)
    assert keys(DOUBLE, WRONG) != plain
    for options in ({"isolation": "program"}, {"stop_on_failure": True}, {"limits": LONG}):
        assert keys(DOUBLE, **options) != plain


def test_a_judging_rule_that_changes_is_another_key(tmp_path):
    plugin = tmp_path / "rule.py"
    plugin.write_text(
        "from rltf import hookimpl\nfrom rltf.plugins.rules.strict import Strict\n"
        "class Mine(Strict): pass\n"
        "@hookimpl\ndef rltf_register_rules(register): register('test-rule', Mine)\n"
    )
    manager.load_file(plugin)
    found = []
    for change in ("", "", "# changed"):
        plugin.write_text(plugin.read_text() + change)
        with CachedSandbox(tmp_path / "cache", workers=1) as sandbox:
            problem = dataclasses.replace(DOUBLE, rule="test-rule")
            found.append(sandbox.backend.key(problem, RIGHT))
    assert found[0] == found[1] != found[2]


def test_a_rule_that_nobody_can_tell_from_others_is_not_cached(tmp_path):
    rule = type("Nowhere", (Strict,), {"__module__": "nowhere"})
    with CachedSandbox(tmp_path / "cache", workers=1) as sandbox:
        sandbox.backend.rules["nowhere"] = rule()
        assert sandbox.judge(dataclasses.replace(DOUBLE, rule="nowhere"), RIGHT).passed
    assert rows(tmp_path / "cache") == 0


def test_both_sides_of_a_fork_write(tmp_path):
    cache = VerdictCache(tmp_path / "cache")
    cache.put(b"before", Verdict.of([TestOutcome("passed")]))
    child = os.fork()
    if child == 0:
        try:
            cache.put(b"child", Verdict.of([TestOutcome("passed")]))
            cache.close()
        finally:
            os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    cache.put(b"parent", Verdict.of([TestOutcome("passed")]))
    cache.close()
    assert rows(tmp_path / "cache") == 3


@pytest.mark.parametrize(
    "change",
    [{"task_id": "2"}, {"prompt": ""}, {"solutions": [RIGHT]}, {"metadata": {"a": 1}}],
)
def test_what_no_verdict_depends_on_is_not_in_the_key(keys, change):
    assert keys(dataclasses.replace(DOUBLE, **change)) == keys(DOUBLE)
    assert keys(dataclasses.replace(DOUBLE, limits=Limits())) == keys(DOUBLE)


def test_what_the_machine_may_have_caused_is_not_kept(tmp_path):
    path = tmp_path / "cache"
    programs = ["def f(x):\n    while True: pass", "import os\ndef f(x): os.abort()"]
    problem = dataclasses.replace(DOUBLE, limits=LONG)
    with CachedSandbox(path, workers=1) as sandbox:
        statuses = [sandbox.judge(problem, program).status for program in programs]
        assert sandbox.judge(Problem("none", ""), "").status == "unscored"
        assert sandbox.judge(dataclasses.replace(DOUBLE, entry_point=None), RIGHT).status == (
            "unscored"
        )
    assert statuses == ["timeout", "crashed"]
    assert rows(path) == 0


def test_one_such_test_keeps_the_verdict_out(tmp_path):
    cache = VerdictCache(tmp_path / "cache")
    cache.put(b"key", Verdict.of([TestOutcome("timeout"), TestOutcome("syntax_error")]))
    assert cache.get(b"key") is None
    cache.close()


def test_arguments_that_cannot_cross_are_not_a_matter_of_the_cache(tmp_path):
    problem = Problem("t", "", [TestCase.call([object()], 1)], entry_point="f")
    with CachedSandbox(tmp_path / "cache", workers=1) as sandbox:
        assert sandbox.judge(problem, RIGHT).status == "unscored"


def test_processes_that_write_at_one_time_lose_nothing(tmp_path):
    path = tmp_path / "cache"
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, path, str(1500 * number)])
        for number in range(4)
    ]
    assert [writer.wait() for writer in writers] == [0, 0, 0, 0]
    assert rows(path) == 4 * 1500 + 500
    cache = VerdictCache(path)
    assert cache.get((4000).to_bytes(32)).tests[0].stdout == "4000"
    cache.close()


def test_a_writer_that_is_killed_leaves_a_cache(tmp_path):
    path = tmp_path / "cache"
    killed = WRITER.replace("cache.close()", "import os; os.kill(os.getpid(), 9)")
    subprocess.run([sys.executable, "-c", killed, path, "0"])
    cache = VerdictCache(path)
    assert cache.get((0).to_bytes(32)).passed
    cache.close()


def test_threads_share_a_cache(tmp_path):
    cache = VerdictCache(tmp_path / "cache")

    def work(number):
        for place in range(500):
            cache.put(f"{number}-{place}".encode(), Verdict.of([TestOutcome("passed")]))
            assert cache.get(f"{number}-{place}".encode()).passed

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    cache.close()
    assert rows(tmp_path / "cache") == 2000
    cache.close()


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"hello, world\n" * 100, "file is not a database"),
        (b"\x00" * 5000, "file is not a database"),
    ],
)
def test_a_file_that_is_no_cache_is_refused(tmp_path, content, fault):
    path = tmp_path / "cache"
    path.write_bytes(content)
    with pytest.raises(DataError, match=f"cache: not a verdict cache, or a damaged one .{fault}"):
        VerdictCache(path)
    assert path.read_bytes() == content


def test_the_database_of_another_program_is_left_alone(tmp_path):
    path = tmp_path / "mail.db"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE mail (text)")
    before = path.read_bytes()
    with pytest.raises(DataError, match="an SQLite file of another program"):
        VerdictCache(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("form", ["", "{", "3", "[]", json.dumps({"status": "passed"})])
def test_a_damaged_entry_is_an_error(tmp_path, form):
    path = tmp_path / "cache"
    VerdictCache(path).close()
    with sqlite3.connect(path) as database:
        database.execute("INSERT INTO verdicts VALUES (?, ?)", (b"key", form))
    database.close()
    cache = VerdictCache(path)
    with pytest.raises(DataError, match="or a damaged one"):
        cache.get(b"key")
    cache.close()


def test_a_damaged_page_is_an_error(tmp_path):
    path = tmp_path / "cache"
    cache = VerdictCache(path)
    for number in range(500):
        cache.put(number.to_bytes(32), Verdict.of([TestOutcome("passed")]))
    cache.close()
    content = path.read_bytes()
    path.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))
    cache = VerdictCache(path)
    with pytest.raises(DataError, match="malformed"):
        cache.get((7).to_bytes(32))
    cache.close()


def test_a_path_that_cannot_be_a_file_is_refused(tmp_path):
    with pytest.raises(DataError, match="must be a regular file"):
        VerdictCache(tmp_path)
    with pytest.raises(DataError, match="No such file or directory"):
        VerdictCache(tmp_path / "absent" / "cache")


def test_a_full_disk_names_the_cache(tmp_path):
    path = tmp_path / "cache"
    cache = VerdictCache(path)
    cache._database.execute("PRAGMA max_page_count = 3")  # SQLite says the same of a full disk
    for number in range(99):
        cache.put(number.to_bytes(32), Verdict.of([TestOutcome("passed", stdout="x" * 999)]))
    with pytest.raises(OSError, match="No space left on device") as failure:
        cache.close()
    assert failure.value.filename == path
