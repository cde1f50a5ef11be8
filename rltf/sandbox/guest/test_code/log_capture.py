"""pytest's fixture ``caplog``."""

from __future__ import annotations

import contextlib

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any


class LogCapture:
    """The fixture ``caplog``: it keeps the records that reach the root logger."""

    def __init__(self) -> None:
        import logging

        from _pytest.logging import LogCaptureHandler

        self.handler: Any = LogCaptureHandler()
        self.handler.setFormatter(
            logging.Formatter("%(levelname)-8s %(name)s:%(filename)s:%(lineno)d %(message)s")
        )
        self._levels: dict[str | None, int] = {}
        self._disabled: int | None = None

    @property
    def records(self) -> list[Any]:
        records: list[Any] = self.handler.records
        return records

    @property
    def text(self) -> str:
        return str(self.handler.stream.getvalue())

    @property
    def messages(self) -> list[str]:
        return [record.getMessage() for record in self.records]

    @property
    def record_tuples(self) -> list[tuple[str, int, str]]:
        return [(each.name, each.levelno, each.getMessage()) for each in self.records]

    def get_records(self, when: str) -> list[Any]:
        """Return the records of a phase of the test. There is only one phase here."""
        return self.records if when == "call" else []

    def clear(self) -> None:
        """Forget all records."""
        self.handler.clear()

    def set_level(self, level: int | str, logger: str | None = None) -> None:
        """Set the level of a logger until the end of the test."""
        import logging

        changed = logging.getLogger(logger)
        self._levels.setdefault(logger, changed.level)
        changed.setLevel(level)
        self._levels.setdefault("", self.handler.level)
        self.handler.setLevel(level)

    @contextlib.contextmanager
    def at_level(self, level: int | str, logger: str | None = None) -> Iterator[None]:
        """Set the level of a logger for a while."""
        import logging

        changed = logging.getLogger(logger)
        before = changed.level, self.handler.level
        changed.setLevel(level)
        self.handler.setLevel(level)
        try:
            yield
        finally:
            changed.setLevel(before[0])
            self.handler.setLevel(before[1])

    def end(self) -> None:
        """Put the levels back."""
        import logging

        for name, level in self._levels.items():
            if name != "":
                logging.getLogger(name).setLevel(level)


@contextlib.contextmanager
def fixture() -> Iterator[LogCapture]:
    """Yield the fixture of one test."""
    import logging

    capture = LogCapture()
    root = logging.getLogger()
    root.addHandler(capture.handler)
    try:
        yield capture
    finally:
        root.removeHandler(capture.handler)
        capture.end()
