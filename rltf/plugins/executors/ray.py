"""Executor ``ray``: sandboxes on the nodes of a Ray cluster (extra ``ray``).

There is an actor on each node, which has a sandbox with a worker for each CPU that Ray knows there.
Programs and tests travel to it, in batches and each problem once; it judges and compares, and
verdicts travel back. What an actor had not answered when it or its node was lost is judged again,
there or on other nodes.

Ray starts on this machine unless it is told of a cluster (``RAY_ADDRESS``, or ``ray.init`` before).
Every node needs the same Python and the same rltf, with the plugins that the problems use.
"""

from __future__ import annotations

import os
import socket
import threading
from concurrent.futures import Future
from dataclasses import replace
from functools import partial
from typing import Any

from rltf.common.options import HashSeed, PositiveInt
from rltf.dataset import Isolation
from rltf.errors import SandboxError
from rltf.hookspecs import Register, hookimpl
from rltf.limits import Limits
from rltf.sandbox.executor import Executor
from rltf.sandbox.groups import messages
from rltf.sandbox.groups.dispatcher import Dispatcher
from rltf.sandbox.groups.group import Group, Listener
from rltf.sandbox.groups.server import GroupServer, GroupSettings
from rltf.sandbox.sandbox import Sandbox
from rltf.verdict import JudgingChoice

_POLL_S = 10.0
"""How long an actor waits for results before it answers with none."""
_LINGER_S = 0.005
"""How long it then waits for others to travel along."""
_CONNECT_S = 10.0
_MOST_STARTS = 3
"""Ray gives itself half a minute to start on a machine, which a busy one may not manage."""


class SandboxActor:
    """The inside of an actor. ``put`` and ``take`` each have a thread of their own."""

    def __init__(self, settings: GroupSettings) -> None:
        self._failure = b""
        try:
            self._server = GroupServer(settings.open())
        except Exception as error:  # an actor that fails to start would only tell of its death
            failure = (messages.FAILED, messages.pickle_exception(error))
            self._failure = messages.encode([failure])

    def put(self, message: bytes) -> None:
        """Take jobs. Ray runs these calls one after the other, in order."""
        if not self._failure:
            self._server.put(message)

    def take(self) -> bytes:
        """Return the results that are there, or wait for one."""
        return self._failure or self._server.take(_POLL_S, _LINGER_S)


class RayGroup(Group):
    """An actor, as its client sees it."""

    ahead = 4
    together = 64  # a call costs as much as judging several programs does elsewhere

    def __init__(self, slot: int, workers: int, actor: Any, listener: Listener) -> None:
        super().__init__(slot, workers)
        self._actor = actor
        self._is_closed = False
        threading.Thread(target=self._read, args=(listener,), daemon=True).start()

    def send(self, message: bytes) -> None:
        """Send a message. The reading thread tells of a loss."""
        self._actor.put.remote(message)

    def close(self) -> None:
        """End the actor, and its processes with it. Safe to call twice."""
        import ray

        if not self._is_closed and ray.is_initialized():
            ray.kill(self._actor)
        self._is_closed = True

    def abandon(self) -> None:
        """Do nothing: Ray itself does not work in a fork."""

    def _read(self, listener: Listener) -> None:
        import ray

        while not self._is_closed:
            try:
                message = ray.get(self._actor.take.remote())
            except Exception:  # whatever Ray raises: the actor, its node or all of Ray is gone
                break
            if message:
                listener.received(self, message)
        listener.lost(self)


class RaySandbox(Executor):
    """Judges on a Ray cluster. Its options are those of :class:`rltf.Sandbox`.

    Args:
        settings: What each actor needs; ``workers`` are those of a node, ``None``: its CPUs.
        limits: Limits for problems that have none of their own.

    Raises:
        SandboxError: Ray does not start, the cluster has no node with CPUs, or a node cannot run the
            sandbox.
    """

    def __init__(self, settings: GroupSettings, limits: Limits) -> None:
        ray = _ray()
        self._is_ours, self._closed = not ray.is_initialized(), threading.Event()
        if self._is_ours:
            _join_to_last(ray, self._closed)
        nodes = {
            node["NodeID"]: settings.workers or int(node["Resources"]["CPU"])
            for node in _nodes(ray)
        }
        if not nodes:
            raise SandboxError("no node of the Ray cluster has a CPU")
        start = partial(_start, list(nodes.items()), settings, _actor_class(ray))
        self.workers = sum(nodes.values())
        self.limits = limits
        self.backend = Dispatcher(start, len(nodes))
        self.backend.open()

    def close(self) -> None:
        super().close()
        if self._is_ours:
            self._is_ours = False
            _ray().shutdown()
        self._closed.set()


