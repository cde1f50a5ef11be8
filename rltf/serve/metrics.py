"""What the server counts, in the text format of Prometheus."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import accumulate

_BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Metrics:
    """Counters of one server. Only the thread of its event loop uses them."""

    def __init__(self) -> None:
        self.requests: Counter[tuple[str, int]] = Counter()
        """Path and HTTP status to the number of requests. 499: the client did not wait."""
        self.programs: Counter[str] = Counter()
        """Status to the number of programs that were run or judged."""
        self.cpu_s = 0.0
        """CPU seconds of all programs."""
        self._seconds: Counter[float] = Counter()
        self._total_s = 0.0

    def answered(self, path: str, status: int, seconds: float) -> None:
        """Count a request that was answered after ``seconds``."""
        self.requests[path, status] += 1
        self._seconds[next((b for b in _BUCKETS_S if seconds <= b), float("inf"))] += 1
        self._total_s += seconds

    def ran(self, status: str, cpu_s: float) -> None:
        """Count a program."""
        self.programs[status] += 1
        self.cpu_s += cpu_s

    def text(self, gauges: dict[str, tuple[str, float]]) -> str:
        """Return everything as Prometheus reads it, with ``gauges``: name to help and value."""
        lines = [
            *_family("rltf_requests_total", "counter", "Requests answered.", self._requests()),
            *_family("rltf_programs_total", "counter", "Programs by status.", self._programs()),
            *_family(
                "rltf_program_cpu_seconds_total",
                "counter",
                "CPU seconds of programs.",
                [("", self.cpu_s)],
            ),
            *_family("rltf_request_seconds", "histogram", "Time to answer.", self._histogram()),
        ]
        for name, (explanation, value) in gauges.items():
            lines += _family(name, "gauge", explanation, [("", value)])
        return "\n".join(lines) + "\n"

    def _requests(self) -> Iterator[tuple[str, float]]:
        for (path, status), count in sorted(self.requests.items()):
            yield f'{{path="{path}",code="{status}"}}', count

    def _programs(self) -> Iterator[tuple[str, float]]:
        for status, count in sorted(self.programs.items()):
            yield f'{{status="{status}"}}', count

    def _histogram(self) -> Iterator[tuple[str, float]]:
        bounds = (*_BUCKETS_S, float("inf"))
        counts = list(accumulate(self._seconds[bound] for bound in bounds))
        for bound, count in zip(bounds, counts, strict=True):
            yield f'_bucket{{le="{"+Inf" if bound == float("inf") else bound}"}}', count
        yield "_sum", self._total_s
        yield "_count", counts[-1]


def _family(
    name: str, kind: str, explanation: str, values: Iterable[tuple[str, float]]
) -> list[str]:
    head = [f"# HELP {name} {explanation}", f"# TYPE {name} {kind}"]
    return head + [f"{name}{suffix} {value:g}" for suffix, value in values]
