"""Loggers that a test has changed: see ``judge/logs.py``."""

from __future__ import annotations

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from typing import Any

_PLAIN = (str, int, float, bool, type(None))
_MOST = 10_000
"""Records that are kept for the judge between two messages."""


class Logs:
    """Sets levels as the test has, and tells of what would reach handlers of the test."""

    def __init__(self) -> None:
        self._own: dict[str, Any] = {}
        self._handlers: dict[str, Any] = {}
        self._logged: list[Any] = []

    def take(self, news: Any) -> None:
        import logging

        changed, disable = news
        names = {name for name, *_ in changed}
        for name in self._own.keys() - names:
            logger = logging.getLogger(name or None)
            level, logger.propagate, logger.disabled = self._own.pop(name)
            logger.setLevel(level)
            self._handle(logger, name, False)
        for name, level, propagate, disabled, has_handlers in changed:
            logger = logging.getLogger(name or None)
            own = self._own.setdefault(name, (logger.level, logger.propagate, logger.disabled))
            logger.setLevel(own[0] if level is None else level)
            logger.propagate, logger.disabled = propagate and own[1], disabled or own[2]
            self._handle(logger, name, has_handlers)
        logging.disable(disable)

    def _handle(self, logger: Any, name: str, has_handlers: bool) -> None:
        import logging

        here = self._handlers.pop(name, None)
        if here is not None:
            logger.removeHandler(here)
        if has_handlers:
            handler = self._handlers[name] = logging.Handler()
            handler.emit = lambda record: self._record(name, record)  # type: ignore[method-assign]
            logger.addHandler(handler)

    def _record(self, name: str, record: Any) -> None:
        if len(self._logged) >= _MOST:
            return
        fields = {
            key: value
            for key, value in vars(record).items()
            if type(value) in (str, int, float, bool) or value is None
        }
        fields.update(_message(record))
        if record.exc_info and record.exc_info[1] is not None:
            import logging

            error = record.exc_info[1]
            fields["exc_text"] = logging.Formatter().formatException(record.exc_info)
            fields["exc_info"] = (type(error), error, None)
        self._logged.append((name, fields))

    def events(self) -> tuple[Any, ...] | None:
        """Return the records since the last call, or ``None``."""
        if not self._logged:
            return None
        logged, self._logged = tuple(self._logged), []
        return (logged,)


def _message(record: Any) -> dict[str, Any]:
    """Return template and arguments if both are plain data, otherwise the text that they make."""
    message, args = record.getMessage(), record.args  # or raise what a wrong template raises
    is_plain = type(args) is tuple and all(type(each) in _PLAIN for each in args)
    if type(record.msg) is str and is_plain:
        return {"msg": record.msg, "args": args}
    return {"msg": message, "args": None}