def _ray() -> Any:
    try:
        import ray
    except ModuleNotFoundError:
        raise SandboxError('executor ray needs Ray: pip install "rltf[ray]"') from None
    return ray


def _join_to_last(ray: Any, closed: threading.Event) -> None:
    """Join from a thread that lasts: the kernel ends Ray's processes with the thread they are of."""
    if threading.current_thread() is threading.main_thread():
        _join(ray)
        return
    joined: Future[None] = Future()

    def last() -> None:
        try:
            _join(ray)
        except BaseException as error:
            joined.set_exception(error)
            return
        joined.set_result(None)
        closed.wait()

    threading.Thread(target=last, name="rltf-ray", daemon=True).start()
    joined.result()


def _join(ray: Any) -> None:
    """Join the cluster of ``RAY_ADDRESS``, or start Ray on this machine."""
    address = os.environ.get("RAY_ADDRESS", "local")
    if address != "local":
        _check_answers(address)
    for tries in range(_MOST_STARTS):
        try:
            ray.init(include_dashboard=False, logging_level="CRITICAL")
            return
        except Exception as error:  # Ray has no common class for what keeps it from starting
            ray.shutdown()
            reason = str(error).strip().partition("\n")[0].rstrip(".")
            if address != "local":
                raise SandboxError(
                    f"Ray does not join the cluster at RAY_ADDRESS={address}: {reason}; if the "
                    "cluster asks for a token, set RAY_AUTH_MODE=token"
                ) from None
            if tries == _MOST_STARTS - 1:
                raise SandboxError(f"Ray does not start on this machine: {reason}") from None


def _check_answers(address: str) -> None:
    """Raise ``SandboxError`` if nobody answers there: Ray itself would try for minutes."""
    host, _, port = address.rpartition("://")[2].rpartition(":")
    if not port.isdigit():
        return  # such as "auto"
    try:
        socket.create_connection((host, int(port)), _CONNECT_S).close()
    except OSError as error:
        raise SandboxError(
            f"no Ray cluster answers at RAY_ADDRESS={address}: {error.strerror or error}"
        ) from None


def _nodes(ray: Any) -> list[dict[str, Any]]:
    return [node for node in ray.nodes() if node["Alive"] and node["Resources"].get("CPU", 0) >= 1]


def _actor_class(ray: Any) -> Any:
    """Return the remote class. It takes no CPUs from Ray's count, so it starts on a busy node too."""
    for name in ("put", "take"):
        ray.method(concurrency_group=name)(getattr(SandboxActor, name))
    return ray.remote(num_cpus=0, concurrency_groups={"put": 1, "take": 1})(SandboxActor)


def _start(
    nodes: list[tuple[str, int]],
    settings: GroupSettings,
    actor_class: Any,
    slot: int,
    listener: Listener,
) -> Group | None:
    """Start the actor of a node, unless the node is gone."""
    import ray
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    node, workers = nodes[slot]
    if node not in {alive["NodeID"] for alive in _nodes(ray)}:
        return None
    there = NodeAffinitySchedulingStrategy(node, soft=False)
    actor = actor_class.options(scheduling_strategy=there).remote(
        replace(settings, workers=workers)
    )
    return RayGroup(slot, workers, actor, listener)


def make(
    isolation: Isolation = "test",
    judging: JudgingChoice = "auto",
    workers: PositiveInt | None = None,
    limits: Limits | None = None,
    hash_seed: HashSeed = 0,
    **options: Any,
) -> RaySandbox:
    """Return an executor with the options of :class:`rltf.Sandbox`; ``workers`` are for each node."""
    options |= {"isolation": isolation, "judging": judging, "limits": limits or Limits()}
    options["hash_seed"] = hash_seed
    settings = GroupSettings.of_this_process(partial(Sandbox, **options))
    return RaySandbox(replace(settings, workers=workers), options["limits"])


@hookimpl
def rltf_register_executors(register: Register) -> None:
    """Register ``ray``."""
    register("ray", make)
