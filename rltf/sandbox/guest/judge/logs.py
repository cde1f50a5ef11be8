"""Handlers and levels that a test has set on loggers, and records of the program."""

from __future__ import annotations

import logging
import sys
from typing import Any

_LONGEST_NAME = 1000


def _loggers() -> list[tuple[str, Any]]:
    made = logging.root.manager.loggerDict.items()
    return [("", logging.root), *((n, one) for n, one in made if isinstance(one, logging.Logger))]


class Logs:
    """Tells which loggers the test has changed, and hands records of the program to them."""

    def __init__(self) -> None:
        self._before = {name: _settings(logger) for name, logger in _loggers()}
        self._sent: tuple[Any, ...] = ((), logging.root.manager.disable)

    def news(self) -> Any:
        changed = []
        for name, logger in _loggers():
            before = self._before.get(name, (logging.NOTSET, True, False, 0))
            now = _settings(logger)
            if now != before:
                level = now[0] if now[0] != before[0] else None
                changed.append((name, level, now[1], now[2], bool(logger.handlers)))
        news = tuple(changed), logging.root.manager.disable
        if news == self._sent:
            return None
        self._sent = news
        return news

    def hear(self, logged: Any) -> None:
        for name, fields in logged:
            if type(name) is not str or len(name) > _LONGEST_NAME or type(fields) is not dict:
                raise ValueError("no record")
            if type(fields.get("levelno")) is not int or type(fields.get("msg")) is not str:
                raise ValueError("no record")
            if not all(type(key) is str and key.isidentifier() for key in fields):
                raise ValueError("no record")
            record = logging.makeLogRecord(fields)
            for handler in list(logging.getLogger(name or None).handlers):
                if record.levelno >= handler.level:
                    handler.handle(record)

    def reset(self) -> None:
        for name, logger in _loggers():
            before = self._before.get(name, (logging.NOTSET, True, False, 0))
            logger.setLevel(before[0])
            logger.propagate, logger.disabled = before[1:3]
            del logger.handlers[before[3] :]
        logging.disable(logging.NOTSET)


def _settings(logger: Any) -> tuple[Any, ...]:
    return logger.level, logger.propagate, logger.disabled, len(logger.handlers)


def is_loaded() -> bool:
    return "logging" in sys.modules
